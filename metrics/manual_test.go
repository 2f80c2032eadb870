package metrics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const manualHead = `# Metrics

<!-- Written by "go test ./metrics -update". Change metrics/*.go or metrics/manual_test.go instead. -->

` + "`syncd run`" + ` serves these at ` + "`http://127.0.0.1:9494/metrics`" + `, beside ` + "`/-/healthy`" + ` (200 while the process lives) and
` + "`/-/ready`" + ` (200 once a run has read both the source and the server, or at once with ` + "`on_start: nothing`" + `; before, 503 and the reason).
There is no password and no TLS: put a proxy before the port if others can reach it. The metrics of the Go runtime (` + "`go_…`" + `) and of the process (` + "`process_…`" + `) are there too.

## How to read them

- A run is **successful** if nothing was due, or all that was due was done but for people who are held. It is not if a step failed, or
  if it was refused, stopped, broken, or could not read one of the two sides. A plan that the daemon makes without carrying it out,
  or a run that only observes, counts as a run and not as a failure, but it brings nobody into step and is no success.
- Counters and the two timestamps begin at zero with the process. Gauges that only a run can fill are **absent until one has**, so a
  restart shows a gap, not a drop to zero.
- What a failed run did not learn **keeps its last value**: after a read that broke off, ` + "`syncd_source_entries`" + ` is that of the last whole
  read, and ` + "`syncd_source_complete`" + ` is 0. A source that was renamed keeps its last values until the process is restarted.
- The labels are closed sets, but for ` + "`source`" + ` (the names in the configuration), ` + "`version`, `sha256`" + `, and the requests that syncd
  makes (` + "`call`, `outcome`" + `; one that is not listed would be ` + "`other`" + `). No person and no host is ever a label.
- Codes (` + "`SYD-…`" + `) mean the same here as in plan, log and journal.

## Alerts worth having

| what | expression |
|---|---|
| nothing succeeded for an hour (or since the start) | ` + "`time() - syncd_last_success_timestamp_seconds > 3600`" + ` |
| runs fail | ` + "`syncd_consecutive_failures >= 3`" + ` |
| the guard refuses, for 30 minutes | ` + "`max(syncd_guard_refused) == 1`" + ` |
| a limit is nearly used up | ` + "`min(syncd_guard_headroom_ratio) < 0.2`" + ` |
| the source is not read whole | ` + "`min(syncd_source_complete) == 0`" + ` |
| a field empties | ` + "`syncd_source_fill_ratio - (syncd_source_fill_ratio offset 1d) < -0.05`" + ` |
| more and more people are held | ` + "`sum(syncd_held) - sum(syncd_held offset 1d) > 5`" + ` |
| a reload was refused, and a restart may fail | ` + "`syncd_config_last_reload_successful == 0`" + ` |
| seats run out | ` + "`syncd_sink_seats{kind=\"used\"} / ignoring(kind) syncd_sink_seats{kind=\"limit\"} > 0.95`" + ` |

## All of them

| metric | kind | labels | what it says |
|---|---|---|---|
`

// TestManual keeps docs/metrics.md equal to the program.
func TestManual(t *testing.T) {
	var b strings.Builder
	b.WriteString(manualHead)
	sets := make(map[string]Label)
	for _, f := range Reference() {
		var labels []string
		for _, l := range f.Labels {
			labels = append(labels, "`"+l.Name+"`")
			if len(l.Values) > 0 {
				key := strings.Join(l.Values, " ")
				sets[l.Name+" "+key] = l
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Kind, strings.Join(labels, ", "), f.Help)
	}
	b.WriteString("\n## The values of the labels\n\n| label | values |\n|---|---|\n")
	keys := make([]string, 0, len(sets))
	for k := range sets {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", sets[k].Name, strings.Join(sets[k].Values, "`, `"))
	}
	golden(t, "../docs/metrics.md", b.String())
}

func sorted(text string) []string {
	lines := strings.Fields(strings.ReplaceAll(text, " ", "\x00"))
	slices.Sort(lines)
	return lines
}
