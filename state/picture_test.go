package state_test

import (
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// portrait gives somebody a picture, or takes it away.
func portrait(key, digest string) sync.Change {
	return sync.Change{
		Link: sync.Link{Key: sync.Key(key), UserID: "id-" + key}, User: sync.User{ID: "id-" + key},
		Steps: []sync.Step{{Kind: sync.SetPicture, Had: "p0", Picture: sync.Picture{Digest: digest, Key: sync.Key(key)}}},
	}
}

// TestPicturesRead: the last run counts that read them and left none to the
// next one, and one that was only planned, refused or broken does not.
func TestPicturesRead(t *testing.T) {
	s := open(t, newPath(t))
	at := func() time.Time { return must[time.Time](t)(s.PicturesRead(t.Context(), "hr")) }
	for i, run := range []struct {
		end      sync.End
		pictures bool
		results  []sync.Result
		want     time.Time
	}{
		{sync.InStep, false, nil, time.Time{}},
		{sync.Observed, true, nil, time.Time{}},
		{sync.Refused, true, nil, time.Time{}},
		{sync.InStep, true, nil, later(3 * time.Hour)},
		{sync.InStep, false, nil, later(3 * time.Hour)},
		{sync.Partial, true, []sync.Result{result(portrait("hr:1", "p1"), sync.Held, 0)}, later(5 * time.Hour)},
		{sync.Partial, true, []sync.Result{result(portrait("hr:1", "p1"), sync.Failed, 0)}, time.Time{}},
		{sync.InStep, true, []sync.Result{result(portrait("hr:1", "p1"), sync.Done, 1)}, later(7 * time.Hour)},
	} {
		j := begin(t, s, "hr", later(time.Duration(i)*time.Hour))
		r := report(run.end, run.results...)
		r.Sources[0].Receipt.Pictures = run.pictures
		check(t, j.Finish(t.Context(), r))
		equal(t, run.end.String(), at(), run.want)
	}
	equal(t, "of another source", must[time.Time](t)(s.PicturesRead(t.Context(), "ad")), time.Time{})
	equal(t, "without a state", must[time.Time](t)(openReader(t, newPath(t)).PicturesRead(t.Context(), "hr")), time.Time{})
}

// TestPicturesInTheJournal: what was set and removed can be read, by digest, and
// what was removed counts for the budget.
func TestPicturesInTheJournal(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	set, gone, kept := portrait("hr:1", "p1"), portrait("hr:2", sync.NoPicture), portrait("hr:3", sync.NoPicture)
	intend(t, j, set, gone, kept)
	record(t, j, result(set, sync.Done, 1))
	record(t, j, result(gone, sync.Done, 1))
	record(t, j, result(kept, sync.Held, 0))
	check(t, j.Finish(t.Context(), report(sync.Partial)))
	entries := must[[]state.Entry](t)(s.Entries(t.Context(), state.Filter{Who: "hr:2"}))
	equal(t, "before", entries[0].Before, map[string]string{state.Picture: "p0"})
	equal(t, "after", entries[0].After, map[string]string{state.Picture: sync.NoPicture})
	spent := must[sync.Tally](t)(s.Spent(t.Context(), noon))
	equal(t, "spent", spent, sync.Tally{sync.SortPicture: 1})
}
