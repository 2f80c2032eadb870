package state_test

import (
	"os"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// Of somebody whose account was deleted for good nothing is left that names
// them, in any run and under any key that the account had; of others all is.
func TestErasedIsForgotten(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	j := begin(t, s, "hr", noon)
	intend(t, j, creation("hr:1", "annabelle"), creation("hr:2", "bob"), creation("hr:3", "cy"))
	for _, c := range []sync.Change{creation("hr:1", "annabelle"), creation("hr:2", "bob")} {
		record(t, j, result(c, sync.Done, 1))
	}
	record(t, j, result(creation("hr:3", "cy"), sync.Failed, 0))
	check(t, j.Finish(t.Context(), report(sync.Partial)))

	j = begin(t, s, "hr", noon)
	moved := rename("old:7", "id-hr:1", "annabelle", "anna") // under another key of that time
	intend(t, j, moved)
	record(t, j, result(moved, sync.Done, 1))
	check(t, j.Finish(t.Context(), report(sync.InStep)))

	j = begin(t, s, "hr", noon)
	gone := sync.Change{
		User: sync.User{ID: "id-hr:1", Profile: profile("annabelle")}, Link: sync.Link{Key: "hr:1", UserID: "id-hr:1"},
		Steps: []sync.Step{{Kind: sync.Erase, Cause: sync.CauseAbsent}},
	}
	intend(t, j, gone)
	check(t, j.Record(t.Context(), result(gone, sync.Failed, 0), gone.Link, true, noon))
	if got := entries(t, s.Reader, state.Filter{Who: "annabelle"}); len(got) == 0 {
		t.Error("got nothing of somebody whose deletion failed, want all of it")
	}
	check(t, j.Record(t.Context(), result(gone, sync.Done, 1), sync.Link{}, false, noon))
	check(t, j.Finish(t.Context(), report(sync.InStep)))

	for _, e := range entries(t, s.Reader, state.Filter{}) {
		his := e.UserID == "id-hr:1"
		if named := e.Username != "" || len(e.Before)+len(e.After) > 0; named == his {
			t.Errorf("got %+v", e)
		}
	}
	if got := len(entries(t, s.Reader, state.Filter{Who: "hr:1"})); got != 2 {
		t.Errorf("got %d steps, want that two are known to have been", got)
	}
	if got := must[[]sync.Link](t)(s.Links(t.Context())); len(got) != 1 || got[0].Key != "hr:2" {
		t.Errorf("got links %v, want only that of hr:2", got)
	}
	check(t, s.Close())
	if state.IsURL(path) {
		return // a database keeps what is gone until it is vacuumed
	}
	text, err := os.ReadFile(path)
	check(t, err)
	if strings.Contains(string(text), "anna") {
		t.Error("the file still holds the name")
	}
}
