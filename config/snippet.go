package config

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

const cut = "…"

// hide keeps the text of a node out of every snippet. Snippets show lines of
// the file, and somebody may have written a secret where a reference belongs
// or under a misspelled key.
func (d *document) hide(n *yaml.Node) {
	if n == nil || d.set[n] != "" {
		return
	}
	d.hidden = append(d.hidden, d.at(n))
	for _, child := range n.Content {
		d.hide(child)
	}
}

// cuts returns, by line, how many characters can be shown, for the lines on
// which something is hidden: from its first character to where the next value
// begins.
func (d *document) cuts() map[int]int {
	cuts := make(map[int]int)
	for _, from := range d.hidden {
		shorten(cuts, from.Line, from.Column-1)
		to := d.after(from)
		for number := from.Line + 1; number <= min(to.Line, len(d.lines)); number++ {
			if number < to.Line || !blank([]rune(d.lines[number-1]), to) {
				shorten(cuts, number, 0)
			}
		}
	}
	return cuts
}

func shorten(cuts map[int]int, number, end int) {
	if old, ok := cuts[number]; !ok || end < old {
		cuts[number] = end
	}
}

// after returns where the first node behind a position begins.
func (d *document) after(from Position) Position {
	i := sort.Search(len(d.order), func(i int) bool { return d.order[i].compare(from) > 0 })
	if i == len(d.order) {
		return Position{d.file, len(d.lines) + 1, 1}
	}
	return d.order[i]
}

// snippet returns the line at a position without what is hidden.
func (d *document) snippet(at Position, cuts map[int]int) string {
	if at.Line < 1 || at.Line > len(d.lines) {
		return ""
	}
	line := []rune(d.lines[at.Line-1])
	end := len(line)
	if most, ok := cuts[at.Line]; ok {
		end = min(end, most)
	}
	if len(d.values) == 0 {
		end = min(end, d.suspect(at.Line))
	}
	if i := strings.Index(string(line), " #"); i >= 0 { // a comment, perhaps a line that somebody switched off
		end = min(end, utf8.RuneCountInString(string(line)[:i]))
	}
	return clean(line, end)
}

// blank reports whether a line that a hidden text may end on shows nothing of
// it: the next value is the first in the line.
func blank(line []rune, to Position) bool {
	before := line[:min(len(line), max(to.Column-1, 0))]
	return strings.Trim(string(before), " -\t") == ""
}

// suspect returns how much of a line can be shown when the keys could not be
// read to tell what is a secret: nothing of a line that does not begin with a
// known key, because it may go on with what is above, and of the others what is
// before the first key that is not known or whose value may be a secret.
func (d *document) suspect(number int) int {
	line := d.lines[number-1]
	known := keyNames()
	end := len(line)
	if found := regexp.MustCompile(`(?i)token|secret|passw|https?:|//|url`).FindStringIndex(line); found != nil {
		end = found[1]
	}
	keys := regexp.MustCompile(`([\w.-]+)["']?\s*:(\s|$)`).FindAllStringSubmatchIndex(line, -1)
	if len(keys) == 0 || strings.Trim(line[:keys[0][2]], " \t-\"'") != "" {
		return 0
	}
	for _, key := range keys {
		if !known[line[key[2]:key[3]]] {
			end = min(end, key[2])
		}
	}
	return len([]rune(line[:end]))
}

// keyNames are the last parts of all keys' paths.
func keyNames() map[string]bool {
	names := make(map[string]bool)
	for _, k := range Reference() {
		names[k.Path[strings.LastIndexByte(k.Path, '.')+1:]] = true
	}
	return names
}

// clean returns the beginning of a line, made safe for a terminal.
func clean(line []rune, end int) string {
	if end == 0 {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, string(line[:end]))
	if end < len(line) {
		text += cut
	}
	return strings.TrimRightFunc(text, unicode.IsSpace)
}

// window returns what fits on a terminal's line of a snippet, and the column
// of the caret in it: 0 when the place is not shown.
func window(line string, column int) (string, int) {
	const width, lead = 100, 40
	runes := []rune(line)
	if column > len(runes)+1 {
		column = 0
	}
	if len(runes) <= width {
		return line, column
	}
	start := max(0, min(column-lead, len(runes)-width))
	text := string(runes[start:min(len(runes), start+width)])
	if column > 0 {
		column -= start
	}
	return text, column
}
