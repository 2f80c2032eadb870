package main

import (
	"context"
	"sync/atomic"

	"github.com/directory-sync/syncd/state"
)

// A memory is the daemon's [past]: that of the store with which it leads, or,
// while it stands by, of the state as the leader writes it.
type memory struct {
	place state.Place
	leads atomic.Pointer[state.Reader] // nil: the daemon stands by
}

// of makes the past that of a store; nil: another daemon leads.
func (m *memory) of(s *state.Store) {
	if s == nil {
		m.leads.Store(nil)
		return
	}
	m.leads.Store(s.Reader)
}

// read calls do with what can be read now.
func (m *memory) read(ctx context.Context, do func(*state.Reader) error) error {
	if r := m.leads.Load(); r != nil {
		return do(r)
	}
	r, err := state.OpenReader(ctx, m.place)
	if err != nil {
		return err
	}
	defer r.Close()
	return do(r)
}

// Runs implements [past].
func (m *memory) Runs(ctx context.Context, limit int) (runs []state.Run, err error) {
	err = m.read(ctx, func(r *state.Reader) (err error) { runs, err = r.Runs(ctx, limit); return err })
	return runs, err
}

// Run implements [past].
func (m *memory) Run(ctx context.Context, id string) (run state.Run, ok bool, err error) {
	err = m.read(ctx, func(r *state.Reader) (err error) { run, ok, err = r.Run(ctx, id); return err })
	return run, ok, err
}

// Entries implements [past].
func (m *memory) Entries(ctx context.Context, f state.Filter) (all []state.Entry, err error) {
	err = m.read(ctx, func(r *state.Reader) (err error) { all, err = r.Entries(ctx, f); return err })
	return all, err
}
