package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// What is told besides the events of the configuration.
const (
	eventDigest = "digest"
	eventTest   = "test"
)

// The commands of runs on which no person looks, as the journal has them.
const (
	commandDaemon     = "run"
	commandUnattended = "sync --unattended"
)

// reminderEvery is after how long the same trouble is told again.
const reminderEvery = 24 * time.Hour

// An occasion is why people are told of a run.
type occasion struct {
	Event string
	Again bool            // they were told of the same before
	Since time.Time       // when the trouble began
	Runs  int             // of the trouble, this one included; of a recovery, those before
	After map[string]bool // of a recovery: what was wrong meanwhile
}

// occasionOf says whether people are told of a run, by what the runs before it
// were, the newest first: nothing else is remembered of what was told. Whole says
// that there were no runs before those. People are told of trouble when it begins
// and when it becomes another, again each day, and of the first good run after it.
func occasionOf(run state.Run, before []state.Run, whole bool) (occasion, bool) {
	before = slices.DeleteFunc(slices.Clone(before), func(r state.Run) bool { return !isTold(r) || !r.Started.Before(run.Started) })
	if !isTold(run) {
		return occasion{}, false
	}
	event := eventOf(run.End)
	if event == "" {
		return recovery(before)
	}
	o := occasion{Event: event, Since: run.Started, Runs: 1}
	mark := markOf(run)
	same := 0
	for same < len(before) && markOf(before[same]) == mark {
		same++
	}
	for i := 0; i < len(before) && eventOf(before[i].End) != ""; i++ {
		o.Since, o.Runs = before[i].Started, o.Runs+1
	}
	if same == 0 {
		return o, true
	}
	first := before[same-1].Finished
	if same == len(before) && !whole {
		first = time.Time{} // it lasts longer than is looked back: any fixed point does
	}
	o.Again = true
	return o, days(run.Finished, first) > days(before[0].Finished, first)
}

// days returns how many times a reminder was due since the first time.
func days(at, first time.Time) int64 {
	return (at.Unix() - first.Unix()) / int64(reminderEvery/time.Second)
}

func recovery(before []state.Run) (occasion, bool) {
	o := occasion{Event: config.EventRecovered, After: make(map[string]bool)}
	for _, r := range before {
		event := eventOf(r.End)
		if event == "" {
			break
		}
		o.After[event] = true
		o.Runs, o.Since = o.Runs+1, r.Started
	}
	return o, o.Runs > 0
}

// isTold reports whether a run counts: nobody looked on, it came to its end, and
// nobody stopped it.
func isTold(r state.Run) bool {
	command, _, _ := strings.Cut(r.Command, " --set ")
	unattended := command == commandDaemon || command == commandUnattended
	return unattended && !r.Finished.IsZero() && r.End != sync.EndNone && r.End != sync.Stopped
}

// eventOf returns what the end of a run is to whoever is told, "" if all is well.
func eventOf(e sync.End) string {
	switch e {
	case sync.Refused:
		return config.EventRefused
	case sync.SourceFailed, sync.SinkFailed, sync.Broken:
		return config.EventFailed
	case sync.Partial:
		return config.EventPartial
	}
	return ""
}

// markOf returns what two runs have in common when they are the same trouble:
// the end, the codes, the sources that were not read, and about how many.
func markOf(r state.Run) string {
	parts := []string{r.End.String(), "refused " + codes(r.Refused)}
	if r.End == sync.Refused {
		parts = append(parts, "changes "+about10(r.Counts.Changes))
	}
	for _, s := range r.Counts.Receipts {
		if s.Error != "" {
			parts = append(parts, "source "+s.Source)
		}
	}
	if r.End == sync.Partial {
		for _, reason := range slices.SortedFunc(maps.Keys(r.Counts.HeldBy), func(a, b sync.Reason) int { return cmp.Compare(a.Code(), b.Code()) }) {
			if !reason.Chosen() {
				parts = append(parts, reason.Code()+" "+about10(r.Counts.HeldBy[reason]))
			}
		}
		for _, o := range []sync.Outcome{sync.Failed, sync.Skipped} {
			parts = append(parts, o.String()+" "+about10(r.Counts.Results[o.String()]))
		}
		parts = append(parts, "illegible "+about10(r.Counts.Illegible))
	}
	return strings.Join(parts, "; ")
}

// about10 returns how many digits a number has: of ten held people one more is
// no news, ten times as many are.
func about10(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("1%s", strings.Repeat("0", len(fmt.Sprint(n))-1))
}
