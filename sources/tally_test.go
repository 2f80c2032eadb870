package sources

import (
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// Room is made for those who are to come, but not on the word of a beginning
// that is unlike the rest.
func TestForesee(t *testing.T) {
	for _, test := range []struct {
		name        string
		people      int
		read, size  int64
		least, most int // room for so many in all
	}{
		{"a tenth was read", 1000, 100, 1000, 10_000, 13_000},
		{"nearly all was read", 1000, 999, 1000, 1000, 1500},
		{"short rows first", 100, 1, 1 << 40, 1000, 2000},
		{"all was read", 1000, 1000, 1000, 1000, 1500},
		{"more was read than there is", 1000, 2000, 1000, 1000, 1500},
		{"size not known", 1000, 1000, 0, 1000, 1500},
		{"nothing was read", 1000, 0, 1000, 1000, 1500},
		{"nobody yet", 0, 100, 1000, 0, 0},
	} {
		tally := NewTally("hr", "f")
		for range test.people {
			tally.Add(Mapped{Identity: sync.Identity{Key: "hr:1", Status: sync.Enabled}})
		}
		tally.Foresee(test.read, test.size)
		got := tally.Snapshot(0).Identities
		if len(got) != test.people || cap(got) < test.least || cap(got) > test.most {
			t.Errorf("%s: got %d of %d, want %d of %d to %d", test.name, len(got), cap(got), test.people, test.least, test.most)
		}
	}
}

// Where there is room, none is made.
func TestForeseeLeavesEnoughAlone(t *testing.T) {
	tally := NewTally("hr", "f")
	for range 2 * foresight {
		tally.Add(Mapped{Identity: sync.Identity{Key: "hr:1", Status: sync.Enabled}})
	}
	tally.Foresee(1, 10)
	before := cap(tally.snapshot.Identities)
	tally.Foresee(1, 1000)
	if got := cap(tally.snapshot.Identities); got != before {
		t.Errorf("got room for %d, want the %d that there was", got, before)
	}
}
