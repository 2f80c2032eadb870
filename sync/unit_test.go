package sync

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnit(t *testing.T) {
	for place, want := range map[string]string{
		"":                                  "",
		"line 14":                           "",
		"CN=Ann,OU=Sales,DC=x,DC=org":       "OU=Sales,DC=x,DC=org",
		`CN=Moss\, Ann,OU=Sales,DC=x`:       "OU=Sales,DC=x",
		`CN=Ann\\,OU=Sales,DC=x`:            "OU=Sales,DC=x",
		`CN=Ann\2C Moss,OU=Lab\, East,DC=x`: `OU=Lab\, East,DC=x`,
		"DC=org":                            "",
		`CN=Ann\`:                           "",
	} {
		if got := unit(place); got != want {
			t.Errorf("%s: got %q, want %q", place, got, want)
		}
	}
}

// TestCountUnits: units from which somebody leaves, with everybody who is or
// was there; the one that loses most comes first.
func TestCountUnits(t *testing.T) {
	policy := defaultPolicy()
	policy.Leavers[CauseExpired] = Grace{After: 1 << 40, Revoke: true}
	in := Input{Now: now, Policy: policy, Roster: stated(
		Identity{Key: "ad:1", Status: Enabled, Origin: Origin{"ad", "CN=a,OU=Lab,DC=x"}},
		Identity{Key: "ad:2", Status: Disabled, Origin: Origin{"ad", "CN=b,OU=Lab,DC=x"}},
		Identity{Key: "ad:3", Status: Enabled, Origin: Origin{"ad", "CN=c,OU=Staff,DC=x"}},
		Identity{Key: "ad:6", Status: Expired, Origin: Origin{"ad", "CN=f,OU=Lab,DC=x"}},
	)}
	for i, unit := range []string{"OU=Lab,DC=x", "OU=Old,DC=x", "OU=Staff,DC=x", "OU=Sales,DC=x", "OU=Sales,DC=x", "OU=Lab,DC=x", "OU=Sales,DC=x"} {
		id := string(rune('1' + i))
		in.Links = append(in.Links, Link{Key: Key("ad:" + id), UserID: "u" + id, Unit: unit})
		in.Users = append(in.Users, User{ID: "u" + id, Active: true})
	}
	p := NewPlan(in)
	want := []UnitCount{{"OU=Sales,DC=x", 3, 3}, {"OU=Lab,DC=x", 3, 2}}
	if diff := cmp.Diff(p.Units, want); diff != "" {
		t.Errorf("units (-got +want):\n%s", diff)
	}
	for cause, want := range map[Cause]int{CauseAbsent: 3, CauseDisabled: 1, CauseExpired: 1, CauseNone: 0} {
		if got := p.Leaving(cause); got != want {
			t.Errorf("%s: got %d, want %d", cause, got, want)
		}
	}
}
