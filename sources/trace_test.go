package sources

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/directory-sync/syncd/sync"
)

func traced(t *testing.T, changes Record) Trace {
	t.Helper()
	return compiled(t, staffSpec()).Trace(anna(changes), sync.Origin{Source: "f", Place: "line 2"}, now())
}

func TestTraceTellsEachStep(t *testing.T) {
	got := traced(t, Record{"login": "Änna  B"})
	want := []TraceStep{
		{Path: "anchor.attribute", From: "id", Reads: []string{"id"}, Gave: "1", Result: "1"},
		{Path: "filter", From: "kind != 'robot' and not bit(flags, 1)", Reads: []string{"flags", "kind"}, Gave: "true", Result: "true"},
		{Path: "status.disabled", From: "state == 'left'", Reads: []string{"state"}, Gave: "false", Result: "false"},
		{Path: "status.expired", From: "past(date(until))", Reads: []string{"until"}, Gave: "false", Result: "false"},
		{Path: "mapping.username.from", From: "slug(translit(login))", Reads: []string{"login"}, Gave: "aenna-b", Result: "aenna-b"},
		{Path: "mapping.email.from", From: "mail", Reads: []string{"mail"}, Gave: "Anna@Example.org", Result: "anna@example.org"},
		{Path: "mapping.first_name.from", From: "first(nick, given)", Reads: []string{"given", "nick"}, Gave: "Anna", Result: "Anna"},
		{Path: "mapping.last_name.from", From: "name", Reads: []string{"name"}, Gave: "Müller", Result: "Müller"},
		{Path: "mapping.nickname.from", From: "nick", Reads: []string{"nick"}},
		{Path: "mapping.position.from", From: "job", Reads: []string{"job"}},
		{Path: "mapping.auth.service.from", From: "sso", Reads: []string{"sso"}},
	}
	if diff := cmp.Diff(got.Steps, want); diff != "" {
		t.Errorf("steps (-got +want):\n%s", diff)
	}
}

func TestTraceTellsWhyThereIsNone(t *testing.T) {
	got := traced(t, Record{"mail": "nothing", "name": ""})
	if got.Mapped.Reject == nil || got.Mapped.Identity.Key != "" {
		t.Fatalf("got %+v, want a reject", got.Mapped)
	}
	byPath := make(map[string]TraceStep)
	for _, s := range got.Steps {
		byPath[s.Path] = s
	}
	email, name := byPath["mapping.email.from"], byPath["mapping.last_name.from"]
	if !errors.Is(email.Err, errAddress) || email.Gave != "nothing" || email.Result != "" {
		t.Errorf("got %+v, want what it gave and why it is no address", email)
	}
	if !errors.Is(name.Err, errEmpty) {
		t.Errorf("got %+v, want that it is empty", name)
	}
	if user := byPath["mapping.username.from"]; user.Result != "anna" || user.Err != nil {
		t.Errorf("got %+v, want what is right in a reject as well", user)
	}
}

// What was not looked at is not told: it had no part in the result.
func TestTraceEndsWhereMappingEnds(t *testing.T) {
	tests := []struct {
		name    string
		changes Record
		want    []string
	}{
		{"excluded", Record{"kind": "robot"}, []string{"anchor.attribute", "filter"}},
		{"excluded without an anchor", Record{"kind": "robot", "id": ""}, []string{"anchor.attribute", "filter"}},
		{"no anchor", Record{"id": ""}, []string{"anchor.attribute", "filter"}},
		{"a date that is none", Record{"until": "soon"}, []string{"anchor.attribute", "filter", "status.disabled", "status.expired"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, s := range traced(t, test.changes).Steps {
				got = append(got, s.Path)
			}
			if diff := cmp.Diff(got, test.want, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("paths (-got +want):\n%s", diff)
			}
		})
	}
}

// The join value of a reject is asked for a second time, and told once.
func TestTraceTellsEachStepOnce(t *testing.T) {
	spec := staffSpec()
	spec.Join = "kind"
	seen := make(map[string]bool)
	for _, s := range compiled(t, spec).Trace(anna(Record{"mail": "nothing"}), sync.Origin{}, now()).Steps {
		if seen[s.Path] {
			t.Errorf("%s is told twice", s.Path)
		}
		seen[s.Path] = true
	}
	if !seen["join"] {
		t.Error("the join value is not told")
	}
}
