package main

import (
	"context"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sink"
)

// actsShown is how many rows of the server's own record an explanation has.
const actsShown = 10

// An activist is a sink that tells what an account does.
type activist interface {
	Activity(ctx context.Context, userID string, most int) sink.Activity
}

// watchServer adds what the server itself recorded of the account.
func (in *inquiry) watchServer(ctx context.Context, e *explanation) {
	who, ok := in.finder.Finder.(activist)
	if !in.server || !ok || e.account.ID == "" {
		return
	}
	a := who.Activity(ctx, e.account.ID, actsShown)
	e.activity = &a
}

// server shows what the server itself recorded: what the account did, and how it
// is signed in.
func (t explainText) server(e explanation) {
	a := e.activity
	if a == nil {
		return
	}
	t.line("sessions", describeSessions(a))
	t.line("tokens", describeTokens(a))
	switch {
	case a.ActsErr != nil:
		t.line("server", "what the account did cannot be read: "+cleanError(a.ActsErr.Error()))
	case len(a.Acts) == 0:
		t.line("server", "has recorded nothing that the account did")
	}
	for i, act := range a.Acts {
		about := ""
		if i == 0 {
			about = "server"
		}
		t.line(about, describeAct(act))
	}
	if a.More {
		t.line("", "and more, on the server")
	}
}

func describeSessions(a *sink.Activity) string {
	switch {
	case a.SessionsErr != nil:
		return "cannot be read: " + cleanError(a.SessionsErr.Error())
	case a.Sessions == 0:
		return "none: not signed in"
	}
	text := plural(a.Sessions, "session", "sessions")
	if a.TokenSessions > 0 {
		text += ", " + number(a.TokenSessions) + " of access tokens"
	}
	return text + ", last active " + day(a.LastActive)
}

func describeTokens(a *sink.Activity) string {
	switch {
	case a.TokensErr != nil:
		return "cannot be read: " + cleanError(a.TokensErr.Error())
	case a.Tokens == 0:
		return "none"
	}
	text := plural(a.Tokens, "access token", "access tokens")
	if a.TokensOff > 0 {
		text += ", " + number(a.TokensOff) + " disabled"
	}
	return text
}

// describeAct shows a row in one line.
func describeAct(a sink.Act) string {
	words := []string{a.At.UTC().Format("2006-01-02 15:04:05"), clean(strings.TrimPrefix(a.Did, "/api/v4"))}
	if a.Detail != "" {
		words = append(words, clean(a.Detail))
	}
	return strings.Join(words, " ") + " from " + clean(a.IP)
}

// A jsonActivity is what the server itself recorded, for programs.
type jsonActivity struct {
	Acts          []jsonAct `json:"acts"`
	More          bool      `json:"more"`
	Sessions      int       `json:"sessions"`
	TokenSessions int       `json:"token_sessions"`
	LastActive    time.Time `json:"last_active,omitzero"`
	Tokens        int       `json:"tokens"`
	TokensOff     int       `json:"tokens_off"`
	Unread        []string  `json:"unread"` // what could not be read, and why
}

type jsonAct struct {
	At     time.Time `json:"at"`
	Did    string    `json:"did"`
	Detail string    `json:"detail"`
	IP     string    `json:"ip"`
}

// newJSONActivity returns nil where nobody asked.
func newJSONActivity(a *sink.Activity) *jsonActivity {
	if a == nil {
		return nil
	}
	j := &jsonActivity{Acts: []jsonAct{}, More: a.More, Sessions: a.Sessions, TokenSessions: a.TokenSessions, LastActive: a.LastActive.UTC(),
		Tokens: a.Tokens, TokensOff: a.TokensOff, Unread: []string{}}
	for _, act := range a.Acts {
		j.Acts = append(j.Acts, jsonAct{act.At.UTC(), act.Did, act.Detail, act.IP})
	}
	for _, err := range []error{a.ActsErr, a.SessionsErr, a.TokensErr} {
		if err != nil {
			j.Unread = append(j.Unread, cleanError(err.Error()))
		}
	}
	return j
}
