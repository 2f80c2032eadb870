package sync

import (
	"testing"
	"time"
)

// TestLessons: what a refusal told counts for the same server and for a week,
// and not against what the server says itself.
func TestLessons(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	all := []Lesson{
		{Kind: LessonGuests, Said: "no.guests"}, {Kind: LessonErase},
		{Kind: LessonReactivate, Service: "ldap"}, {Kind: LessonLocked, Service: "saml", Field: Nickname},
	}
	tests := []struct {
		name   string
		server string
		at     time.Time
		holds  bool
	}{
		{"an hour ago", "10.1.a.false", now.Add(-time.Hour), true},
		{"nearly a week ago", "10.1.a.false", now.Add(-lessonTime + 1), true},
		{"a week ago", "10.1.a.false", now.Add(-lessonTime), false},
		{"of another server", "10.2.a.false", now.Add(-time.Hour), false},
		{"of a server that does not say which it is", "", now.Add(-time.Hour), false},
		{"of a clock that was wrong", "10.1.a.false", now.Add(time.Hour), false},
	}
	for _, tt := range tests {
		for i := range all {
			all[i].ServerID, all[i].At = tt.server, tt.at
		}
		said := Facts{ServerID: "10.1.a.false", Locked: map[string]FieldSet{"saml": SetOf(Username)}}
		if tt.server == "" {
			said.ServerID = ""
		}
		got := said.With(all, now)
		if (got.NoGuests != "") != tt.holds || got.CannotErase != tt.holds || got.CannotReactivate["ldap"] != tt.holds || got.Locked["saml"].Has(Nickname) != tt.holds {
			t.Errorf("%s: got %+v", tt.name, got)
		}
		if !got.Locked["saml"].Has(Username) || said.Locked["saml"] != SetOf(Username) || said.CannotReactivate != nil {
			t.Errorf("%s: got %+v from %+v", tt.name, got, said)
		}
	}
	for i := range all {
		all[i].ServerID, all[i].At = "x", now
	}
	got := Facts{ServerID: "x", NoGuests: "no licence", EraseKnown: true}.With(all, now)
	if got.NoGuests != "no licence" || got.CannotErase {
		t.Errorf("got %+v, want what the server says", got)
	}
}

func TestLessonKinds(t *testing.T) {
	for k := LessonGuests; k <= LessonLocked; k++ {
		got, ok := ParseLessonKind(k.String())
		if !ok || got != k || (Lesson{Kind: k}).String() == "" {
			t.Errorf("got %v, %v for %v", got, ok, k)
		}
	}
}
