package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// showUndo prints the way back from a run, gone or only planned.
func (a *app) showUndo(c *config.Config, u *undo, r sync.Report) error {
	if a.output == formJSON {
		return writeJSON(a.stdout, "undo", r)
	}
	if r.Err != nil && len(r.Results) == 0 {
		return nil
	}
	t := a.newPlanText()
	if a.quiet {
		t.wrong(r)
		return nil
	}
	t.fillColor(bold, "undo    ", u.run.ID+" "+describeRun(u.run, u.steps))
	t.print(r)
	t.results(r)
	switch {
	case r.End == sync.InStep && r.Run == "" && len(r.Plan.Changes) > 0:
		t.next("Nothing was written. To do this:", undoLine(a, u, true))
	case r.End == sync.Refused:
		t.fill("", "Nothing was written. If all of it is to be taken back:")
		t.command(undoLine(a.raised(r.Verdict), u, r.Run != ""))
	default:
		t.fill("", howUndone(r))
	}
	if len(r.Plan.Changes) > 0 && r.End != sync.Refused {
		t.fill("", whatNext(c.Mode))
	}
	return nil
}

// howUndone says how an undo ended and what to do.
func howUndone(r sync.Report) string {
	switch {
	case len(r.Plan.Changes) == 0 && heldBack(r.Plan) != "":
		return "Nothing to take back, " + heldBack(r.Plan) + ": see above."
	case len(r.Plan.Changes) == 0 && len(r.Plan.Notes) > 0:
		return "Nothing that syncd can take back: see above what to do by hand. Nothing was written."
	case len(r.Plan.Changes) == 0:
		return "Nothing to take back. Nothing was written."
	case r.End == sync.InStep:
		return "Taken back."
	case r.End == sync.Stopped:
		return "Stopped before the end. The same command goes on from here."
	}
	return "Not wholly taken back: see the held and the not done above. The same command tries again."
}

// raised is the same command line with numbers of the limits that let an undo
// through. They are as small as they can be: it is for this one call.
func (a *app) raised(v sync.Verdict) *app {
	b := *a
	b.set = slices.Clone(a.set)
	set := func(key string, n int) {
		b.set = slices.DeleteFunc(b.set, func(s string) bool { return strings.HasPrefix(s, key+"=") })
		b.set = append(b.set, fmt.Sprintf("%s=%d", key, n))
	}
	allowed := make(map[sync.Sort]int) // in a run
	for _, c := range v.Checks {
		switch {
		case c.Reason == sync.RefuseDay && (!c.OK || c.Spent > 0 && c.Allowed >= 0 && c.Planned > 0 && c.Spent+c.Planned > c.Allowed):
			per := max(1, allowed[c.Sort])
			set("limits."+c.Sort.String()+".per_24h", (c.Spent+c.Planned+per-1)/per)
		case c.Reason == sync.RefuseDay:
		case !c.OK && bounded(c):
			set("limits."+c.Sort.String()+".floor", c.Planned)
			allowed[c.Sort] = c.Planned
		default:
			allowed[c.Sort] = c.Allowed
		}
	}
	return &b
}

// whatNext says what the next sync makes of an undo.
func whatNext(mode sync.Mode) string {
	if mode == sync.Observe {
		return "policy is observe, so no run does the same again: correct the source before you change that."
	}
	return "The next sync does the same again where the source still says the same: " +
		"correct the source first, or set policy: observe."
}

// undoLine returns the words of the command that shows the way back, or goes it.
func undoLine(a *app, u *undo, apply bool) []string {
	words := []string{"undo", u.run.ID}
	if apply {
		words = append(words, "--apply")
	}
	if u.only != sync.StepNone {
		words = append(words, "--only "+u.only.String())
	}
	return a.line(words...)
}
