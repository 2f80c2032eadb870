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

// TestIntervals: the longest is what an alert must wait for before it says that
// nothing has run, the shortest is what a run must fit into.
func TestIntervals(t *testing.T) {
	friday := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for cron, want := range map[string][2]time.Duration{
		"*/15 * * * *":      {15 * time.Minute, 15 * time.Minute},
		"@every 10s":        {10 * time.Second, 10 * time.Second},
		"0 6 * * *":         {24 * time.Hour, 24 * time.Hour},
		"0 6 * * 1-5":       {24 * time.Hour, 72 * time.Hour}, // over the weekend
		"0 8-18 * * *":      {time.Hour, 14 * time.Hour},      // over the night
		"*/5 7-18 * * *":    {5 * time.Minute, 12*time.Hour + 5*time.Minute},
		"30 4 1 1 *":        {365 * 24 * time.Hour, 365 * 24 * time.Hour},
		"0 0 29 2 *":        {4*365*24*time.Hour + 24*time.Hour, 4*365*24*time.Hour + 24*time.Hour},
		"*/15 8-18 * * 1-5": {15 * time.Minute, 61*time.Hour + 15*time.Minute},
	} {
		s, err := parseSchedule(config.Schedule{Cron: cron, Location: time.UTC}, friday)
		if err != nil {
			t.Fatal(err)
		}
		if least, most := s.gaps(friday); least != want[0] || most != want[1] {
			t.Errorf("%s: got %v and %v, want %v", cron, least, most, want)
		}
		s.jitter = time.Minute
		if least, most := s.gaps(friday); least != want[0] || most != want[1]+time.Minute {
			t.Errorf("%s with a minute of jitter: got %v and %v, want %v and a minute more", cron, least, most, want)
		}
	}
}
