package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// aDayOfRuns is how many runs a quarter of an hour from one to the next there are.
const aDayOfRuns = 96

// partly is a run that went on without a source.
func partly(r state.Run, sources ...string) state.Run {
	r.End = sync.Partial
	for _, name := range sources {
		r.Counts.Receipts = append(r.Counts.Receipts, state.Receipt{Source: name, Error: "away"})
	}
	return r
}

// again repeats runs.
func again(times int, runs ...state.Run) []state.Run { return slices.Repeat(runs, times) }

// TestTargetsHear plays what each target hears of runs that alternate, come and
// go, get better, and get worse.
func TestTargetsHear(t *testing.T) {
	ok, down := endedAs(sync.InStep), endedAs(sync.SinkFailed)
	one, refusal := held(sync.HoldTwin, 1), refused(20, sync.RefuseAbsent)
	all, hard, mute := config.Events(), []string{config.EventRefused, config.EventFailed, config.EventRecovered}, []string{config.EventRefused, config.EventFailed}
	tests := map[string]struct {
		on   []string
		runs []state.Run
		want string
	}{
		"a source is away at each second run": {all, slices.Concat([]state.Run{ok}, again(12, one, partly(one, "ad"))), "1 partial; 2 partial"},
		"and the server at each third":        {all, again(12, one, partly(one, "ad"), down), "0 partial; 1 partial; 2 failed"},
		"a second source is whole again":      {all, slices.Concat(again(3, partly(one, "ad", "hr")), again(3, partly(one, "ad")), again(3, one)), "0 partial"},
		"fewer are held":                      {all, []state.Run{held(sync.HoldTwin, 120), held(sync.HoldTwin, 12), held(sync.HoldTwin, 9), held(sync.HoldTwin, 12)}, "0 partial"},
		"refused, and then somebody is held":  {all, []state.Run{ok, refusal, one, one, ok}, "1 refused; 2 partial; 4 recovered"},
		"whoever does not hear of the held":   {hard, []state.Run{ok, one, refusal, refusal, one, one, ok}, "2 refused; 4 recovered"},
		"while others are held":               {hard, []state.Run{refusal, held(sync.HoldTwin, 5000), down, down, one}, "0 refused; 1 recovered; 2 failed; 4 recovered"},
		"one failure after the other":         {[]string{config.EventRefused, config.EventRecovered}, []state.Run{refusal, down, refusal, down, ok}, "0 refused; 4 recovered"},
		"who does not want to hear of ends":   {mute, []state.Run{refusal, one, refusal, ok, ok}, "0 refused; 2 refused"},
		"who hears of ends only":              {[]string{config.EventRecovered}, []state.Run{refusal, ok}, ""},
		"it comes back":                       {all, []state.Run{down, ok, ok, down, down, ok, ok}, "0 failed; 1 recovered; 3 failed"},
		"it comes and goes, and ends":         {all, slices.Concat(again(10, down, ok), again(3*aDayOfRuns, ok)), "0 failed; 1 recovered; 2 failed; 114 recovered"},
		"another one, soon after":             {all, []state.Run{down, ok, refusal, ok, one, ok}, "0 failed; 1 recovered; 2 refused; 3 recovered; 4 partial; 5 recovered"},
		"two that take turns":                 {all, again(20, down, ok, refusal, ok), "0 failed; 1 recovered; 2 refused; 3 recovered; 4 failed; 6 refused"},
		"it comes and goes for two days":      {all, again(aDayOfRuns, down, ok), "0 failed; 1 recovered; 2 failed; 98 failed again"},
		"it comes back, and lasts":            {all, slices.Concat([]state.Run{down, ok}, again(aDayOfRuns+9, down), again(3, ok)), "0 failed; 1 recovered; 2 failed; 98 failed again; 107 recovered"},
		"it comes back after two days":        {all, slices.Concat([]state.Run{down}, again(2*aDayOfRuns, ok), []state.Run{down, ok}), "0 failed; 1 recovered; 193 failed; 194 recovered"},
	}
	for name, tt := range tests {
		if got := strings.Join(toldOf(tt.on, tt.runs, len(tt.runs)), "; "); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestReminders: the same trouble is told again each day. What lasts longer than
// is looked back is told at a fixed time.
func TestReminders(t *testing.T) {
	runs := again(6*aDayOfRuns, endedAs(sync.SinkFailed))
	want := []string{"0 failed", "96 failed again", "192 failed again", "288 failed again", "327 failed again", "423 failed again", "519 failed again"}
	for _, look := range []int{len(runs), 500} {
		if got := toldOf(config.Events(), runs, look); !slices.Equal(got, want) {
			t.Errorf("of %d runs: got %v, want %v", look, got, want)
		}
	}
	if got := toldOf(config.Events(), runs, 150); len(got) < 6 || len(got) > 8 {
		t.Errorf("when less is looked back than counts: got %v, want one a day", got)
	}
}

// TestRareRuns: a run each night or each week is told as well.
func TestRareRuns(t *testing.T) {
	for _, every := range []time.Duration{4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		var before []state.Run
		told := 0
		for i := range 60 {
			r := endedAs(sync.SinkFailed)
			r.Started = noon.Add(time.Duration(i)*every + time.Duration(i%2)*time.Minute)
			r.Finished = r.Started
			if _, ok := occasionOf(config.Events(), r, before, true); ok {
				told++
			}
			before = slices.Insert(before, 0, r)
		}
		if want := int(min(60, 60*every/(24*time.Hour))); told < want || told > want+1 {
			t.Errorf("each %s: got %d messages, want %d", every, told, want)
		}
		ok := endedAs(sync.InStep)
		ok.Started = before[0].Started.Add(every)
		ok.Finished = ok.Started
		if o, told := occasionOf(config.Events(), ok, before, true); !told || o.Event != config.EventRecovered || o.Runs != 60 {
			t.Errorf("each %s: got %+v, %t after the last one, want a recovery from 60 runs", every, o, told)
		}
	}
}

// TestSinceWhen: it is told when trouble began, also when that is long ago.
func TestSinceWhen(t *testing.T) {
	runs := slices.Concat(again(8, endedAs(sync.InStep)), again(10*aDayOfRuns, endedAs(sync.SinkFailed)), again(1, endedAs(sync.InStep)))
	_ = toldOf(config.Events(), runs, 0) // gives them their times
	last := runs[len(runs)-1]
	slices.Reverse(runs)
	o, ok := occasionOf(config.Events(), last, runs, true)
	if !ok || o.Event != config.EventRecovered || o.Runs != 10*aDayOfRuns || !o.Since.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("got %+v, %t", o, ok)
	}
}

// TestKnowledgeHolds plays many stories of ten days, in which trouble lasts, comes
// and goes and takes turns, each run decided for itself from the journal. However
// they go, nobody believes that all is well while it is not, nobody is told more
// than a few times a day, and each trouble that is over is told so in the end.
func TestKnowledgeHolds(t *testing.T) {
	sorts := []state.Run{
		endedAs(sync.InStep), endedAs(sync.SinkFailed), refused(20, sync.RefuseAbsent), held(sync.HoldTwin, 1),
		held(sync.HoldTwin, 40), partly(held(sync.HoldTwin, 1), "ad"), failedSource("hr"), endedAs(sync.Stopped),
	}
	targets := [][]string{config.Events(), {config.EventRefused, config.EventFailed, config.EventRecovered}, {config.EventPartial, config.EventRecovered}, {config.EventRefused, config.EventRecovered}}
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		story := randomRuns(random, sorts, 10*aDayOfRuns/4)
		for _, on := range targets {
			if fault := hearAll(on, story); fault != "" {
				t.Errorf("seed %d, %v: %s", seed, on, fault)
			}
		}
	}
}

// randomRuns returns runs an hour from one to the next: for some days a few sorts
// take turns, each for a while. The last two days are well.
func randomRuns(random *rand.Rand, sorts []state.Run, n int) []state.Run {
	var runs []state.Run
	length := []int{1, 3, 30}[random.IntN(3)]
	some := []state.Run{sorts[0], sorts[random.IntN(len(sorts))], sorts[random.IntN(len(sorts))], sorts[random.IntN(len(sorts))]}
	for len(runs) < n {
		runs = append(runs, again(1+random.IntN(length), some[random.IntN(len(some))])...)
	}
	runs = append(runs[:n], again(2*24, sorts[0])...)
	for i := range runs {
		runs[i].Started = noon.Add(time.Duration(i) * time.Hour)
		runs[i].Finished = runs[i].Started.Add(time.Minute)
	}
	return runs
}

// hearAll has a target hear a story, and says what is wrong with what it heard.
func hearAll(on []string, story []state.Run) string {
	var before []state.Run
	var told []time.Time
	last, lastAt := "", time.Time{}
	for i, r := range story {
		o, ok := occasionOf(on, r, before, true)
		before = slices.Insert(before, 0, r)
		if ok {
			if o.Event == config.EventRecovered && (last == "" || last == o.Event) {
				return fmt.Sprintf("run %d: it hears of a recovery from nothing", i)
			}
			told, last, lastAt = append(told, r.Started), o.Event, r.Started
		}
		trouble := slices.Contains(on, eventOf(r.End)) && isTold(r)
		if trouble && (last == "" || last == config.EventRecovered) {
			return fmt.Sprintf("run %d: it believes that all is well", i)
		}
		if trouble && r.Started.Sub(lastAt) > 72*time.Hour {
			return fmt.Sprintf("run %d: it heard nothing for %s", i, r.Started.Sub(lastAt))
		}
		for len(told) > 0 && r.Started.Sub(told[0]) >= 24*time.Hour {
			told = told[1:]
		}
		if len(told) > 10 {
			return fmt.Sprintf("run %d: it heard %d messages in a day", i, len(told))
		}
	}
	if last != "" && last != config.EventRecovered {
		return "it never hears that all is well again"
	}
	return ""
}

// TestHeraldLooksBack: of a run each minute the journal is read as far back as it
// counts, and further to say since when.
func TestHeraldLooksBack(t *testing.T) {
	const n = 8 * 24 * 60
	runs := again(n, endedAs(sync.SinkFailed))
	for i := range runs { // the newest first
		runs[i].ID = fmt.Sprint("run ", n-i)
		runs[i].Started = noon.Add(time.Duration(n-i) * time.Minute)
		runs[i].Finished = runs[i].Started.Add(time.Second)
	}
	l := listenTo(t, 200)
	k, a, _, _ := hooked(t, config.TargetAny, false, l)
	told := 0
	for i := 0; i < 24*60; i += 10 {
		h := &herald{app: a, past: oldRuns{runs: runs[i:]}, courier: k}
		for _, x := range h.news(t.Context(), story{Run: runs[i].ID, Started: runs[i].Started, Finished: runs[i].Finished, End: sync.SinkFailed}) {
			if told++; !x.Again || x.Runs != n-i {
				t.Errorf("%s: got %+v", runs[i].ID, x.occasion)
			}
		}
	}
	k.close(0)
	if told > 2 {
		t.Errorf("got %d reminders in one day", told)
	}
}

// TestHeraldWithoutJournal: when the journal cannot be read, the daemon itself
// knows what it told, and the log says so once.
func TestHeraldWithoutJournal(t *testing.T) {
	l := listenTo(t, 200)
	k, a, logs, _ := hooked(t, config.TargetAny, false, l)
	h := &herald{app: a, past: oldRuns{err: fmt.Errorf("the disk is gone")}, courier: k}
	for i, end := range []sync.End{sync.Broken, sync.Broken, sync.SinkFailed, sync.Broken, sync.SinkFailed, sync.InStep, sync.InStep} {
		at := noon.Add(time.Duration(i) * time.Minute)
		h.ended(t.Context(), story{Run: fmt.Sprint("run ", i), Started: at, Finished: at.Add(time.Second), End: end})
	}
	k.close(patience)
	if got := l.got(); len(got) != 3 || !strings.Contains(got[2], `"event":"recovered"`) {
		t.Errorf("got %d messages, want 2 of trouble and the end: %v", len(got), got)
	}
	if logs.Len() != 1 {
		t.Errorf("got %d lines in the log, want 1: %v", logs.Len(), logs.All())
	}
}

// TestNoAnswer: when the time is up, the last answer is what is said, or else for
// how long there was none.
func TestNoAnswer(t *testing.T) {
	for want, answer := range map[string][]int{"no answer within 300ms": {0}, "the webhook answers with status 503": {503}, "status 502": {502, 0}} {
		l := listenTo(t, answer...)
		k, a, _, _ := hooked(t, config.TargetAny, false, l)
		targets := k.targets()
		a.timeout = 300 * time.Millisecond
		ctx, cancel := a.limit(t.Context())
		courier := newCourier(a.log, func(string) {})
		courier.first = 100 * time.Millisecond
		err := a.tryTarget(ctx, &config.Config{}, courier, targets[0])
		cancel()
		k.close(0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
