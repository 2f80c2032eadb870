package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// aged makes the state remember that somebody left so many days ago.
func aged(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 2, "aged KEY DAYS")
	ts.Check(age(context.Background(), ts.MkAbs("syncd.db"), atoi(ts, args[1]), sync.Key(args[0])))
}

// age makes a state remember that people left so many days ago.
func age(ctx context.Context, path string, days int, keys ...sync.Key) (err error) {
	store, err := openFree(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	links, err := store.Links(ctx)
	if err != nil {
		return err
	}
	var old []sync.Link
	for _, l := range links {
		if slices.Contains(keys, l.Key) {
			l.LeftSince = time.Now().UTC().Truncate(time.Millisecond).AddDate(0, 0, -days)
			old = append(old, l)
		}
	}
	if len(old) != len(keys) {
		return fmt.Errorf("%v: somebody has no link", keys)
	}
	return store.Remember(ctx, old)
}

// openFree opens a state that nobody uses. A program that another test starts at
// this moment has a copy of this one's lock until it runs, so it tries again.
func openFree(ctx context.Context, path string) (*state.Store, error) {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		store, err := state.Open(ctx, state.At(path), "a test")
		if err == nil || !errors.As(err, new(*state.HeldError)) || time.Now().After(end) {
			return store, err
		}
	}
}

// tokens counts the access tokens of somebody that are enabled.
func (w *world) tokens(ts *testscript.TestScript, args []string) {
	text := w.ask(ts, "GET", "/users/"+w.id(ts, args[0])+"/tokens?per_page=200", "")
	if got := strconv.Itoa(strings.Count(text, `"is_active":true`)); got != args[1] {
		ts.Fatalf("got %s enabled access tokens of %s, want %s: %s", got, args[0], args[1], text)
	}
}

// works uses a token.
func (w *world) works(ts *testscript.TestScript, args []string) {
	r := httptest.NewRequest("GET", "/api/v4/users/me", nil)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(args[0])))
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	if got := yesNo(answer.Code == 200); got != args[1] {
		ts.Fatalf("%s: got %d, want that it works: %s", args[0], answer.Code, args[1])
	}
}

// mfa looks for somebody's second factor.
func (w *world) mfa(ts *testscript.TestScript, args []string) {
	id := w.id(ts, args[0])
	for _, u := range w.server.Users() {
		if u.ID == id && yesNo(u.MFA) != args[1] {
			ts.Fatalf("got a second factor of %s: %t, want %s", args[0], u.MFA, args[1])
		}
	}
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
