package state_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func TestDaemonLetsOthersWorkWhileItRests(t *testing.T) {
	path := newPath(t)
	d, err := state.OpenDaemon(t.Context(), state.At(path), "syncd run")
	check(t, err)
	defer d.Close()
	link := sync.Link{Key: "hr:1", UserID: "u1", Since: time.Now().UTC().Truncate(time.Millisecond), How: sync.Created}
	if err := d.Remember(t.Context(), []sync.Link{link}); err == nil {
		t.Error("wrote while at rest")
	}
	var held *state.HeldError
	if _, err := state.OpenDaemon(t.Context(), state.At(path), "syncd run"); !errors.As(err, &held) || held.Command != "syncd run" {
		t.Errorf("a second daemon: got %v, want held by the first", err)
	}

	s, err := state.Open(t.Context(), state.At(path), "syncd sync")
	check(t, err)
	held = nil
	if err := d.Wake(t.Context(), 0, "syncd run"); !errors.As(err, &held) || held.Command != "syncd sync" {
		t.Errorf("woke beside another: got %v, want held by it", err)
	}
	check(t, s.Remember(t.Context(), []sync.Link{link}))
	go func() { _ = s.Close() }()
	check(t, d.Wake(t.Context(), time.Minute, "syncd run"))
	check(t, d.Wake(t.Context(), 0, "syncd run")) // awake already
	if links, err := d.Links(t.Context()); err != nil || len(links) != 1 {
		t.Errorf("got %d links, %v; want what the other wrote", len(links), err)
	}
	check(t, d.Remember(t.Context(), []sync.Link{link}))
	if _, err := state.Open(t.Context(), state.At(path), "syncd sync"); !errors.As(err, &held) || held.Command != "syncd run" {
		t.Errorf("beside a daemon that is awake: got %v, want held", err)
	}
	d.Rest()
	check(t, d.Close())
	s, err = state.OpenDaemon(t.Context(), state.At(path), "syncd run")
	check(t, err)
	check(t, s.Close())
}

func TestWakingEndsWithItsContext(t *testing.T) {
	path := newPath(t)
	d, err := state.OpenDaemon(t.Context(), state.At(path), "syncd run")
	check(t, err)
	defer d.Close()
	s, err := state.Open(t.Context(), state.At(path), "syncd sync")
	check(t, err)
	defer s.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the daemon ends")
	cancel(why)
	if err := d.Wake(ctx, time.Hour, "syncd run"); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}
