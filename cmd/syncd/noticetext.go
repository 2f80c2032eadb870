package main

import (
	"strings"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// bare returns the notice without what may name people.
func (n notice) bare() notice {
	n.Names, n.Error = nil, ""
	return n
}

// title says in a few words what happened where.
func (n notice) title() string {
	what := map[string]string{
		config.EventRefused: "refused by the guard", config.EventFailed: "a run failed", config.EventPartial: "not wholly in step",
		config.EventRecovered: "well again", eventDigest: "digest", eventTest: "test",
	}[n.Event]
	if n.Event == config.EventRecovered && n.End == sync.Partial.String() {
		what = "runs get through again"
	}
	if n.Reminder {
		what = "still " + strings.TrimPrefix(what, "still ")
		if n.Event == config.EventFailed {
			what = "runs still fail"
		}
	}
	return "syncd " + n.Instance + ": " + what
}

// plain writes the notice as text.
func (n notice) plain() string {
	lines := append([]string{n.title(), n.Summary}, n.lines...)
	if text := n.numbers(); text != "" {
		lines = append(lines, text)
	}
	if n.Error != "" {
		lines = append(lines, n.Error)
	}
	lines = append(lines, n.Names...)
	if len(n.Look) > 0 {
		lines = append(lines, "Look: "+strings.Join(n.Look, " ; "))
	}
	return strings.Join(lines, "\n")
}

// markdown writes the notice as Mattermost shows it best: an empty line ends a
// list. What may come from people is in code, where no mention and no link is one.
func (n notice) markdown() string {
	parts := []string{"#### " + n.title() + "\n" + n.Summary}
	add := func(lines []string) {
		if len(lines) > 0 {
			parts = append(parts, strings.Join(lines, "\n"))
		}
	}
	add(each(n.lines, func(line string) string { return "- " + emphasized(line) }))
	if text := n.numbers(); text != "" {
		add([]string{text})
	}
	if n.Error != "" {
		add([]string{inCode(n.Error)})
	}
	add(each(n.Names, func(name string) string { return "- " + inCode(name) }))
	add(each(n.Look, inCode))
	return strings.Join(parts, "\n\n")
}

// emphasized puts a code at the beginning of a line into code.
func emphasized(line string) string {
	if code, rest, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(code, "SYD-") {
		return "`" + code + "`:" + rest
	}
	return line
}

// inCode writes a text so that nothing in it is markup.
func inCode(text string) string {
	return "`" + strings.ReplaceAll(strings.Join(strings.Fields(clean(text)), " "), "`", "'") + "`"
}

// numbers says how many there are of each.
func (n notice) numbers() string {
	if n.Counts == nil || n.Event == eventDigest {
		return ""
	}
	c := n.Counts
	return plural(c["people"], "person", "people") + ": " + number(c["unchanged"]) + " unchanged, " + plural(c["changes"], "change", "changes") + ", " +
		number(c["pending"]) + " pending, " + number(c["held"]) + " held."
}
