package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/sync"
)

func (a *app) planDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "Show in what two plans from files differ",
		Long: `Compares what two plan files do to whom, so that one can see what another filter
or mapping would do. Exit codes: 0 both do the same; 2 they differ; 7 a file is
damaged.`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return a.diffPlans(args[0], args[1]) },
	}
}

// A fate is what a plan does with one person: "" is nothing.
type fate struct {
	name string
	what string
}

// A difference is a person with whom two plans do not do the same.
type difference struct {
	Key      sync.Key `json:"key"`
	Username string   `json:"username,omitempty"`
	A        string   `json:"a"` // "": nothing
	B        string   `json:"b"`
}

// lot returns what a plan does with each person. When a grace ends is not of
// it: it begins anew until a sync remembers it.
func lot(p sync.Plan) map[sync.Key]fate {
	all := make(map[sync.Key]fate)
	for _, c := range p.Changes {
		var kinds []string
		for _, s := range c.Steps {
			kinds = append(kinds, s.Kind.String())
		}
		all[c.Link.Key] = fate{c.Username(), strings.Join(slices.Compact(kinds), ", ") + ": " + describeAll(c)}
	}
	for _, x := range p.Pending {
		all[x.Link.Key] = fate{x.User.Profile[sync.Username], "pending: " + becauseOf(x.Cause)}
	}
	for _, h := range p.Held {
		all[h.Change.Link.Key] = fate{h.Change.Username(), "held: " + h.Reason.Code()}
	}
	return all
}

// describeAll says all that happens to one person.
func describeAll(c sync.Change) string {
	var words []string
	for _, l := range sheetLines(c) {
		switch {
		case l.Field == "":
			words = append(words, l.Text)
		case l.From == "":
			words = append(words, fmt.Sprintf("%s %q", l.Field, clean(l.To)))
		default:
			words = append(words, fmt.Sprintf("%s %q -> %q", l.Field, clean(l.From), clean(l.To)))
		}
	}
	return strings.Join(words, "; ")
}

// differences compares two plans, by key.
func differences(a, b sync.Plan) []difference {
	diffs := []difference{}
	one, two := lot(a), lot(b)
	for k, x := range one {
		if y := two[k]; x.what != y.what {
			diffs = append(diffs, difference{k, cmp.Or(y.name, x.name), x.what, y.what})
		}
	}
	for k, y := range two {
		if _, ok := one[k]; !ok {
			diffs = append(diffs, difference{k, y.name, "", y.what})
		}
	}
	slices.SortFunc(diffs, func(a, b difference) int { return cmp.Compare(a.Key, b.Key) })
	return diffs
}

// diffPlans shows in what two plan files differ.
func (a *app) diffPlans(pathA, pathB string) error {
	_, one, err := readPlanFile(pathA)
	if err != nil {
		return err
	}
	_, two, err := readPlanFile(pathB)
	if err != nil {
		return err
	}
	diffs := differences(one.Plan, two.Plan)
	if a.output == formJSON {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err = e.Encode(map[string]any{
			"version": jsonVersion, "a": one.Plan.Digest(), "b": two.Plan.Digest(), "people": diffs,
		})
	} else {
		a.printDiffs(diffs)
	}
	if err == nil && len(diffs) > 0 {
		return silentExit(exitChanges)
	}
	return err
}

func (a *app) printDiffs(diffs []difference) {
	t := planText{a.newPaper(), a.verbose}
	for _, group := range []struct {
		sign, color, title string
		in                 func(difference) bool
	}{
		{"-", red, "only in A", func(d difference) bool { return d.B == "" }},
		{"+", green, "only in B", func(d difference) bool { return d.A == "" }},
		{"~", yellow, "changed", func(d difference) bool { return d.A != "" && d.B != "" }},
	} {
		people := slices.DeleteFunc(slices.Clone(diffs), func(d difference) bool { return !group.in(d) })
		if len(people) == 0 {
			continue
		}
		t.heading(group.color, group.sign, group.title, len(people))
		t.rows(len(people), func(i int) {
			d := people[i]
			name := cmp.Or(d.Username, string(d.Key))
			if d.A != "" && d.B != "" {
				t.row(name, "A "+clean(d.A))
				t.row("", "B "+clean(d.B))
				return
			}
			t.row(name, clean(d.A+d.B))
		})
	}
	if len(diffs) == 0 {
		t.printf("Both plans do the same.\n")
	}
}
