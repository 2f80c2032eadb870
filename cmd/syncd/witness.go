package main

import (
	"context"
	stdsync "sync"

	"github.com/directory-sync/syncd/sync"
)

// A witness is a source that remembers what it said.
type witness struct {
	sync.Source
	snapshot sync.Snapshot
	err      error
}

// Read implements [sync.Source].
func (w *witness) Read(ctx context.Context) (sync.Snapshot, error) {
	w.snapshot, w.err = w.Source.Read(ctx)
	return w.snapshot, w.err
}

// A lookingWitness is one of a source that can be asked for single people.
type lookingWitness struct {
	*witness
	sync.Looker
}

// watch returns a source that does the same, and its witness.
func watch(s sync.Source) (sync.Source, *witness) {
	w := &witness{Source: s}
	if l, ok := s.(sync.Looker); ok {
		return lookingWitness{w, l}, w
	}
	return w, w
}

// A picturedWitness is one of a source that has pictures.
type picturedWitness struct {
	*witness
	sync.Gallery
}

// ReadPictures implements [sync.Gallery].
func (w picturedWitness) ReadPictures(ctx context.Context) (sync.Snapshot, error) {
	w.snapshot, w.err = w.Gallery.ReadPictures(ctx)
	return w.snapshot, w.err
}

// watchPictures returns a gallery that does the same, if there is one.
func (w *witness) watchPictures(g sync.Gallery) sync.Gallery {
	if g == nil {
		return nil
	}
	return picturedWitness{w, g}
}

// A meeting is a finder that remembers whom it found.
type meeting struct {
	sync.Finder
	mu    stdsync.Mutex
	users map[string]sync.User
}

// Find implements [sync.Finder].
func (m *meeting) Find(ctx context.Context, q sync.Query) ([]sync.User, error) {
	users, err := m.Finder.Find(ctx, q)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range users {
		m.users[u.ID] = u
	}
	return users, err
}
