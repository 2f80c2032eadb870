package config

import (
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// inside returns the place of a byte of a value, such as a mistake in an
// expression. Where the text of the file and the value differ in a way that
// only a YAML parser could follow, it is where the value begins.
func (d *document) inside(n *yaml.Node, offset int) Position {
	at := d.at(n)
	if at.Line == 0 || at.Line > len(d.lines) || offset > len(n.Value) {
		return at
	}
	switch n.Style &^ yaml.FlowStyle {
	case 0:
		return d.insidePlain(at, n.Value, offset)
	case yaml.SingleQuotedStyle:
		return d.insideQuoted(at, n.Value, offset, "''")
	case yaml.DoubleQuotedStyle:
		return d.insideQuoted(at, n.Value, offset, `\"`)
	case yaml.LiteralStyle:
		return d.insideLiteral(at, n.Value, offset)
	}
	return at
}

// rest returns what a line holds from a position on.
func (d *document) rest(at Position) string {
	line := []rune(d.lines[at.Line-1])
	return string(line[min(at.Column-1, len(line)):])
}

func (d *document) insidePlain(at Position, value string, offset int) Position {
	if strings.HasPrefix(d.rest(at), value) {
		at.Column += utf8.RuneCountInString(value[:offset])
	}
	return at
}

// insideQuoted follows a value between quotes on one line, in which the only
// escape is that of the quote.
func (d *document) insideQuoted(at Position, value string, offset int, escaped string) Position {
	quote := escaped[1:]
	written := func(s string) string { return strings.ReplaceAll(s, quote, escaped) }
	if strings.HasPrefix(d.rest(at), quote+written(value)+quote) {
		at.Column += 1 + utf8.RuneCountInString(written(value[:offset]))
	}
	return at
}

// insideLiteral follows a value in the lines below a "|".
func (d *document) insideLiteral(at Position, value string, offset int) Position {
	before := value[:offset]
	number := at.Line + 1 + strings.Count(before, "\n")
	row := before[strings.LastIndexByte(before, '\n')+1:]
	text, _, _ := strings.Cut(value[offset-len(row):], "\n")
	if number > len(d.lines) || !strings.HasSuffix(d.lines[number-1], text) {
		return at
	}
	indent := len(d.lines[number-1]) - len(text)
	return Position{d.file, number, indent + 1 + utf8.RuneCountInString(row)}
}
