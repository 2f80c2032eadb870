package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// How many people a story names.
const (
	heldNamed    = 20 // for each code
	pendingNamed = 100
)

// A story is what is told of a run when its plan is no longer kept: a plan over
// 100,000 people must not stay in memory until somebody looks at a page. What
// may name people is in Err, Names and Name, and nowhere else.
type story struct {
	Run               string // "" for a plan
	Started, Finished time.Time
	End               sync.End
	Why               string // why it ended early, in words that are the program's own
	Err               string

	Planned                                        bool // it came to a plan
	People, Managed, Unchanged, Changes, Illegible int
	Strangers                                      int // below zero: not known
	Steps                                          map[sync.StepKind]int
	Results                                        map[sync.Outcome]int
	Facts                                          sync.Facts
	Sources                                        []sourceStory
	Held                                           []heldStory
	Pending                                        []pendingStory // those that are due first
	Waiting                                        int            // how many are pending in all
	Checks                                         []sync.Check
	Release                                        string // the commands that let a refused plan through
}

type sourceStory struct {
	Name, Server    string
	People, Rejects int
	Took            time.Duration
	Why, Err        string // "": it was read whole
}

// A heldStory is all people who are held for one reason.
type heldStory struct {
	Reason sync.Reason
	Count  int
	Names  []string // the first of them, and what is wrong
}

type pendingStory struct {
	Name  string
	Cause sync.Cause
	Due   time.Time
}

// storyOf tells what a run came to.
func (a *app) storyOf(r sync.Report) story {
	s := story{
		Run: r.Run, Started: r.Started, Finished: r.Finished, End: r.End, Why: why(r.Err), Facts: r.Facts,
		Planned: len(r.Verdict.Checks) > 0, People: r.Plan.People, Managed: r.Plan.Managed, Unchanged: r.Plan.Unchanged,
		Changes: len(r.Plan.Changes), Illegible: r.Plan.Illegible, Strangers: r.Plan.Strangers, Steps: r.Plan.Steps(),
		Results: make(map[sync.Outcome]int), Held: heldStories(r), Waiting: len(r.Plan.Pending), Checks: r.Verdict.Checks,
	}
	if r.Err != nil {
		s.Err = cleanError(r.Err.Error())
	}
	for _, res := range r.Results {
		s.Results[res.Outcome]++
	}
	for _, x := range r.Sources {
		told := sourceStory{Name: x.Name, Server: x.Receipt.Server, People: x.Read, Rejects: len(x.Rejects), Took: x.Receipt.Took.Round(time.Millisecond), Why: why(x.Err)}
		if x.Err != nil {
			told.Err = cleanError(x.Err.Error())
		}
		s.Sources = append(s.Sources, told)
	}
	s.wait(r.Plan.Pending)
	if r.End == sync.Refused {
		var text strings.Builder
		a.releaseLines(&paper{w: &text, width: pipeWidth}, r, planFlags{})
		s.Release = text.String()
	}
	return s
}

// wait keeps those whose grace ends first.
func (s *story) wait(pending []sync.Pending) {
	first := slices.Clone(pending)
	slices.SortStableFunc(first, func(a, b sync.Pending) int { return a.Due.Compare(b.Due) })
	for _, p := range first[:min(len(first), pendingNamed)] {
		name := cmp.Or(p.User.Profile[sync.Username], string(p.Link.Key))
		s.Pending = append(s.Pending, pendingStory{name, p.Cause, p.Due})
	}
}

// heldStories counts who is held by why, in the order of the codes.
func heldStories(r sync.Report) []heldStory {
	byReason := make(map[sync.Reason]*heldStory)
	add := func(reason sync.Reason, c sync.Change, detail string) {
		h := byReason[reason]
		if h == nil {
			h = &heldStory{Reason: reason}
			byReason[reason] = h
		}
		if h.Count++; len(h.Names) < heldNamed {
			name := clean(cmp.Or(c.Username(), string(c.Link.Key)))
			if detail != "" {
				name += ": " + cleanError(detail)
			}
			h.Names = append(h.Names, name)
		}
	}
	for _, h := range r.Plan.Held {
		add(h.Reason, h.Change, h.Detail)
	}
	for _, res := range r.Results {
		if res.Outcome == sync.Held {
			detail := ""
			if res.Err != nil {
				detail = res.Err.Error()
			}
			add(res.Reason, res.Change, detail)
		}
	}
	return inOrder(byReason)
}

func inOrder(byReason map[sync.Reason]*heldStory) []heldStory {
	var all []heldStory
	for _, reason := range sync.Reasons() {
		if h := byReason[reason]; h != nil {
			all = append(all, *h)
		}
	}
	return all
}

// refusals returns the checks that refuse.
func (s story) refusals() []sync.Check {
	if s.End != sync.Refused {
		return nil
	}
	return sync.Verdict{Checks: s.Checks}.Refusals()
}
