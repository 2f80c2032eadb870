package main

import (
	"errors"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

func TestCleanError(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"one":                   "one",
		"one\ntwo\r\nthree\n":   "one; two; three",
		"a\x1b[31mred\ttabbed":  "a\uFFFD[31mred\uFFFDtabbed",
		"right\u202eto\nleft\a": "right\uFFFDto; left\uFFFD",
	} {
		if got := cleanError(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestJoinedErrorsAreReadable: whoever reads why somebody was not done sees
// both reasons.
func TestJoinedErrorsAreReadable(t *testing.T) {
	r := sync.Result{Outcome: sync.Failed, Err: errors.Join(errors.New("create: gone"), errors.New("look up: gone too"))}
	if got, want := whatWentWrong(r), "failed create: gone; look up: gone too"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
