package metrics

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// fullReport returns a report in which no number is zero and few are equal.
func fullReport() sync.Report {
	began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	r := sync.Report{
		Run:     "r1",
		Started: began, Finished: began.Add(90 * time.Second),
		Facts: sync.Facts{Version: "11.6.0", Users: 431, ActiveUsers: 422, SeatLimit: 500},
		Sources: []sync.SourceReport{{
			Name: "hr", Read: 100, Rejects: make([]sync.Reject, 4),
			Receipt: sync.Receipt{Entries: 114, Excluded: 10, Server: "people.csv", Took: 700 * time.Millisecond},
		}},
		Plan: fullPlan(),
		Verdict: sync.Verdict{Checks: []sync.Check{
			{Reason: sync.RefuseCreate, Planned: 25, Allowed: 100, OK: true},
			{Reason: sync.RefuseDeactivate, Planned: 118, Allowed: 40},
			{Reason: sync.RefuseUsername, Planned: 10, Allowed: -1, OK: true},
			{Reason: sync.RefuseAuth, OK: true},
			{Reason: sync.RefuseDay, Sort: sync.SortCreate, Planned: 25, Spent: 50, Allowed: 200, OK: true},
			{Reason: sync.RefuseDay, Sort: sync.SortPatch, Planned: 4, Allowed: -1, OK: true},
		}},
		End: sync.Partial,
	}
	r.Took[sync.PhaseRead] = 1500 * time.Millisecond
	r.Took[sync.PhasePlan] = 20 * time.Millisecond
	r.Took[sync.PhaseApply] = time.Minute
	r.Sources[0].Receipt.Filled[sync.Username] = 100
	r.Sources[0].Receipt.Filled[sync.Email] = 75
	r.Results = fullResults(r.Plan.Changes)
	return r
}

func fullPlan() sync.Plan {
	leaver := func(cause sync.Cause) sync.Change {
		return sync.Change{Steps: []sync.Step{{Kind: sync.Deactivate, Cause: cause}}}
	}
	return sync.Plan{
		Unchanged: 398, People: 411, Managed: 404, Strangers: 27,
		Changes: []sync.Change{
			leaver(sync.CauseAbsent), leaver(sync.CauseAbsent), leaver(sync.CauseDisabled), leaver(sync.CauseExpired),
			{Steps: []sync.Step{{Kind: sync.Reactivate, Cause: sync.CauseAbsent}, {Kind: sync.Patch}, {Kind: sync.MigrateAuth}, {Kind: sync.Revoke}}},
			{Steps: []sync.Step{{Kind: sync.Create}}},
			{Steps: []sync.Step{{Kind: sync.Adopt}, {Kind: sync.Patch}}},
		},
		Pending: []sync.Pending{{Cause: sync.CauseAbsent}, {Cause: sync.CauseExpired}, {Cause: sync.CauseAbsent}},
		Held:    []sync.Hold{{Reason: sync.HoldTaken}, {Reason: sync.HoldTaken}, {Reason: sync.HoldIncomplete}},
		Notes:   []sync.Note{{Reason: sync.WarnLocked}, {Reason: sync.WarnAuth}, {Reason: sync.WarnLocked}},
	}
}

func fullResults(changes []sync.Change) []sync.Result {
	return []sync.Result{
		{Change: changes[0], Outcome: sync.Done, Done: 1},
		{Change: changes[1], Outcome: sync.Skipped},
		{Change: changes[2], Outcome: sync.Failed},
		{Change: changes[3], Outcome: sync.Done, Done: 1},
		{Change: changes[4], Outcome: sync.Failed, Done: 2},
		{Change: changes[5], Outcome: sync.Held, Reason: sync.HoldTaken},
		{Change: changes[6], Outcome: sync.Held, Done: 1, Reason: sync.HoldUnconfirmed},
	}
}

// TestWhatIsNotKnownStays observes a good run, then one that learned less, and
// lists every line that differs.
func TestWhatIsNotKnownStays(t *testing.T) {
	later := time.Date(2026, 11, 24, 8, 15, 0, 0, time.UTC)
	failed := []string{
		`syncd_consecutive_failures 2`,
		`syncd_last_attempt_timestamp_seconds 1.7955081e+09`,
		`syncd_run_duration_seconds{phase="apply"} 0`,
		`syncd_run_duration_seconds{phase="plan"} 0`,
		`syncd_run_duration_seconds{phase="read"} 0`,
	}
	tests := map[string]struct {
		report sync.Report
		want   []string
	}{
		"source failed": {
			sync.Report{End: sync.SourceFailed, Sources: []sync.SourceReport{{Name: "hr", Err: errors.New("no answer")}}},
			append([]string{`syncd_runs_total{end="source_failed"} 1`, `syncd_source_complete{source="hr"} 0`}, failed...),
		},
		"source failed, server answered": {
			sync.Report{End: sync.SourceFailed, Sources: []sync.SourceReport{{Name: "hr", Err: errors.New("no answer")}}, Facts: sync.Facts{Version: "11.6.0", ActiveUsers: 7, SeatLimit: 9}},
			append([]string{`syncd_runs_total{end="source_failed"} 1`, `syncd_source_complete{source="hr"} 0`,
				`syncd_sink_seats{kind="limit"} 9`, `syncd_sink_seats{kind="used"} 7`}, failed...),
		},
		"one of two sources failed": {
			sync.Report{Run: "r2", End: sync.Partial, Sources: []sync.SourceReport{{Name: "hr", Err: errors.New("no answer")}, {Name: "lab", Receipt: sync.Receipt{Entries: 3}}}},
			append([]string{`syncd_runs_total{end="partial"} 2`, `syncd_source_complete{source="hr"} 0`, `syncd_source_complete{source="lab"} 1`,
				`syncd_source_entries{source="lab"} 3`, `syncd_source_rejects{source="lab"} 0`, `syncd_source_sentinels{source="lab"} 0`,
				`syncd_source_excluded{source="lab"} 0`, `syncd_source_identities{source="lab"} 0`, `syncd_source_read_duration_seconds{source="lab"} 0`}, failed...),
		},
		"server failed before the source was read": {
			sync.Report{End: sync.SinkFailed},
			append([]string{`syncd_runs_total{end="sink_failed"} 1`}, failed...),
		},
		"server failed after the source was read": {
			sync.Report{End: sync.SinkFailed, Sources: []sync.SourceReport{{Name: "hr", Receipt: sync.Receipt{Entries: 9, Server: "people.csv"}, Rejects: make([]sync.Reject, 9)}}},
			append([]string{`syncd_runs_total{end="sink_failed"} 1`, `syncd_source_entries{source="hr"} 9`,
				`syncd_source_rejects{source="hr"} 9`, `syncd_source_excluded{source="hr"} 0`, `syncd_source_identities{source="hr"} 0`,
				`syncd_source_read_duration_seconds{source="hr"} 0`}, failed...),
		},
		"broken": {
			sync.Report{End: sync.Broken},
			append([]string{`syncd_runs_total{end="broken"} 1`}, failed...),
		},
		"stopped": {
			sync.Report{End: sync.Stopped},
			append([]string{`syncd_runs_total{end="stopped"} 1`}, failed[1:]...),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, reg := observed(fullReport())
			before := scrape(t, reg)
			tt.report.Started = later
			m.Observe(tt.report)
			got := strings.TrimSpace(strings.Join(changed(before, scrape(t, reg)), "\n"))
			if diff := cmp.Diff(sorted(got), sorted(strings.Join(tt.want, "\n"))); diff != "" {
				t.Errorf("lines that differ (-got +want):\n%s", diff)
			}
		})
	}
}

// TestPlanReplacesPlan sees to it that nothing of a plan outlives the next one.
func TestPlanReplacesPlan(t *testing.T) {
	m, reg := observed(fullReport())
	r := sync.Report{Run: "r2", End: sync.InStep, Facts: sync.Facts{Version: "11.6.0", ActiveUsers: 3}}
	r.Plan = sync.Plan{Unchanged: 2, People: 2, Strangers: -1}
	r.Verdict.Checks = []sync.Check{{Reason: sync.RefuseCreate, Allowed: 100, OK: true}}
	m.Observe(r)
	got := scrape(t, reg)
	for line := range strings.Lines(got) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		family, _, _ := strings.Cut(name, "{")
		want := ""
		switch family {
		case "syncd_planned_steps", "syncd_held", "syncd_notes", "syncd_pending", "syncd_guard_refused", "syncd_linked_users":
			want = "0"
		case "syncd_guard_headroom_ratio":
			want = "1"
		case "syncd_unlinked_users":
			want = "absent"
		}
		if want != "" && value != want {
			t.Errorf("got %s %s, want %s", name, value, want)
		}
	}
	if strings.Contains(got, `syncd_sink_seats{kind="limit"}`) {
		t.Error("a limit that is not known is shown")
	}
}

func TestSuccess(t *testing.T) {
	tests := map[string]struct {
		report sync.Report
		want   string
	}{
		"in step":              {sync.Report{End: sync.InStep}, "0"},
		"held by the plan":     {sync.Report{End: sync.Partial, Plan: sync.Plan{Held: make([]sync.Hold, 3)}}, "0"},
		"held by the server":   {sync.Report{End: sync.Partial, Results: []sync.Result{{Outcome: sync.Held}, {Outcome: sync.Done}}}, "0"},
		"one failed":           {sync.Report{End: sync.Partial, Results: []sync.Result{{Outcome: sync.Done}, {Outcome: sync.Failed}}}, "3"},
		"one skipped":          {sync.Report{End: sync.Partial, Results: []sync.Result{{Outcome: sync.Skipped}}}, "3"},
		"partial with a cause": {sync.Report{End: sync.Partial, Err: errors.New("connection lost")}, "3"},
		"refused":              {sync.Report{End: sync.Refused}, "3"},
		"source failed":        {sync.Report{End: sync.SourceFailed}, "3"},
		"sink failed":          {sync.Report{End: sync.SinkFailed}, "3"},
		"broken":               {sync.Report{End: sync.Broken}, "3"},
		"stopped":              {sync.Report{End: sync.Stopped}, "2"},
		"not at its end":       {sync.Report{}, "2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, reg := newMetrics()
			m.Observe(sync.Report{End: sync.Refused})
			m.Observe(sync.Report{End: sync.SinkFailed})
			tt.report.Run, tt.report.Started, tt.report.Finished = "r1", time.Unix(50, 0), time.Unix(60, 0)
			m.Observe(tt.report)
			got := scrape(t, reg)
			if want := "\nsyncd_consecutive_failures " + tt.want + "\n"; !strings.Contains(got, want) {
				t.Errorf("no %q in:\n%s", want, got)
			}
			last := "0"
			if tt.want == "0" {
				last = "60"
			}
			if want := "\nsyncd_last_success_timestamp_seconds " + last + "\n"; !strings.Contains(got, want) {
				t.Errorf("no %q in:\n%s", want, got)
			}
		})
	}
}

// TestHeadroomOfTheWorstSource: of several sources the one counts that is
// nearest to its limit, wherever it stands.
func TestHeadroomOfTheWorstSource(t *testing.T) {
	shrink := func(source string, planned int) sync.Check {
		return sync.Check{Reason: sync.RefuseShrink, Source: source, Planned: planned, Allowed: 10, OK: planned <= 10}
	}
	for _, checks := range [][]sync.Check{{shrink("hr", 20), shrink("lab", 1)}, {shrink("lab", 1), shrink("hr", 20)}} {
		m, reg := newMetrics()
		m.Observe(sync.Report{End: sync.Refused, Verdict: sync.Verdict{Checks: checks}})
		got := scrape(t, reg)
		for _, want := range []string{`syncd_guard_refused{guard="SYD-R-SHRINK"} 1`, `syncd_guard_headroom_ratio{guard="SYD-R-SHRINK"} 0`} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s with %v", want, checks)
			}
		}
	}
}

// TestEmptySource: a share of nobody is unknown, not zero.
func TestEmptySource(t *testing.T) {
	m, reg := newMetrics()
	m.Observe(sync.Report{End: sync.Refused, Sources: []sync.SourceReport{{Name: "hr", Receipt: sync.Receipt{Server: "people.csv"}}}})
	got := scrape(t, reg)
	if strings.Contains(got, "syncd_source_fill_ratio{") || strings.Contains(got, "NaN") {
		t.Errorf("a fill ratio of nobody:\n%s", got)
	}
	if want := `syncd_source_entries{source="hr"} 0`; !strings.Contains(got, want) {
		t.Errorf("no %s in:\n%s", want, got)
	}
}

func TestAppliedSteps(t *testing.T) {
	steps := []sync.Step{{Kind: sync.Reactivate}, {Kind: sync.Patch}, {Kind: sync.Revoke}}
	tests := map[string]struct {
		outcome sync.Outcome
		done    int
		want    [3]sync.Outcome
	}{
		"done":            {sync.Done, 3, [3]sync.Outcome{sync.Done, sync.Done, sync.Done}},
		"held first":      {sync.Held, 0, [3]sync.Outcome{sync.Held, sync.Skipped, sync.Skipped}},
		"failed second":   {sync.Failed, 1, [3]sync.Outcome{sync.Done, sync.Failed, sync.Skipped}},
		"failed last":     {sync.Failed, 2, [3]sync.Outcome{sync.Done, sync.Done, sync.Failed}},
		"skipped":         {sync.Skipped, 0, [3]sync.Outcome{sync.Skipped, sync.Skipped, sync.Skipped}},
		"skipped halfway": {sync.Skipped, 1, [3]sync.Outcome{sync.Done, sync.Skipped, sync.Skipped}},
		"not stated":      {sync.OutcomeNone, 0, [3]sync.Outcome{sync.Skipped, sync.Skipped, sync.Skipped}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, reg := newMetrics()
			before := scrape(t, reg)
			res := sync.Result{Change: sync.Change{Steps: steps}, Outcome: tt.outcome, Done: tt.done}
			m.Observe(sync.Report{Results: []sync.Result{res}})
			var want []string
			for i, s := range steps {
				want = append(want, `syncd_applied_steps_total{result="`+tt.want[i].String()+`",step="`+s.Kind.String()+`"} 1`)
			}
			lines := slices.DeleteFunc(changed(before, scrape(t, reg)), func(l string) bool { return strings.HasPrefix(l, "syncd_failed_steps") })
			got := strings.Join(lines, "\n")
			if diff := cmp.Diff(sorted(got), sorted(strings.Join(want, "\n"))); diff != "" {
				t.Errorf("lines that differ (-got +want):\n%s", diff)
			}
		})
	}
}
