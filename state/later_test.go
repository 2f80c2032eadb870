package state_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// TestLaterIsWhatWasDoneToTheSamePeople: the newest run first, and neither what
// came before nor what others had done to them.
func TestLaterIsWhatWasDoneToTheSamePeople(t *testing.T) {
	s := open(t, newPath(t))
	runs := []string{}
	for n, changes := range [][]sync.Change{
		{creation("hr:1", "ada"), creation("hr:2", "bob")},
		{rename("hr:1", "id-hr:1", "ada", "ada2")},
		{creation("hr:3", "carl"), rename("hr:2", "id-hr:2", "bob", "bob2")},
		{rename("hr:1", "id-hr:1", "ada2", "ada3"), rename("hr:3", "id-hr:3", "carl", "carl2")},
	} {
		j := begin(t, s, "hr", later(time.Duration(n)*time.Minute))
		runs = append(runs, j.ID())
		intend(t, j, changes...)
	}
	for run, want := range map[string]string{
		runs[0]: "4.1 4.2 4.3 3.2 3.3 3.4 2.1 2.2 2.3", runs[1]: "4.1 4.2 4.3", runs[2]: "4.4 4.5 4.6", runs[3]: "", "no such run": "",
	} {
		got := []string{}
		for _, e := range must[[]state.Entry](t)(s.Later(t.Context(), run)) {
			got = append(got, fmt.Sprintf("%d.%d", 1+slices.Index(runs, e.Run), e.Seq))
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("after %s: got %q, want %q", run, got, want)
		}
	}
}

// TestRunWithoutSources: an undo reads none.
func TestRunWithoutSources(t *testing.T) {
	s := open(t, newPath(t))
	j := must[*state.Journal](t)(s.Begin(t.Context(), state.Start{Command: "undo", At: noon}))
	run, _, err := s.Run(t.Context(), j.ID())
	check(t, err)
	equal(t, "sources", run.Sources, []string{})
}
