package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	stdsync "sync"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// back gives somebody the old names back who stepped aside and did not get the
// new ones. Where that works, the step aside counts as not made; where it does
// not, because another has the old names by now or the server does not answer,
// the next run goes on from the temporary ones. Either way w.err says so. What
// back returns is only why it did not work.
func (r *run) back(ctx context.Context, w *work) error {
	aside, ok := w.change.Aside(w.next)
	if !ok {
		return nil
	}
	err := r.restore(ctx, w, aside)
	switch {
	case len(missing(w.user, sync.Step{Set: aside.Set, To: aside.From})) == 0:
		r.sink.vain.add(w, time.Now())
		w.next--
		w.err = noted(w.err, "the account has its old names back")
	case err != nil:
		w.err = noted(w.err, fmt.Sprintf("the account may keep a temporary name until a later run: %v", err))
	}
	return err
}

// restore gives the account its old values instead of the temporary ones that
// it still has, each by itself: one may be free where another is not.
func (r *run) restore(ctx context.Context, w *work, aside sync.Step) error {
	u, err := r.byID(ctx, w)
	if err != nil {
		return err
	}
	w.user = toUser(u, words{})
	var refused error
	for f := range aside.Set.All() {
		if !shows(w.user, aside, f) {
			continue
		}
		err := r.patch(ctx, w, sync.Step{Kind: sync.Patch, Set: sync.SetOf(f), From: w.user.Profile, To: aside.From})
		if err != nil && !errors.As(err, new(*hold)) {
			return err
		}
		if err == nil && f == sync.Email && w.unverified {
			_ = r.verify(ctx, w) // w.err is about more than that
		}
		refused = cmp.Or(refused, err)
	}
	return refused
}

// allBack gives the old names and sign-ins back to whoever stepped aside or was
// on a detour when the run stopped before their turn. A server that fails at one is not asked for more.
func (r *run) allBack(ctx context.Context, all []*work) {
	for _, w := range all {
		_, aside := w.change.Aside(w.next)
		_, _, away := w.change.Detour(w.next)
		if w.over || !aside && !away {
			continue
		}
		w.err = errStopped
		if err := r.safelyBack(ctx, w); err != nil && !errors.As(err, new(*hold)) {
			return
		}
	}
}

func (r *run) safelyBack(ctx context.Context, w *work) error {
	defer w.rescue()
	return errors.Join(r.back(ctx, w), r.homeward(ctx, w))
}

// noted adds what else there is to say to an error, which stays what it is.
func noted(err error, note string) error {
	var h *hold
	if errors.As(err, &h) {
		return &hold{h.reason, fmt.Errorf("%w; %s", h.err, note)}
	}
	return fmt.Errorf("%w; %s", err, note)
}

// vainAgain is when stepping aside is tried again after it was in vain. Each
// time takes the person's name for a moment, and the server may mail them twice.
const vainAgain = 24 * time.Hour

// errVain is a step aside that was not even made.
var errVain = errors.New("the swap of names was tried less than a day ago, in vain: the journal of that run says why; restart syncd to try it at once")

// A vain remembers whose stepping aside was in vain.
type vain struct {
	mu    stdsync.Mutex
	tries map[swap]try
}

// A swap is an account and the names that it was to have after it had stepped
// aside.
type swap struct{ id, username, email string }

// A try is when the server refused the names, and why.
type try struct {
	at     time.Time
	reason sync.Reason
}

func swapOf(c sync.Change) swap {
	for i := range c.Steps {
		if _, ok := c.Aside(i); ok {
			return swap{c.User.ID, c.Steps[i].To[sync.Username], c.Steps[i].To[sync.Email]}
		}
	}
	return swap{}
}

// add remembers that the server refused somebody's names. What merely failed
// is not in vain: the next run may have better luck.
func (v *vain) add(w *work, now time.Time) {
	var h *hold
	if !errors.As(w.err, &h) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.tries == nil {
		v.tries = make(map[swap]try)
	}
	maps.DeleteFunc(v.tries, func(_ swap, t try) bool { return now.Sub(t.at) >= vainAgain })
	v.tries[swapOf(w.change)] = try{now, h.reason}
}

// refuses returns the hold of a step aside that would be in vain again.
func (v *vain) refuses(w *work, now time.Time) error {
	if _, aside := w.change.Aside(w.next + 1); !aside {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	t, ok := v.tries[swapOf(w.change)]
	if !ok || now.Sub(t.at) >= vainAgain {
		return nil
	}
	return &hold{t.reason, errVain}
}
