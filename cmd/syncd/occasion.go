package main

import (
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

// reminderEvery is after how long what lasts is told again, and until when what
// comes back is the same. It is a little less than a day, for runs are not on the
// dot.
const reminderEvery = 24*time.Hour - 10*time.Minute

// How far back is looked for what was told: whole days, and some runs at least,
// for some run once a week.
const (
	daysLooked = 3 * 24 * time.Hour
	runsLooked = 20
)

// An occasion is why a target is told of a run.
type occasion struct {
	Event string
	Again bool      // it was told of all this before
	Since time.Time // when the trouble began
	Runs  int       // of the trouble, this one included; of a recovery, those before
}

// occasionOf says whether a target that is told of the events is told of a run,
// by the runs before it, the newest first: nothing else is remembered of what was
// told. Whole says that there were no runs before those. What the target knows is
// worked out by going through the runs of the last days again.
func occasionOf(on []string, run state.Run, before []state.Run, whole bool) (occasion, bool) {
	if !isTold(run) {
		return occasion{}, false
	}
	before = thatCount(run, before)
	late, early := before, []state.Run(nil)
	from := lookedFrom(run, before, whole)
	if i := slices.IndexFunc(before, func(r state.Run) bool { return r.Started.Before(from) }); i >= 0 {
		late, early = before[:i], before[i:]
	}
	k := newKnowledge(on)
	for _, r := range slices.Backward(late) {
		k.take(r)
	}
	o, ok := k.take(run)
	wasWell := func(r state.Run) bool { return r.Started.Before(o.Since) && meaningOf(on, r) == isWell }
	if ok && !slices.ContainsFunc(late, wasWell) {
		o.begin(on, early)
	}
	return o, ok
}

// begin looks further back for the first run of a trouble that lasts.
func (o *occasion) begin(on []string, early []state.Run) {
	for _, r := range early {
		switch meaningOf(on, r) {
		case isWell:
			return
		case isTrouble:
			o.Since, o.Runs = r.Started, o.Runs+1
		}
	}
}

// lookedFrom returns from when on runs count. That is a midnight, so that all
// runs of a day see the same past, and what lasts for long is told at fixed times.
func lookedFrom(run state.Run, before []state.Run, whole bool) time.Time {
	from := midnight(run.Started).Add(-daysLooked)
	if len(before) == 0 {
		return from
	}
	if at := before[min(len(before), runsLooked)-1].Started; at.Before(from) {
		from = midnight(at)
	}
	oldest := before[len(before)-1].Started
	if next := midnight(oldest).Add(24 * time.Hour); !whole && !oldest.Before(from) && next.Before(run.Started) {
		return next
	}
	return from
}

// reaches reports whether the runs before one, the newest first, go back as far
// as they count.
func reaches(run state.Run, before []state.Run) bool {
	before = thatCount(run, before)
	return len(before) > 0 && before[len(before)-1].Started.Before(lookedFrom(run, before, true))
}

// thatCount returns the runs before one that count.
func thatCount(run state.Run, before []state.Run) []state.Run {
	return slices.DeleteFunc(slices.Clone(before), func(r state.Run) bool { return !isTold(r) || !r.Started.Before(run.Started) })
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

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

// marksOf returns what is wrong in a run, one mark for each thing: the end with
// the codes, the sources that were not read, and about how many. A run with fewer
// marks than another is no new trouble.
func marksOf(r state.Run) []string {
	m := &marks{end: r.End.String()}
	for _, reason := range r.Refused {
		m.add(reason.Code())
	}
	if r.End == sync.Refused {
		m.about("changes", r.Counts.Changes)
	}
	for _, s := range r.Counts.Receipts {
		if s.Error != "" {
			m.add("source " + s.Source)
		}
	}
	if r.End == sync.Partial {
		for reason, n := range r.Counts.HeldBy {
			if !reason.Chosen() {
				m.about(reason.Code(), n)
			}
		}
		for _, o := range []sync.Outcome{sync.Failed, sync.Skipped} {
			m.about(o.String(), r.Counts.Results[o.String()])
		}
		m.about("illegible", r.Counts.Illegible)
	}
	if len(m.all) == 0 {
		m.add("")
	}
	return m.all
}

// marks collects the marks of a run.
type marks struct {
	end string
	all []string
}

func (m *marks) add(what string) { m.all = append(m.all, m.end+" "+what) }

// about adds a mark for each digit of a number: of ten held people one more or
// one less is no news, ten times as many are.
func (m *marks) about(what string, n int) {
	for zeros := ""; n > 0; n /= 10 {
		m.add(what + " 1" + zeros)
		zeros += "0"
	}
}
