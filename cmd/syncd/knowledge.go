package main

import (
	"slices"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
)

// What a run is to a target.
type meaning int

const (
	isNothing meaning = iota // it does not say whether what the target was told of is over
	isTrouble                // it is an event of the target
	isWell                   // it got through
)

// meaningOf returns what a run is to a target that is told of the events. That
// people are held is well enough for whoever is told of refusals only. A failure
// is it for nobody: the next run may well be refused again.
func meaningOf(on []string, r state.Run) meaning {
	switch event := eventOf(r.End); {
	case slices.Contains(on, event):
		return isTrouble
	case event == "" || event == config.EventPartial:
		return isWell
	}
	return isNothing
}

// A knowledge is what a target knows by what it was told. Its last word may be
// worse than things are, but never better.
type knowledge struct {
	on   []string
	told map[string]time.Time // by mark: when it was told of it last, since it heard that all is well
	seen map[string]time.Time // by mark: when it was there last

	open  bool      // what it heard last is trouble
	since time.Time // when that began
	runs  int       // how many runs had trouble since
	bad   bool      // the last run had
	calm  time.Time // trouble came back; if there is none by then, it is over
}

func newKnowledge(on []string) *knowledge {
	return &knowledge{on: on, told: make(map[string]time.Time), seen: make(map[string]time.Time)}
}

// take goes on by a run, and says whether the target is told of it.
func (k *knowledge) take(r state.Run) (occasion, bool) {
	switch meaningOf(k.on, r) {
	case isTrouble:
		return k.trouble(r)
	case isWell:
		return k.well(r)
	}
	return occasion{}, false
}

// trouble tells what was not told within a day, whatever was between.
func (k *knowledge) trouble(r state.Run) (occasion, bool) {
	if !k.open {
		k.open, k.since, k.runs = true, r.Started, 0
	}
	k.runs++
	o := occasion{Event: eventOf(r.End), Since: k.since, Runs: k.runs, Again: true}
	due, back, all := false, false, marksOf(r)
	for _, mark := range all {
		at, known := k.told[mark]
		o.Again = o.Again && known
		due = due || !known || r.Started.Sub(at) >= reminderEvery
		at, known = k.seen[mark]
		back = back || known && r.Started.Sub(at) < reminderEvery
		k.seen[mark] = r.Started
	}
	if back && !k.bad {
		k.calm = r.Started.Add(reminderEvery)
	}
	k.bad = true
	if due {
		for _, mark := range all {
			k.told[mark] = r.Started
		}
	}
	return o, due
}

// well tells that trouble is over: at once, or, if it came back within a day,
// when it has not done so for a day.
func (k *knowledge) well(r state.Run) (occasion, bool) {
	k.bad = false
	if !k.open || r.Started.Before(k.calm) {
		return occasion{}, false
	}
	k.open = false
	clear(k.told)
	return occasion{Event: config.EventRecovered, Since: k.since, Runs: k.runs}, slices.Contains(k.on, config.EventRecovered)
}
