package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/config"
)

// At a terminal the server's name is asked for, and nothing but that name goes.
func TestEverybodyIsConfirmed(t *testing.T) {
	c := &config.Config{Mattermost: config.Mattermost{URL: "https://chat.example.org/team"}}
	for _, tt := range []struct {
		typed, flag string
		terminal    bool
		want        string // of the error; "": it goes on
	}{
		{"chat.example.org\n", "", true, ""},
		{"Chat.Example.ORG \n", "", true, ""},
		{"yes\n", "", true, `not "yes"`},
		{"\n", "", true, "say --confirm chat.example.org"},
		{"", "", true, "read the server's name"},
		{"chat.example.org\n", "", false, "say --confirm chat.example.org"},
		{"", "chat.example.org", false, ""},
		{"", "other.example.org", true, `not "other.example.org"`},
	} {
		var said strings.Builder
		a := &app{environment: &environment{
			stdin: strings.NewReader(tt.typed), stderr: &said, asks: func(io.Reader) bool { return tt.terminal },
		}}
		err := a.confirmHost(c, tt.flag, "sign out everybody on %s")
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v", tt, err)
		}
		if err != nil && !errors.As(err, new(usageError)) {
			t.Errorf("%+v: got %T, want a mistake on the command line", tt, err)
		}
		if asked := strings.Contains(said.String(), "chat.example.org"); asked != (tt.terminal && tt.flag == "") {
			t.Errorf("%+v: got the question %q", tt, said.String())
		}
	}
}
