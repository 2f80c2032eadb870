package main

import (
	"context"
	"net/http/httptest"
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
	ctx := context.Background()
	store, err := state.Open(ctx, ts.MkAbs("syncd.db"), "a script")
	ts.Check(err)
	defer store.Close()
	links, err := store.Links(ctx)
	ts.Check(err)
	for _, l := range links {
		if string(l.Key) == args[0] {
			l.LeftSince = time.Now().UTC().Truncate(time.Millisecond).AddDate(0, 0, -atoi(ts, args[1]))
			ts.Check(store.Remember(ctx, []sync.Link{l}))
			return
		}
	}
	ts.Fatalf("nobody has the key %s", args[0])
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
