package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// peopleInMarkdown is how many people of a group Markdown shows, unless
// --verbose asks for all: forges cut off what is too long.
const peopleInMarkdown = 50

// writeMarkdown writes a sheet for a merge request. What comes from people is
// in code, so that nothing in it is markup or calls anybody by an @.
func writeMarkdown(w io.Writer, s sheet, all bool) error {
	if !all {
		s = s.cut(peopleInMarkdown)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## syncd plan: %s\n\n", code(s.Instance))
	verdict := "**Allowed by the guard.**"
	if len(s.Refused) > 0 {
		verdict = "**REFUSED by the guard.**"
	}
	fmt.Fprintf(&b, "%s Made %s", verdict, s.Made.Format(minute))
	if !s.Valid.IsZero() {
		fmt.Fprintf(&b, ", valid until %s", s.Valid.Format(minute))
	}
	fmt.Fprintf(&b, ". Digest `%s`.\n\n", s.Digest)
	for _, text := range s.Refused {
		fmt.Fprintf(&b, "- %s\n", code(text))
	}
	b.WriteString("\n| | |\n|---|---|\n")
	for _, t := range s.Totals {
		fmt.Fprintf(&b, "| %s | %s |\n", t.Name, number(t.Count))
	}
	for _, f := range append(s.Facts, s.Checks...) {
		fmt.Fprintf(&b, "| %s | %s |\n", code(f.Name), code(f.Text))
	}
	for _, g := range s.Groups {
		markdownGroup(&b, g)
	}
	if s.Left > 0 {
		fmt.Fprintf(&b, "\n… and %s more, who are not shown (`-v` shows all).\n", plural(s.Left, "person", "people"))
	}
	if len(s.Commands) > 0 {
		b.WriteString("\nTo do this:\n\n")
		for _, c := range s.Commands {
			fmt.Fprintf(&b, "    %s\n", clean(c))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownGroup(b *strings.Builder, g sheetGroup) {
	fmt.Fprintf(b, "\n### %s: %s\n\n| who | key | what |\n|---|---|---|\n", capital(g.Title), number(len(g.People)))
	for _, p := range g.People {
		var lines []string
		for _, l := range p.Lines {
			lines = append(lines, markdownLine(l))
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", code(p.Name), code(p.Key), strings.Join(lines, "<br>"))
	}
}

func markdownLine(l sheetLine) string {
	switch {
	case l.Field == "":
		return code(l.Text)
	case l.From == "":
		return l.Field + " " + code(l.To)
	}
	return l.Field + " " + code(l.From) + " → " + code(l.To)
}

// code writes text so that Markdown shows it as it is, in a table too. A code
// span does for most; where its own marks are in the text, or a table's, each
// character that could mean something is written as a number.
func code(text string) string {
	text = clean(text)
	if text == "" {
		return "*empty*"
	}
	if !strings.ContainsAny(text, "`|\\") && strings.TrimSpace(text) == text {
		return "`" + text + "`"
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}
