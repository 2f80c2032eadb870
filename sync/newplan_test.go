package sync

import (
	"slices"
	"testing"
)

// TestPlanCounts: the numbers that a scenario does not print.
func TestPlanCounts(t *testing.T) {
	illegible := func(places ...string) (all []Reject) {
		for _, at := range places {
			all = append(all, Reject{Origin: Origin{"people.csv", at}, Reason: RejectAnchor})
		}
		return all
	}
	legible := Reject{Key: "ad:9", Origin: Origin{"people.csv", "line 9"}, Reason: RejectValue}
	links := []Link{{Key: "ad:1", UserID: "u1"}, {Key: "ad:2", UserID: "u2"}, {Key: "ad:3", UserID: "u3"}}
	users := []User{{ID: "u1", Active: true}, {ID: "u2"}, {ID: "u9", Active: true}}
	tests := []struct {
		name                 string
		rejects              []Reject
		onServer             int
		illegible, strangers int
	}{
		{"all legible, the server does not count", []Reject{legible}, 0, 0, -1},
		{"all legible", nil, 10, 0, 8},
		{"two illegible", append(illegible("line 2", "line 3"), legible), 3, 2, 1},
		{"nobody else", nil, 2, 0, 0},
		{"the server counts late", nil, 1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPlan(Input{
				Now: now, Policy: defaultPolicy(), Users: users, Links: links,
				Roster: ad(Snapshot{Rejects: tt.rejects, Identities: []Identity{enabled("ad:4", "", "")}}),
				Facts:  Facts{Users: tt.onServer},
			})
			if p.Illegible != tt.illegible || p.Strangers != tt.strangers {
				t.Errorf("got %d illegible and %d strangers, want %d and %d", p.Illegible, p.Strangers, tt.illegible, tt.strangers)
			}
			if want := []SourceCount{{Source: "ad", Read: Read{People: 1}, Managed: 1}}; !slices.Equal(p.Sources, want) || p.Read != 1 || p.Managed != 1 {
				t.Errorf("got sources %v, read %d, managed %d", p.Sources, p.Read, p.Managed)
			}
		})
	}
}

// TestFirstIllegible: of several illegible records the plan names one, and not
// the one that happened to come first or last.
func TestFirstIllegible(t *testing.T) {
	rejects := []Reject{
		{Origin: Origin{"p", "b"}}, {Origin: Origin{"p", "a"}}, {Origin: Origin{"p", "c"}}, {Key: "ad:1", Origin: Origin{"p", "0"}},
	}
	for range 2 {
		if got := ad(Snapshot{Rejects: rejects}).illegible()["ad"]; got == nil || got.Origin.Place != "a" {
			t.Errorf("got %+v, want the one at a", got)
		}
		slices.Reverse(rejects)
	}
	if got := ad(Snapshot{Rejects: []Reject{{Key: "ad:1"}}}).illegible()["ad"]; got != nil {
		t.Errorf("got %+v, want none", got)
	}
}
