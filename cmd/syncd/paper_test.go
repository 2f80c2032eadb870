package main

import (
	"errors"
	"io"
	"strings"
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

// TestComplain: on a terminal an error breaks between words, for programs it is
// one line.
func TestComplain(t *testing.T) {
	text := "syncd: " + strings.Repeat("word ", 20) + "end\nRun it again."
	for width, want := range map[int]string{
		0:  text + "\n",
		40: "syncd: word word word word word word\nword word word word word word word word\nword word word word word word end\nRun it again.\n",
	} {
		var b strings.Builder
		a := &app{environment: &environment{stderr: &b, getenv: func(string) string { return "" }, width: func(io.Writer) int { return width }}}
		a.complain(text)
		if b.String() != want {
			t.Errorf("width %d: got %q, want %q", width, b.String(), want)
		}
	}
}

// TestNextCommand: what does not fit into a line can be copied all the same.
func TestNextCommand(t *testing.T) {
	for width, want := range map[int]string{
		80: "To do this: syncd sync -c syncd.yaml --set a=1 --set b=2\n",
		30: "To do this:\n  syncd sync -c syncd.yaml \\\n    --set a=1 --set b=2\n",
	} {
		var b strings.Builder
		(&paper{w: &b, width: width}).next("To do this:", []string{"syncd", "sync", "-c syncd.yaml", "--set a=1", "--set b=2"})
		if b.String() != want {
			t.Errorf("width %d: got %q, want %q", width, b.String(), want)
		}
	}
}
