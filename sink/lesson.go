package sink

import (
	"errors"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// learn keeps what a refused step tells of the server, if it tells anything that
// holds for others too.
func (r *run) learn(w *work, s sync.Step, err error) {
	l, ok := r.lesson(w, s, err)
	var e *mattermost.Error
	if !ok || !errors.As(err, &e) {
		return
	}
	l.Said, l.ServerID = e.ID, r.api.ServerID()
	w.lessons = append(w.lessons, l)
}

// lesson returns what a refusal tells of the server.
func (r *run) lesson(w *work, s sync.Step, err error) (sync.Lesson, bool) {
	switch {
	case withoutGuests(err):
		return sync.Lesson{Kind: sync.LessonGuests}, true
	case eraseOff(err):
		return sync.Lesson{Kind: sync.LessonErase}, true
	case s.Kind == sync.Reactivate && mattermost.Has(err, mattermost.IDManagedByLDAP):
		return sync.Lesson{Kind: sync.LessonReactivate, Service: w.user.Auth.Service}, true
	case s.Kind == sync.Patch && (mattermost.Has(err, mattermost.IDLockedInPatch) || mattermost.Has(err, mattermost.IDLockedInUpdate)):
		return r.lockedField(w, s)
	}
	return sync.Lesson{}, false
}

// lockedField returns the field that a server did not change because of how the
// person signs in. The server does not say which one it is, so nothing is
// learned of a step that changes several.
func (r *run) lockedField(w *work, s sync.Step) (sync.Lesson, bool) {
	unknown := s.Set &^ r.facts.Locked[w.user.Auth.Service]
	for f := range unknown.All() {
		return sync.Lesson{Kind: sync.LessonLocked, Service: w.user.Auth.Service, Field: f}, unknown == sync.SetOf(f) && s.Set == unknown
	}
	return sync.Lesson{}, false
}
