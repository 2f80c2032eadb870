package main

import (
	"cmp"
	"errors"
	"time"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// The classes of a verdict, which are colors on the page.
const (
	classGood = "good"
	classWarn = "warn"
	classBad  = "bad"
	classIdle = "idle"
)

func classOf(e sync.End) string {
	switch e {
	case sync.InStep, sync.Observed:
		return classGood
	case sync.Partial:
		return classWarn
	case sync.Refused, sync.SourceFailed, sync.SinkFailed, sync.Broken:
		return classBad
	}
	return classIdle
}

// A verdictView says in one glance how things are, and what to do.
type verdictView struct {
	Class, Title string
	Lines        []string
	Commands     string // as a terminal would show them
	Run          string
	At           time.Time
}

// An outcome is how the newest run ended, whoever made it.
type outcome struct {
	story
	refused []sync.Reason
	failed  int
	died    bool
}

// newest returns the newest run: the daemon's own, or one of the journal's that
// began later, as somebody made it by hand or before the start.
func newest(b boardState, runs []state.Run) (outcome, bool) {
	if len(runs) > 0 && runs[0].Finished.IsZero() && runs[0].End == sync.EndNone && (b.Standing != nil || !b.Began.IsZero()) {
		runs = runs[1:] // it is under way, which is said elsewhere, or another daemon's, which knows
	}
	if b.Last != nil && (len(runs) == 0 || runs[0].ID == b.Last.Run || !runs[0].Started.After(b.Last.Started)) {
		o := outcome{story: *b.Last, failed: b.Last.Results[sync.Failed]}
		for _, c := range b.Last.refusals() {
			o.refused = append(o.refused, c.Reason)
		}
		return o, true
	}
	if len(runs) == 0 {
		return outcome{}, false
	}
	r := runs[0]
	o := outcome{refused: r.Refused, failed: r.Counts.Results[sync.Failed.String()], died: r.Finished.IsZero()}
	o.story = story{
		Run: r.ID, Started: r.Started, Finished: r.Finished, End: r.End, Err: cleanError(r.Error), Changes: r.Counts.Changes,
		Illegible: r.Counts.Illegible, Sources: sourcesOf(r.Counts.Receipts),
	}
	if r.Error != "" {
		o.Why = "the journal says why"
	}
	for reason, n := range r.Counts.HeldBy {
		o.Held = append(o.Held, heldStory{Reason: reason, Count: n})
	}
	return o, true
}

func (s *statusPage) verdict(b boardState, runs []state.Run) verdictView {
	o, ok := newest(b, runs)
	if !ok {
		return verdictView{Class: classIdle, Title: "No run yet", Lines: []string{"Nothing is known before the first run has ended."}}
	}
	v := verdictView{Class: classOf(o.End), Run: o.Run, At: o.Started}
	if o.died {
		v.Title, v.Lines = "A run died", []string{"It did not come to write its end down. The next run finishes what it left open."}
		return v
	}
	v.Title, v.Lines = s.headline(o)
	if o.End == sync.Refused {
		v.Commands = o.Release
	}
	if o.Err != "" && s.personal {
		v.Lines = append(v.Lines, capital(o.Err))
	}
	return v
}

// headline says how the run ended, and what that means.
func (s *statusPage) headline(o outcome) (title string, lines []string) {
	switch o.End {
	case sync.InStep:
		return "In step", []string{"All that was due is done."}
	case sync.Observed:
		if o.Run == "" {
			return "Planned", []string{plural(o.Changes, "change is", "changes are") + " due. The next run carries them out."}
		}
		return "Observing", []string{plural(o.Changes, "change is", "changes are") + " due. Nothing is written, because policy is observe."}
	case sync.Refused:
		return refusedTitle(o), s.refusedLines(o)
	case sync.Partial:
		return "Not wholly in step", partialLines(o)
	case sync.SourceFailed:
		lines = []string{"Nothing was written, and nobody is taken for absent."}
		for _, x := range o.Sources {
			if x.Why != "" {
				lines = append(lines, "Source "+x.Name+": "+x.Why+".")
			}
		}
		return "A source could not be read", lines
	case sync.SinkFailed:
		return "The server could not be used", []string{capital(cmp.Or(o.Why, "the log says why")) + ".", "Nothing is wrong with the people. The next run tries again."}
	case sync.Stopped:
		return "Stopped before the end", []string{"Somebody stopped the run. The next one goes on from there."}
	}
	return "The run broke", []string{capital(cmp.Or(o.Why, "the log says why")) + ". Nothing more was written after that."}
}

func refusedTitle(o outcome) string {
	if len(o.refused) == 1 && o.refused[0] == sync.RefuseConfig {
		return "The configuration is not accepted yet"
	}
	return "Refused by the guard"
}

func (s *statusPage) refusedLines(o outcome) []string {
	lines := []string{"Nothing was written."}
	checks := o.refusals()
	for _, c := range checks {
		lines = append(lines, refusal(c))
	}
	if len(checks) == 0 { // of the journal, which has the codes only
		for _, r := range o.refused {
			lines = append(lines, r.Code()+": "+r.Meaning()+". "+capital(r.Remedy())+".")
		}
	}
	return lines
}

func partialLines(o outcome) []string {
	var lines []string
	held := 0
	for _, h := range o.Held {
		if !h.Reason.Chosen() {
			held += h.Count
		}
	}
	if held > 0 {
		lines = append(lines, plural(held, "person is", "people are")+" held: see below why.")
	}
	if o.failed > 0 {
		lines = append(lines, plural(o.failed, "change", "changes")+" failed. The next run tries again.")
	}
	if o.Illegible > 0 {
		lines = append(lines, plural(o.Illegible, "record is", "records are")+" illegible, so nobody of that source is taken for absent.")
	}
	for _, x := range o.Sources {
		if x.Why != "" {
			lines = append(lines, "Source "+x.Name+" was not read: "+x.Why+". Its people are left alone.")
		}
	}
	return lines
}

// standingLine says what a daemon that stands by waits for.
func standingLine(why error) string {
	switch {
	case why == nil:
		return ""
	case errors.Is(why, metrics.ErrStandby):
		return "This daemon stands by: another one leads, and makes the runs."
	}
	return "This daemon stands by, and could not take over: the state cannot be used. The log says why."
}
