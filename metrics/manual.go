package metrics

import (
	_ "embed" // the text around the tables
	"fmt"
	"slices"
	"strings"
)

//go:embed manual.md
var manualHead string

// Manual returns the reference of the metrics in Markdown: how to read them,
// each of them, and the values of their labels.
func Manual(s Settings) string {
	var b strings.Builder
	b.WriteString(manualHead)
	b.WriteString("\n## All of them\n\n| metric | kind | labels | what it says |\n|---|---|---|---|\n")
	families := Reference(s)
	for _, f := range families {
		labels := make([]string, len(f.Labels))
		for i, l := range f.Labels {
			labels[i] = "`" + l.Name + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Kind, strings.Join(labels, ", "), f.Help)
	}
	b.WriteString("\n## The values of the labels\n\n| label | values |\n|---|---|\n")
	for _, l := range closedLabels(families) {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", l.Name, strings.Join(l.Values, "`, `"))
	}
	return b.String()
}

// closedLabels returns each label that has a closed set of values, once for
// each set, sorted.
func closedLabels(families []Family) []Label {
	sets := make(map[string]Label)
	for _, f := range families {
		for _, l := range f.Labels {
			if len(l.Values) > 0 {
				sets[l.Name+" "+strings.Join(l.Values, " ")] = l
			}
		}
	}
	all := make([]Label, 0, len(sets))
	for _, l := range sets {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Label) int {
		return strings.Compare(a.Name+" "+strings.Join(a.Values, " "), b.Name+" "+strings.Join(b.Values, " "))
	})
	return all
}
