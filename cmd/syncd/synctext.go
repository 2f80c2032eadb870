package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// wrong shows what --quiet does not keep back: who is held although nobody
// chose it, what was not done, and the limits that refuse.
func (t planText) wrong(r sync.Report) {
	for _, s := range r.Sources {
		if s.Err != nil {
			t.source(s)
		}
	}
	p := r.Plan
	p.Held = slices.DeleteFunc(slices.Clone(p.Held), func(h sync.Hold) bool { return h.Reason.Chosen() })
	t.held(p)
	t.illegible(r)
	t.notDone(r.Results)
	if r.Release != "" {
		t.letThrough(r)
		return
	}
	t.refused(r)
}

func (t planText) notDone(results []sync.Result) {
	bad := trouble(results)
	if len(bad) == 0 {
		return
	}
	t.heading(red, "x", "not done", len(bad))
	t.rows(len(bad), func(i int) { t.row(bad[i].Change.Username(), whatWentWrong(bad[i])) })
}

// results shows what became of a plan.
func (t planText) results(r sync.Report) {
	n := make(map[sync.Outcome]int)
	for _, res := range r.Results {
		n[res.Outcome]++
	}
	t.notDone(r.Results)
	if len(r.Results) == 0 {
		return
	}
	words := []string{number(n[sync.Done]) + " done"}
	for _, o := range []sync.Outcome{sync.Held, sync.Failed, sync.Skipped} {
		if n[o] > 0 {
			words = append(words, number(n[o])+" "+o.String())
		}
	}
	t.fillColor(bold, "Applied ", strings.Join(words, ", ")+tookLong(r.Took[sync.PhaseApply])+". Journal: "+r.Run)
}

func whatWentWrong(r sync.Result) string {
	words := []string{r.Outcome.String()}
	if r.Outcome == sync.Held {
		words = append(words, r.Reason.Code())
	}
	if r.Done > 0 {
		words = append(words, fmt.Sprintf("after %d of %s", r.Done, plural(len(r.Change.Steps), "step", "steps")))
	}
	if r.Err != nil {
		words = append(words, cleanError(r.Err.Error()))
	}
	return strings.Join(words, " ")
}

// ending says in the last line how a run ended and what to do.
func (t planText) ending(r sync.Report) {
	switch {
	case r.End == sync.Refused:
		t.fill("", "Nothing was written.")
	case r.End == sync.Observed && len(r.Plan.Changes) > 0:
		text := plural(len(r.Plan.Changes), "change is", "changes are") + " due; nothing was written, because policy is observe."
		if troubled(r.Plan) {
			text += " " + capital(heldBack(r.Plan)) + ": see above."
		}
		t.fill("", text)
	case len(r.Plan.Changes) == 0 && heldBack(r.Plan) != "" && r.Err == nil:
		t.fill("", "Nothing to do, "+heldBack(r.Plan)+": see above.")
	case r.End == sync.InStep && len(r.Results) == 0, r.End == sync.Observed:
		t.fill("", "In step. Nothing was written.")
	case r.End == sync.InStep:
		t.fill("", "In step.")
	case r.End == sync.Partial:
		t.fill("", "Not wholly in step: see the held and the not done above. "+againOrBy(r))
	case r.End == sync.Stopped:
		t.fill("", "Stopped before the end. The next run goes on from here.")
	}
}

// againOrBy says who does what a run has left: the next run, but for what is
// made and unfinished.
func againOrBy(r sync.Report) string {
	all := trouble(r.Results)
	unfinished := 0
	for _, x := range all {
		if x.Reason == sync.HoldUnfinished {
			unfinished++
		}
	}
	switch {
	case unfinished == 0:
		return "The next run tries again."
	case unfinished == len(all) && heldBack(r.Plan) == "" && !unread(r):
		return "No later run tries " + sync.HoldUnfinished.Code() + " again: do it by hand."
	}
	return "The next run tries again, but for " + sync.HoldUnfinished.Code() + ": do that by hand."
}

// heldBack says how many people are held, "" if nobody is.
func heldBack(p sync.Plan) string {
	var words []string
	if n := len(p.Held); n > 0 {
		words = append(words, number(n)+" held")
	}
	if p.Illegible > 0 {
		words = append(words, plural(p.Illegible, "record", "records")+" illegible")
	}
	return strings.Join(words, ", ")
}
