package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// homeward ends a detour that cannot go on: the account gets its sign-in back at
// once, so that the person can sign in. Where nothing else was done on the way,
// the detour counts as not made. Where it does not work, the next run tries
// again; w.err says so. What homeward returns is only why it did not work.
func (r *run) homeward(ctx context.Context, w *work) error {
	if w.next == len(w.change.Steps) {
		return nil
	}
	done, failed := w.next, w.change.Steps[w.next].Way
	if failed == sync.WayOut && errors.Is(w.err, mattermost.ErrUnknownOutcome) {
		done++ // nobody knows whether it was made
	}
	out, back, ok := w.change.Detour(done)
	if !ok {
		return nil
	}
	home := w.change.Steps[back].Auth
	away := fmt.Sprintf("the account may sign in with %s until a later run gives it %s back", w.change.Steps[out].Auth.Service, home.Service)
	if failed == sync.WayBack && w.err != errStopped { // it was tried as often as any
		w.err = noted(w.err, away)
		return nil
	}
	err := r.migrate(ctx, w, w.change.Steps[back])
	switch {
	case err != nil:
		w.err = noted(w.err, away+": "+err.Error())
	case w.next <= out+1:
		w.next = out
		w.err = noted(w.err, "the account signs in with "+home.Service+" as before")
	}
	return err
}
