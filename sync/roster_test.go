package sync

import (
	"slices"
	"testing"
)

// TestDoubtsAreInOrder: whatever the order of what is read and remembered, each
// doubt is there once, by key.
func TestDoubtsAreInOrder(t *testing.T) {
	said := func(ids ...Identity) Snapshot { return Snapshot{Identities: ids} }
	joined := func(key Key, join string) Identity {
		id := enabled(key, "", "")
		id.Join = join
		return id
	}
	readings := []Reading{
		{Source: "ad", Joins: true, Snapshot: said(joined("ad:3", "c"), joined("ad:1", "a"), joined("ad:2", "b"), joined("ad:2", "d"))},
		{Source: "hr", Joins: true, Failed: true},
	}
	links := []Link{
		{Key: "ad:3", UserID: "u3", Join: "c", Others: "hr:3\nhr:4"},
		{Key: "ad:1", UserID: "u1", Join: "a", Others: "hr:1"},
	}
	want := []Doubt{
		{"ad:1", HoldSource, "the source hr was not read"},
		{"ad:2", HoldTwin, "ad:2 and ad:2 state the same join value"},
		{"ad:3", HoldSource, "the source hr was not read"},
	}
	for range 20 {
		if got := NewRoster(readings, links, nil).Doubts; !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		slices.Reverse(links)
		slices.Reverse(readings[0].Snapshot.Identities)
	}
}

// TestKeyOfTwoLinks: a key that two links remember goes to the first of them,
// however the links are ordered.
func TestKeyOfTwoLinks(t *testing.T) {
	readings := []Reading{{Source: "ad"}, {Source: "hr", Snapshot: Snapshot{Rejects: []Reject{{Key: "hr:1"}}}}}
	links := []Link{{Key: "ad:1", UserID: "u1", Others: "hr:1"}, {Key: "ad:2", UserID: "u2", Others: "hr:1"}}
	for range 20 {
		r := NewRoster(readings, links, nil)
		if got := r.person("hr:1"); got != "ad:1" || r.Rejects[0].Key != "ad:1" {
			t.Fatalf("got %s and the reject of %s, want ad:1", got, r.Rejects[0].Key)
		}
		slices.Reverse(links)
	}
}
