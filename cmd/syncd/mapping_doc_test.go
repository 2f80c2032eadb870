package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// TestManualOfMapping runs each row of the tables in docs/mapping.md.
func TestManualOfMapping(t *testing.T) {
	rows, booleans := 0, false
	for line := range strings.Lines(readFile(t, "../../docs/mapping.md")) {
		booleans = booleans || strings.HasPrefix(line, "Tests give")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		expression := strings.Trim(strings.TrimSpace(cells[0]), "`")
		rows++
		got := evaluateRow(t, expression, cells[1], booleans)
		if want := strings.TrimSpace(cells[2]); got != want {
			t.Errorf("%s of %s: got %q, want %q", expression, cells[1], got, want)
		}
	}
	if rows < 25 {
		t.Errorf("got %d rows, want all of both tables", rows)
	}
}

// evaluateRow runs an expression over a record written as "a=1; b=2".
func evaluateRow(t *testing.T, expression, record string, boolean bool) string {
	t.Helper()
	r := sources.Record{"anchor": "1", "name_": "n", "mail_": "a@x.org"}
	for pair := range strings.SplitSeq(record, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		r[strings.TrimSpace(name)] = value
	}
	spec := sources.Spec{Source: "x", Anchor: "anchor", Fields: map[sync.Field]sources.FieldSpec{
		sync.Username: {From: "name_"}, sync.Email: {From: "mail_"},
	}}
	if boolean {
		spec.Disabled = expression
	} else {
		spec.Fields[sync.Nickname] = sources.FieldSpec{From: expression}
	}
	m, faults := sources.Compile(spec)
	if len(faults) > 0 {
		t.Fatalf("%s: %v", expression, faults)
	}
	id := m.Map(r, sync.Origin{}, time.Now()).Identity
	if boolean {
		return strconv.FormatBool(id.Status == sync.Disabled)
	}
	return id.Profile[sync.Nickname]
}
