package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mattermost"
)

// TestManualOfCoverage holds docs/coverage.md to what the client calls, which a
// test of its own compares with the requests that it makes.
func TestManualOfCoverage(t *testing.T) {
	users, others := mattermost.Coverage()
	var b strings.Builder
	b.WriteString(`# Coverage of the server's API

Generated from the code; tests compare it with the requests that the client makes.

` + "`every run`" + ` syncd may call it in any run · ` + "`by rule`" + ` where the configuration asks for it · ` + "`by command`" + ` for a command of
yours · ` + "`not yet`" + ` nothing calls it so far · ` + "`not used`" + ` left out on purpose
`)
	for _, part := range []struct {
		title string
		rows  []mattermost.Function
	}{{"Users", users}, {"Others that syncd calls", others}} {
		fmt.Fprintf(&b, "\n## %s\n\n%s| function | route | syncd | what for, or why not |\n|---|---|---|---|\n", part.title, useCounts(part.rows))
		for _, f := range part.rows {
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", f.Name, f.Route, f.Use, f.Why)
		}
	}
	compareManual(t, "../../docs/coverage.md", b.String())
}

// useCounts says how many functions are used in each way.
func useCounts(rows []mattermost.Function) string {
	count := make(map[mattermost.Use]int)
	for _, f := range rows {
		count[f.Use]++
	}
	var parts []string
	for u := range mattermost.ByCommand + 1 {
		if count[u] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[u], u))
		}
	}
	return fmt.Sprintf("%d functions: %s.\n\n", len(rows), strings.Join(parts, ", "))
}
