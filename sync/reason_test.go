package sync

import (
	"strings"
	"testing"
)

// TestRemedyOfWhatIsNeverTaken: nobody is told to take over what is never taken
// over, and everybody else is.
func TestRemedyOfWhatIsNeverTaken(t *testing.T) {
	for _, bot := range []bool{true, false} {
		u := User{ID: "u1", Active: true, Bot: bot, Profile: named("ann", "ann@x.org")}
		p := NewPlan(Input{Now: now, Policy: Policy{Mode: Full}, Users: []User{u}, Roster: stated(enabled("ad:1", "ann", "ann@x.org"))})
		if len(p.Held) != 1 || p.Held[0].Reason != HoldTaken || strings.Contains(p.Held[0].Remedy(), "--adopt") == bot {
			t.Errorf("a bot %t: got\n%s", bot, printPlan(p))
		}
	}
	if h := (Hold{Reason: HoldGone, Detail: neverTaken}); h.Remedy() != HoldGone.Remedy() {
		t.Errorf("another reason: got %q", h.Remedy())
	}
}
