package sync

import "testing"

// TestTakenIsNotTheirs: an account that is never taken over does not show as
// the account of whoever would have it.
func TestTakenIsNotTheirs(t *testing.T) {
	stranger := User{ID: "u9", Active: true, Auth: Auth{Service: AuthEmail}, Profile: named("ann", "ann@x.org")}
	bot, other := stranger, stranger
	bot.Bot, other.Auth = true, Auth{"saml", "zoe"}
	id := enabled("ad:1", "ann", "ann@x.org")
	id.Auth = Auth{"saml", "ann"}
	asked := []Intent{{Key: "ad:1", Kind: Create, To: stranger.Profile}}
	adopt := Policy{Mode: Full, Adopt: SetOf(Username, Email)}
	tests := []struct {
		name   string
		user   User
		policy Policy
		open   []Intent
	}{
		{"a stranger", stranger, Policy{Mode: Full}, nil},
		{"a bot", bot, adopt, nil},
		{"a bot that fits what was asked for", bot, adopt, asked},
		{"another sign-in", other, adopt, nil},
		{"another sign-in that fits what was asked for", other, adopt, asked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPlan(Input{Now: now, Policy: tt.policy, Open: tt.open, Users: []User{tt.user}, Roster: stated(id)})
			if len(p.Held) != 1 || p.Held[0].Reason != HoldTaken {
				t.Fatalf("got\n%s", printPlan(p))
			}
			if c := p.Held[0].Change; c.User != (User{}) || len(c.Steps) != 0 {
				t.Errorf("got %+v, want neither account nor steps", c)
			}
		})
	}
}
