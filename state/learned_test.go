package state_test

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// TestLearn: what was learned last of the same thing counts, what was learned of
// another server is forgotten, and all of it on demand.
func TestLearn(t *testing.T) {
	s := open(t, newPath(t))
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	locked := sync.Lesson{Kind: sync.LessonLocked, Service: "saml", Field: sync.Nickname, Said: "a", ServerID: "10.1"}
	guests := sync.Lesson{Kind: sync.LessonGuests, Said: "b", ServerID: "10.1"}
	later := locked
	later.Said, later.ServerID = "c", "10.2"
	learned := func(l sync.Lesson, at time.Time) sync.Lesson { l.At = at; return l }
	for _, tt := range []struct {
		learn []sync.Lesson
		at    time.Time
		want  []sync.Lesson
	}{
		{nil, at, nil},
		{[]sync.Lesson{locked, guests, guests}, at, []sync.Lesson{learned(guests, at), learned(locked, at)}},
		{[]sync.Lesson{guests}, at.Add(time.Hour), []sync.Lesson{learned(guests, at.Add(time.Hour)), learned(locked, at)}},
		{nil, at, []sync.Lesson{learned(guests, at.Add(time.Hour)), learned(locked, at)}},
		{[]sync.Lesson{later}, at, []sync.Lesson{learned(later, at)}},
	} {
		if err := s.Learn(t.Context(), tt.learn, tt.at); err != nil {
			t.Fatal(err)
		}
		got, err := s.Lessons(t.Context())
		if diff := gocmp.Diff(got, tt.want); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	n, err := s.Unlearn(t.Context())
	got, readErr := s.Lessons(t.Context())
	if err != nil || readErr != nil || n != 1 || len(got) != 0 {
		t.Errorf("got %d forgotten and %v left, %v, %v", n, got, err, readErr)
	}
}
