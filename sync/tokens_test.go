package sync

import (
	"testing"
	"time"
)

// died is a run that died while it ended somebody's account.
func died(active bool) Input {
	return Input{
		Roster: stated(), Now: now, Policy: defaultPolicy(),
		Users:  []User{{ID: "u1", Active: active, Profile: Profile{Username: "ann", Email: "ann@x.org"}}},
		Links:  []Link{{Key: "ad:1", UserID: "u1"}},
		Open:   []Intent{{Run: "r1", Key: "ad:1", UserID: "u1", Kind: Deactivate, Cause: CauseAbsent, Tokens: "t1 t3", At: now.Add(-time.Hour)}},
		Tokens: Tokens{"u1": {"t2", "t1"}, "u9": {"t9"}},
	}
}

// A run that died after it had ended tokens, and before the account, leaves a
// plan that names them again: an undo of it must know all of them.
func TestTokensOfARunThatDied(t *testing.T) {
	p := NewPlan(died(true))
	if len(p.Changes) != 1 || p.Changes[0].Steps[0].Tokens != "t1 t2 t3" {
		t.Errorf("got %+v, want the tokens t1, t2 and t3 to end", p.Changes)
	}
	p = NewPlan(died(false))
	if len(p.Changes) != 0 || len(p.Links) != 1 || p.Links[0].TokensOff != TokensLeft || p.Links[0].DeactivatedFor != CauseAbsent {
		t.Errorf("got %+v, want it to be remembered that tokens may be left", p.Links)
	}
}

// How many tokens ended is remembered as long as the account stays ended.
func TestTokensAreCounted(t *testing.T) {
	p := NewPlan(died(true))
	l, _ := Result{Change: p.Changes[0], Outcome: Done, Done: 1}.LinkAfter(now)
	if l.TokensOff != 3 {
		t.Errorf("got %d, want 3", l.TokensOff)
	}
	back := Result{Change: Change{Link: l, Steps: []Step{{Kind: Reactivate, Cause: CauseAbsent}}}, Outcome: Done, Done: 1}
	if l, _ = back.LinkAfter(now); l.TokensOff != 0 {
		t.Errorf("got %d after the return, want none", l.TokensOff)
	}
}

// An undo enables what the run disabled, and ends what came since where it takes
// an account back.
func TestUndoOfTokens(t *testing.T) {
	in := UndoInput{
		Deeds: []Deed{
			{Run: "r", Key: "ad:1", UserID: "u1", Outcome: Done, Step: Step{Kind: Deactivate, Cause: CauseAbsent, Tokens: "t1 t2"}},
			{Run: "r", Key: "ad:2", UserID: "u2", Outcome: Done, Step: Step{Kind: Create}},
		},
		Users:  []User{{ID: "u1"}, {ID: "u2", Active: true}},
		Links:  []Link{{Key: "ad:1", UserID: "u1", DeactivatedFor: CauseAbsent}, {Key: "ad:2", UserID: "u2"}},
		Tokens: Tokens{"u2": {"t7"}}, Now: now,
	}
	p := NewUndo(in)
	if got := p.Ending(); len(got) != 1 || got[0] != "u2" {
		t.Errorf("got %v, want the tokens of u2 to be asked for", got)
	}
	for _, c := range p.Changes {
		want := map[StepKind]string{Reactivate: "t1 t2", Deactivate: "t7"}[c.Steps[0].Kind]
		if got := c.Steps[0].Tokens; got != want {
			t.Errorf("%v: got tokens %q, want %q", c.Steps[0].Kind, got, want)
		}
	}
}

// Access tokens that may be left end before the person comes back, where that is
// wanted and the server does it.
func TestTokensLeftAreRemembered(t *testing.T) {
	failed := Result{Change: Change{Link: Link{Key: "ad:1", UserID: "u1"}, Steps: []Step{{Kind: Deactivate, Cause: CauseAbsent, Tokens: "t1"}}}, TokensLeft: true}
	for _, done := range []int{0, 1} {
		failed.Outcome, failed.Done = []Outcome{Failed, Done}[done], done
		if l, _ := failed.LinkAfter(now); l.TokensOff != TokensLeft {
			t.Errorf("%v: got %d, want that tokens are left", failed.Outcome, l.TokensOff)
		}
	}
	for _, c := range []struct {
		wanted bool
		keeps  string
		off    int
		want   bool
	}{{true, "", TokensLeft, true}, {false, "", TokensLeft, false}, {true, "no", TokensLeft, false}, {true, "", 2, false}} {
		in := died(false)
		in.Roster, in.Open = stated(Identity{Key: "ad:1", Status: Enabled}), nil
		in.Links[0].DeactivatedFor, in.Links[0].TokensOff = CauseAbsent, c.off
		in.Policy.EndTokens, in.Facts.KeepsTokens = c.wanted, c.keeps
		p := NewPlan(in)
		if len(p.Changes) != 1 || p.Changes[0].Steps[0].Kind != Reactivate || p.Changes[0].Steps[0].EndTokens != c.want {
			t.Errorf("%+v: got %+v, held %+v", c, p.Changes, p.Held)
		}
	}
}
