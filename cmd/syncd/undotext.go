package main

import (
	"fmt"
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
		t.fillWords(append(strings.Fields("Nothing was written. To do this:"), undoLine(a, u)...))
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
	case r.End == sync.Refused:
		return "Nothing was written. If all of it is to be taken back, " + overLimit(r.Verdict)
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

// overLimit says how to let an undo through that is more than a limit allows.
func overLimit(v sync.Verdict) string {
	words := []string{"repeat the command with"}
	for _, c := range v.Checks {
		switch {
		case c.Reason == sync.RefuseDay && (!c.OK || c.Spent > 0 && c.Planned > 0 && c.Allowed >= 0 && c.Spent+c.Planned > c.Allowed):
			words = append(words, fmt.Sprintf("--set limits.%v.per_24h=0", c.Sort))
		case !c.OK && bounded(c):
			words = append(words, fmt.Sprintf("--set limits.%v.floor=%d", c.Sort, c.Planned))
		}
	}
	return strings.Join(words, " ") + "."
}

// whatNext says what the next sync makes of an undo.
func whatNext(mode sync.Mode) string {
	if mode == sync.Observe {
		return "policy is observe, so no run does the same again: correct the source before you change that."
	}
	return "The next sync does the same again where the source still says the same: " +
		"correct the source first, or set policy: observe."
}

// undoLine returns the words of the command that goes the way back.
func undoLine(a *app, u *undo) []string {
	words := []string{"syncd", "undo", u.run.ID, "--apply"}
	if u.only != sync.StepNone {
		words = append(words, "--only", u.only.String())
	}
	if a.config != defaultConfig {
		words = append(words, "-c", shellWord(a.config))
	}
	for _, s := range a.set {
		words = append(words, "--set", shellWord(s))
	}
	return words
}
