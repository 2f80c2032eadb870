package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// How much a page shows.
const (
	runsCharted = 60
	runsListed  = 20
	stepsShown  = 300
	daysShown   = 14
)

// A pageFrame is what all pages have around them.
type pageFrame struct {
	Title, Version string
	Root           string // the way to /, which may be below another one's pages
}

func (s *statusPage) frame(title, root string) pageFrame {
	return pageFrame{title, programVersion(), root}
}

type faultView struct {
	pageFrame
	Text string
}

// An overview is the page at /. What people may not see is not in it.
type overview struct {
	pageFrame
	Personal bool
	Verdict  verdictView
	Asides   []string // what else must be known
	Now      time.Time
	Standing string    // why this daemon stands by; "": it leads
	Next     time.Time // zero: none is planned
	Known    bool      // there is a plan
	AsOf     time.Time // of the plan, where it is not the last run's
	Totals   []sheetTotal
	Facts    []sheetFact
	Sources  []sourceStory
	Bars     []barView
	Spare    int // limits of which nothing is used
	Held     []heldView
	Waiting  int
	Pending  []pendingView
	Chart    chartView
	Runs     []runRow
	NoPast   bool // the journal could not be read
}

type heldView struct {
	Code, Meaning, Remedy string
	Chosen                bool
	Count                 int
	Names                 []string
}

// A pendingView is a person, or all who are due on a day.
type pendingView struct{ Who, Why, Due string }

type runRow struct {
	ID, Text string
	At       time.Time
	Class    string
}

func (s *statusPage) overviewOf(b boardState, runs []state.Run, err error) overview {
	v := overview{
		pageFrame: s.frame("syncd: "+cmp.Or(b.Instance, "status"), "./"), Personal: s.personal, Now: s.now(), Standing: standingLine(b.Standing), Next: b.Next,
		Verdict: s.verdict(b, runs), Asides: asides(b), Known: b.Plan != nil, Chart: chartOf(runs), NoPast: err != nil,
	}
	v.Facts = s.facts(b, runs)
	if p := b.Plan; p != nil {
		v.Totals = totalsOf(*p)
		v.Bars, v.Spare = barsOf(p.Checks)
		v.Waiting, v.Pending = p.Waiting, s.pendingViews(p.Pending)
	}
	v.Held = s.heldViews(b, runs)
	v.Sources = s.sourceViews(b, runs)
	if b.Plan != nil && (b.Last != b.Plan || len(runs) > 0 && runs[0].Started.After(b.Plan.Started)) {
		v.AsOf = b.Plan.Started
	}
	for _, r := range runs[:min(len(runs), runsListed)] {
		v.Runs = append(v.Runs, s.rowOf(r))
	}
	return v
}

func (s *statusPage) rowOf(r state.Run) runRow {
	if !s.personal {
		r.Error = "" // it may name somebody
	}
	return runRow{r.ID, clean(describeRun(r, nil)), r.Started, classOf(r.End)}
}

// asides are what the verdict on the last run does not say.
func asides(b boardState) []string {
	var all []string
	if !b.Began.IsZero() {
		all = append(all, "A run is under way since "+b.Began.UTC().Format(minute)+".")
	}
	if !b.LeftOut.IsZero() {
		all = append(all, "The last run was left out, at "+b.LeftOut.UTC().Format(minute)+", because somebody else was at work on the state.")
	}
	if !b.Refused.IsZero() {
		all = append(all, "A configuration was read at "+b.Refused.UTC().Format(minute)+" and refused: the one before stays in use. See: syncd check")
	}
	if p := b.Plan; p != nil && slices.ContainsFunc(p.Checks, func(c sync.Check) bool { return c.Sort == sync.SortConfig && c.Of > 0 && c.OK }) {
		all = append(all, capital(waits))
	}
	return all
}

func (s *statusPage) facts(b boardState, runs []state.Run) []sheetFact {
	var all []sheetFact
	add := func(name, text string) { all = append(all, sheetFact{Name: name, Text: text}) }
	if p := b.Plan; p != nil && p.Facts.Version != "" {
		text := "Mattermost " + p.Facts.Version + ": " + plural(p.Facts.Users, "account", "accounts") + ", " + number(p.Managed) + " managed"
		if p.Strangers >= 0 {
			text += ", " + number(p.Strangers) + " not ours"
		}
		if p.Facts.SeatLimit > 0 {
			text += ", " + number(p.Facts.ActiveUsers) + " of " + number(p.Facts.SeatLimit) + " seats"
		}
		add("server", text)
	}
	if i := slices.IndexFunc(runs, func(r state.Run) bool { return r.End == sync.InStep }); i >= 0 {
		add("last in step", runs[i].Finished.UTC().Format(minute)+", "+distance(runs[i].Finished, s.now()))
	}
	add("policy", b.Mode.String())
	add("configuration", fmt.Sprintf("sha256 %.12s…, read %s", b.Digest, b.Loaded.UTC().Format(minute)))
	add("program", "syncd "+programVersion())
	return all
}

func totalsOf(p story) []sheetTotal {
	all := []sheetTotal{{"people", p.People}, {"unchanged", p.Unchanged}, {"changes", p.Changes}, {"pending", p.Waiting}}
	held := 0
	for _, h := range p.Held {
		held += h.Count
	}
	return append(all, sheetTotal{"held", held})
}

// heldViews says who is held for what: as the last plan found it, or as the
// journal has it from before the start.
func (s *statusPage) heldViews(b boardState, runs []state.Run) []heldView {
	var held []heldStory
	switch i := slices.IndexFunc(runs, func(r state.Run) bool { return r.Counts.People > 0 }); {
	case b.Plan != nil:
		held = b.Plan.Held
	case i >= 0:
		byReason := make(map[sync.Reason]*heldStory)
		for reason, n := range runs[i].Counts.HeldBy {
			byReason[reason] = &heldStory{Reason: reason, Count: n}
		}
		held = inOrder(byReason)
	}
	var all []heldView
	for _, h := range held {
		v := heldView{Code: h.Reason.Code(), Meaning: capital(h.Reason.Meaning()), Remedy: capital(h.Reason.Remedy()), Chosen: h.Reason.Chosen(), Count: h.Count}
		if s.personal {
			v.Names = h.Names
		}
		all = append(all, v)
	}
	return all
}

func (s *statusPage) sourceViews(b boardState, runs []state.Run) []sourceStory {
	var all []sourceStory
	switch {
	case b.Last != nil && len(b.Last.Sources) > 0:
		all = slices.Clone(b.Last.Sources)
	case len(runs) > 0:
		all = sourcesOf(runs[0].Counts.Receipts)
	}
	for i := range all {
		if !s.personal {
			all[i].Err = ""
		}
	}
	return all
}

func sourcesOf(receipts []state.Receipt) []sourceStory {
	var all []sourceStory
	for _, r := range receipts {
		told := sourceStory{Name: r.Source, Server: r.Server, People: r.People, Rejects: r.Rejects, Took: time.Duration(r.TookMS) * time.Millisecond}
		if r.Error != "" {
			told.Why, told.Err = "the journal says why", cleanError(r.Error)
		}
		all = append(all, told)
	}
	return all
}

// pendingViews lists who waits, or, where people are not shown, how many are due
// on which day.
func (s *statusPage) pendingViews(pending []pendingStory) []pendingView {
	var all []pendingView
	if s.personal {
		for _, p := range pending {
			all = append(all, pendingView{clean(p.Name), becauseOf(p.Cause), p.Due.UTC().Format(minute)})
		}
		return all
	}
	days := make(map[string]int)
	var order []string
	for _, p := range pending {
		day := p.Due.UTC().Format(time.DateOnly)
		if days[day]++; days[day] == 1 {
			order = append(order, day)
		}
	}
	for _, day := range order[:min(len(order), daysShown)] {
		all = append(all, pendingView{Who: plural(days[day], "person", "people"), Due: day})
	}
	return all
}

// distance says how far away a moment is.
func distance(t, now time.Time) string {
	d, form := now.Sub(t), "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Minute && form == "in %s":
		return "in a moment"
	case d < time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf(form, plural(int(d/time.Minute), "minute", "minutes"))
	case d < 2*day:
		return fmt.Sprintf(form, plural(int(d/time.Hour), "hour", "hours"))
	}
	return fmt.Sprintf(form, plural(int(d/day), "day", "days"))
}

// words writes how a run ended as people do.
func words(e sync.End) string { return strings.ReplaceAll(e.String(), "_", " ") }
