package main

import (
	"html"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/directory-sync/syncd/sync"
)

// hostile is what a person may be called who knows that somebody reads plans.
const hostile = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"'`|\\|@all [x](http://x) **b** \x1b[31m\n# h"

// hostileReport has it in every text.
func hostileReport() sync.Report {
	var profile sync.Profile
	for f := range profile {
		profile[f] = hostile
	}
	id := sync.Identity{Key: hostile, Profile: profile, States: sync.SetOf(sync.Fields()...)}
	u := sync.User{ID: "u", Profile: profile}
	l := sync.Link{Key: hostile, UserID: "u"}
	r := sync.Report{Plan: sync.Plan{
		Changes: []sync.Change{
			{Identity: id, Link: l, Steps: []sync.Step{{Kind: sync.Create, Set: id.States, To: profile, Auth: sync.Auth{Service: hostile, Data: hostile}}}},
			{Identity: id, User: u, Link: l, Steps: []sync.Step{{Kind: sync.Patch, Set: id.States, From: profile, To: profile}, {Kind: sync.MigrateAuth, Was: sync.Auth{Service: hostile}, Auth: sync.Auth{Service: hostile}}}},
			{User: u, Link: l, Steps: []sync.Step{{Kind: sync.Deactivate, Cause: sync.CauseAbsent}}},
		},
		Pending: []sync.Pending{{User: u, Link: l, Cause: sync.CauseExpired}},
		Held:    []sync.Hold{{Change: sync.Change{User: u, Link: l}, Reason: sync.HoldTaken, Detail: hostile}},
		Notes:   []sync.Note{{Key: hostile, Username: hostile, Reason: sync.WarnLocked, Detail: hostile}},
	}}
	r.Sources = []sync.SourceReport{{Name: hostile, Receipt: sync.Receipt{Server: hostile}}}
	r.Facts.Version = hostile
	r.Verdict.Checks = []sync.Check{{Reason: sync.RefuseShrink, Source: hostile, Planned: 3, Of: 4}}
	return r
}

func hostileSheet(t *testing.T) sheet {
	t.Helper()
	a := &app{config: "x y.yaml", environment: systemEnvironment()}
	return a.sheetOf(hostile, hostileReport(), planFlags{out: hostile})
}

// TestHTMLEscapes: nothing that comes from people is markup.
func TestHTMLEscapes(t *testing.T) {
	var b strings.Builder
	if err := writeHTML(&b, hostileSheet(t)); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<script", "<img", "\x1b", "ZgotmplZ", "src=", "href=", "url("} {
		if strings.Contains(strings.ReplaceAll(page, "src=x", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if n := strings.Count(page, "</style>"); n != 1 {
		t.Errorf("the style ends %d times", n)
	}
	if !strings.Contains(html.UnescapeString(page), "<script>alert(1)</script>") {
		t.Error("the page does not show what somebody is called")
	}
}

// TestMarkdownEscapes: what comes from people is in code, and a table keeps its
// columns.
func TestMarkdownEscapes(t *testing.T) {
	var b strings.Builder
	if err := writeMarkdown(&b, hostileSheet(t), true); err != nil {
		t.Fatal(err)
	}
	columns := 0
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "    ") { // code
			continue
		}
		for _, bad := range []string{"<script", "<img", "@all", "](", "**b", "\x1b"} {
			if strings.Contains(line, bad) {
				t.Errorf("a line has %q: %s", bad, line)
			}
		}
		switch n := strings.Count(line, "|"); {
		case n == 0:
			columns = 0
		case columns == 0:
			columns = n
		case n != columns:
			t.Errorf("a row has %d bars, want %d: %s", n, columns, line)
		}
	}
}

// TestMarkdownCode: whatever the text is, it is one line of code, with nothing
// in it that ends the code or the cell.
func TestMarkdownCode(t *testing.T) {
	for text, want := range map[string]string{
		"ada@example.org": "`ada@example.org`", "": "*empty*", "a|b": "<code>a&#124;b</code>", " x": "<code>&#32;x</code>",
		"`": "<code>&#96;</code>", `a\`: "<code>a&#92;</code>", "<b>": "`<b>`", "Zoë": "`Zoë`",
	} {
		if got := code(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		got := code(text)
		inner, span := strings.CutPrefix(strings.TrimSuffix(got, "`"), "`")
		switch {
		case span && (inner != clean(text) || strings.ContainsAny(inner, "`|\n\\") || inner == ""):
			t.Fatalf("got %s", got)
		case span || got == "*empty*":
		case html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(got, "<code>"), "</code>")) != clean(text):
			t.Fatalf("got %s for %q", got, text)
		}
	})
}

// TestMarkdownIsCut: a long plan says how many are not shown.
func TestMarkdownIsCut(t *testing.T) {
	people := make([]sheetPerson, peopleInMarkdown+7)
	for i := range people {
		people[i] = sheetPerson{Name: "somebody"}
	}
	s := sheet{Groups: []sheetGroup{{Title: "create", People: people}}}
	for all, want := range map[bool]int{false: peopleInMarkdown, true: len(people)} {
		var b strings.Builder
		if err := writeMarkdown(&b, s, all); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(b.String(), "somebody"); got != want || strings.Contains(b.String(), "and 7 people more") == all {
			t.Errorf("all %t: got %d people, want %d:\n%s", all, got, want, b.String())
		}
	}
}
