package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A paper is where text for people goes: it knows how wide it is and whether
// it has color.
type paper struct {
	w     io.Writer
	width int
	color bool
}

// The colors, as terminals know them.
const (
	green  = "32"
	yellow = "33"
	red    = "31"
	cyan   = "36"
	bold   = "1"
	dim    = "2"
)

// newPaper returns the paper for standard output. NO_COLOR means no color on
// a terminal, as https://no-color.org asks.
func (a *app) newPaper() *paper {
	width := a.width(a.stdout)
	p := &paper{w: a.out(), width: width, color: a.color == "always"}
	if a.color == "auto" {
		p.color = width > 0 && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
	}
	if p.width == 0 || p.width > 120 {
		p.width = pipeWidth
	}
	return p
}

// paint puts a color around text.
func (p *paper) paint(code, text string) string {
	if !p.color || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p *paper) printf(format string, args ...any) { fmt.Fprintf(p.w, format, args...) }

// fill prints words after a prefix, and goes on below the first word where
// they do not fit.
func (p *paper) fill(prefix, text string) { p.fillColor("", prefix, text) }

// fillColor is fill with the prefix in a color.
func (p *paper) fillColor(code, prefix, text string) {
	p.printf("%s%s\n", p.paint(code, prefix), p.broken(utf8.RuneCountInString(prefix), strings.Fields(text)))
}

// next prints what to do next and the command for it: in one line if they fit,
// else so that the command can be copied.
func (p *paper) next(text string, command []string) {
	if line := text + " " + strings.Join(command, " "); utf8.RuneCountInString(line) <= p.width {
		p.printf("%s\n", line)
		return
	}
	p.fill("", text)
	p.command(command)
}

// command prints a command that can be copied: a line that is full ends with a
// backslash.
func (p *paper) command(words []string) {
	lines := strings.Split((&paper{width: p.width - len("  ") - len(" \\")}).broken(len("  "), words), "\n")
	p.printf("  %s\n", strings.Join(lines, " \\\n  "))
}

// broken puts words into lines, all but the first of which are indented.
func (p *paper) broken(indent int, words []string) string {
	col := indent
	var line strings.Builder
	for i, word := range words {
		n := utf8.RuneCountInString(word)
		switch {
		case i > 0 && col+1+n > p.width:
			line.WriteString("\n" + strings.Repeat(" ", indent))
			col = indent
		case i > 0:
			line.WriteByte(' ')
			col++
		}
		line.WriteString(word)
		col += n
	}
	return line.String()
}

// clean makes text from elsewhere safe to show: no control characters that a
// terminal would obey.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
}

// cleanError is clean for the text of an error. One that was joined from several
// has a line for each.
func cleanError(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return clean(strings.Join(lines, "; "))
}

// number writes n with a comma between thousands: 1,234,567.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes a number with the word that fits it.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
