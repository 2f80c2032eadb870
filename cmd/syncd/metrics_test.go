package main

import (
	"testing"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/metrics"
)

// TestManualOfMetrics keeps docs/metrics.md equal to the program.
func TestManualOfMetrics(t *testing.T) {
	compareManual(t, "../../docs/metrics.md", metrics.Manual(metricSettings(false)))
}

// TestLongestInterval: what an alert must wait for before it says that nothing
// has run.
func TestLongestInterval(t *testing.T) {
	friday := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for cron, want := range map[string]time.Duration{
		"*/15 * * * *":      15 * time.Minute,
		"@every 10s":        10 * time.Second,
		"0 6 * * *":         24 * time.Hour,
		"0 6 * * 1-5":       72 * time.Hour, // over the weekend
		"0 8-18 * * *":      14 * time.Hour, // over the night
		"30 4 1 1 *":        365 * 24 * time.Hour,
		"0 0 29 2 *":        4*365*24*time.Hour + 24*time.Hour,
		"*/15 8-18 * * 1-5": 61*time.Hour + 15*time.Minute,
	} {
		s, err := parseSchedule(config.Schedule{Cron: cron, Location: time.UTC}, friday)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.longest(friday); got != want {
			t.Errorf("%s: got %v, want %v", cron, got, want)
		}
		s.jitter = time.Minute
		if got := s.longest(friday); got != want+time.Minute {
			t.Errorf("%s with a minute of jitter: got %v, want %v", cron, got, want+time.Minute)
		}
	}
}
