package state_test

import (
	"testing"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestUnfinishedIsDone: a step that was carried out is done, nothing of it stays
// open, and the journal says what was not done beside it.
func TestUnfinishedIsDone(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c := creation("hr:1", "ada")
	intend(t, j, c)
	r := result(c, sync.Held, 1)
	r.Reason = sync.HoldUnfinished
	record(t, j, r)
	got := entries(t, s.Reader, state.Filter{})
	if len(got) != 1 || got[0].Outcome != sync.Done || got[0].Reason != sync.HoldUnfinished || got[0].Error == "" || got[0].UserID == "" {
		t.Errorf("got %+v", got)
	}
	if open := openKeys(t, s.Reader); len(open) != 0 {
		t.Errorf("got open steps %v", open)
	}
	if links := must[[]sync.Link](t)(s.Links(t.Context())); len(links) != 1 || links[0].UserID == "" {
		t.Errorf("got links %v", links)
	}
}
