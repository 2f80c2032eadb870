package sink

import (
	"errors"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// What was in vain is tried again after a day, what failed at once.
func TestVainEnds(t *testing.T) {
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	at := func(done int, err error) *work {
		aside := sync.Step{Kind: sync.Patch, Set: sync.SetOf(sync.Email), To: sync.Profile{sync.Email: "syncd-swap-u1@x.org"}}
		final := sync.Step{Kind: sync.Patch, Set: sync.SetOf(sync.Email), To: sync.Profile{sync.Email: "b@x.org"}}
		c := sync.Change{User: sync.User{ID: "u1"}, Steps: []sync.Step{aside, final}}
		return &work{change: c, next: done, err: err}
	}
	var v vain
	v.add(at(1, errors.New("connection refused")), now)
	if err := v.refuses(at(0, nil), now); err != nil {
		t.Errorf("after a failure: got %v, want nil", err)
	}
	v.add(at(1, &hold{sync.HoldEmailHeld, errUnseen}), now)
	for after, want := range map[time.Duration]sync.Reason{
		0: sync.HoldEmailHeld, vainAgain - 1: sync.HoldEmailHeld, vainAgain: sync.ReasonNone,
	} {
		var h *hold
		got := sync.ReasonNone
		if errors.As(v.refuses(at(0, nil), now.Add(after)), &h) {
			got = h.reason
		}
		if got != want {
			t.Errorf("after %v: got %v, want %v", after, got, want)
		}
	}
	if err := v.refuses(at(1, nil), now); err != nil {
		t.Errorf("the step that gives the final names: got %v, want nil", err)
	}
	other := at(1, &hold{sync.HoldEmailHeld, errUnseen})
	other.change.User.ID, other.change.Steps[0].To[sync.Email] = "u2", "syncd-swap-u2@x.org"
	v.add(other, now.Add(vainAgain))
	if got := len(v.tries); got != 1 {
		t.Errorf("got %d tries remembered, want one: the other is over", got)
	}
}
