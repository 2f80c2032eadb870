package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestJournalOutOfReach: that the journal cannot be read is said once, however
// often the daemon looks.
func TestJournalOutOfReach(t *testing.T) {
	store, err := state.Open(t.Context(), state.At(filepath.Join(t.TempDir(), "syncd.db")), "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	d := &daemon{app: &app{environment: systemEnvironment(), log: zap.New(core)}, store: store, metrics: metrics.New(prometheus.NewRegistry(), metricSettings(false))}
	d.recall(t.Context())
	for range 5 {
		d.overtaken(t.Context())
	}
	if got := logs.Len(); got != 1 {
		t.Errorf("got %d lines, want one: %v", got, logs.All())
	}
}

// TestRecallLooksFarBack: trouble that lasts longer than the few runs that are
// looked at else does not hide the success before it.
func TestRecallLooksFarBack(t *testing.T) {
	store, err := state.Open(t.Context(), state.At(filepath.Join(t.TempDir(), "syncd.db")), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() }) // only read from
	for i := range 2*fewRuns + 1 {
		at := time.Unix(int64(1000+i), 0)
		j, err := store.Begin(t.Context(), state.Start{Command: commandDaemon, At: at})
		if err != nil {
			t.Fatal(err)
		}
		r := sync.Report{Run: j.ID(), Started: at, Finished: at, End: sync.SinkFailed}
		if i == 0 {
			r.End = sync.InStep
		}
		if err := j.Finish(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	reg := prometheus.NewRegistry()
	d := &daemon{app: &app{environment: systemEnvironment(), log: zap.NewNop()}, store: store, metrics: metrics.New(reg, metricSettings(false))}
	d.recall(t.Context())
	want := map[string]float64{"syncd_consecutive_failures": 2 * fewRuns, "syncd_last_attempt_timestamp_seconds": 1000 + 2*fewRuns, "syncd_last_success_timestamp_seconds": 1000}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if v, ok := want[f.GetName()]; ok && f.Metric[0].Gauge.GetValue() != v {
			t.Errorf("%s: got %v, want %v", f.GetName(), f.Metric[0].Gauge.GetValue(), v)
		}
	}
}
