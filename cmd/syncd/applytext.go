package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// A jsonMove is something that moved, for programs.
type jsonMove struct {
	Key      sync.Key `json:"key,omitempty"` // none: it is about the server
	Username string   `json:"username,omitempty"`
	Detail   string   `json:"detail"`
}

// showMoves says what moved since the plan was made, person by person.
func (a *app) showMoves(path string, f planFile, moves []sync.Move) error {
	if a.output == formJSON {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err := e.Encode(map[string]any{
			"version": jsonVersion, "command": "apply", "end": "stale", "digest": f.PlanDigest,
			"moved": each(moves, func(m sync.Move) jsonMove { return jsonMove(m) }),
		})
		if err != nil {
			return err
		}
		return silentExit(exitStale)
	}
	t := a.newPlanText() // --quiet keeps back nothing that went wrong
	t.fillColor(red, "STALE   ", fmt.Sprintf("%s was made at %s, and since then something moved:", clean(path), f.Created.UTC().Format(minute)))
	t.rows(len(moves), func(i int) {
		m := moves[i]
		name := m.Username
		switch {
		case m.Key == "":
			name = "(server)"
		case name == "":
			name = string(m.Key)
		}
		t.row(name, cleanError(m.Detail))
	})
	t.fill("", "Nothing was written. Make the plan again.")
	return silentExit(exitStale)
}

// showApply prints what became of a plan from a file.
func (a *app) showApply(path string, r sync.Report, o *order) error {
	if a.output == formJSON {
		return writeJSON(a.stdout, "apply", r)
	}
	t := a.newPlanText()
	if a.quiet {
		t.wrong(r)
		a.sayRelease(t, path, r, o)
		return nil
	}
	t.fillColor(bold, "plan    ", fmt.Sprintf("%s, made at %s: %s looked at again, and nothing moved",
		clean(path), o.file.Created.UTC().Format(minute), plural(len(r.Plan.Changes), "person", "people")))
	for _, name := range o.unasked {
		t.fill("        ", "The source "+clean(name)+" cannot be asked for single people: what it said then counts.")
	}
	t.changes(r.Plan)
	t.held(r.Plan)
	t.totals(r)
	t.guard(r)
	t.results(r)
	switch {
	case r.End == sync.InStep && len(r.Results) > 0:
		t.fill("", "Done, as planned.")
	case r.End == sync.Refused:
		t.ending(r)
		a.sayRelease(t, path, r, o)
	case r.Release != "" && (r.End == sync.Stopped || r.End == sync.Partial) && begun(r.Results):
		t.fill("", "Not all of it is done: see above. The code is used up. Make the plan again for what is left: what is too much of that has a code of its own.")
	default:
		t.ending(r)
	}
	return nil
}

// begun reports whether a call may have been made.
func begun(results []sync.Result) bool {
	return slices.ContainsFunc(results, func(r sync.Result) bool { return r.Outcome != sync.Skipped })
}

// sayRelease says why a release does not count, or which one would.
func (a *app) sayRelease(t planText, path string, r sync.Report, o *order) {
	if r.End != sync.Refused {
		return
	}
	if fresh := unseen(r.Verdict, o.planned); len(fresh) > 0 {
		var codes []string
		for _, c := range fresh {
			codes = append(codes, c.Reason.Code())
		}
		t.fill("", strings.Join(codes, ", ")+" did not refuse the plan when it was made, so nobody can have released it: make the plan again.")
		return
	}
	a.releaseLines(t.paper, r, planFlags{out: path})
}
