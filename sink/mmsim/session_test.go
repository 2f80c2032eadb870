package mmsim_test

import (
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestSessionAnswers(t *testing.T) {
	run(t, mmsim.Config{}, asAdmin, []row{
		{"", "GET", "/users/{sam}/sessions", "", "200"},
		{"", "GET", "/users/{nobody}/sessions", "", "200"},
		{"", "POST", "/users/{sam}/sessions/revoke/all", "", "200"},
		{"", "POST", "/users/{nobody}/sessions/revoke/all", "", "200"},
		{"", "GET", "/users/{nobody}/tokens", "", "200"},
	})
	run(t, mmsim.Config{}, asPlain, []row{
		{"", "GET", "/users/{sam}/sessions", "", "403 permissions"},
		{"", "GET", "/users/{pat}/sessions", "", "200"},
		{"", "POST", "/users/{sam}/sessions/revoke/all", "", "403 permissions"},
		{"", "GET", "/users/{pat}/tokens", "", "403 permissions"},
	})
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		web := w.Login(w.ids["pat"])
		check(t, "before the token is used", len(w.root("GET", "/users/{pat}/sessions", "").list), 1)
		w.do(w.plain, "GET", "/users/me", "")
		w.do(w.plain, "GET", "/users/me", "")
		list := w.root("GET", "/users/{pat}/sessions", "").list
		check(t, "both", len(list), 2)
		check(t, "the token's comes first", list[0]["props"].(map[string]any)["type"], any("UserAccessToken"))
		check(t, "secret", list[0]["token"], any(""))
		check(t, "the browser's", list[1]["props"].(map[string]any)["type"], nil)

		check(t, "revoke", w.root("POST", "/users/{pat}/sessions/revoke/all", "").text, `{"status":"OK"}`)
		check(t, "none", w.root("GET", "/users/{pat}/sessions", "").text, "[]")
		check(t, "the browser is out", w.do(web, "GET", "/users/me", "").String(), "401 session_expired")
		check(t, "the token works on", w.do(w.plain, "GET", "/users/me", "").status, 200)
		check(t, "with a new session", len(w.root("GET", "/users/{pat}/sessions", "").list), 1)
	})
}

func TestTokens(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.Token(w.ids["pat"])
		list := w.root("GET", "/users/{pat}/tokens", "").list
		check(t, "listed", len(list), 2)
		check(t, "secret", list[0]["token"], nil)
		check(t, "paged", len(w.root("GET", "/users/{pat}/tokens?per_page=1&page=1", "").list), 1)
		check(t, "beyond", len(w.root("GET", "/users/{pat}/tokens?per_page=1&page=7", "").list), 0)
		for _, kind := range []string{"Bearer ", "bearer ", "BEARER ", "Token ", "token "} {
			check(t, kind, w.with("Authorization", kind+w.plain).status, 200)
		}
		check(t, "another kind", w.with("Authorization", "Basic "+w.plain).status, 401)
		check(t, "bare", w.with("Authorization", w.plain).status, 401)
		inQuery := w.do("", "GET", "/users/me?access_token="+w.plain, "")
		check(t, "in the query", inQuery.String(), "401 token_provided")
	})
}

func TestUserTokensSwitchedOff(t *testing.T) {
	w := newWorld(t, mmsim.Config{NoUserTokens: true})
	check(t, "of a person", w.root("GET", "/users/me", "").String(), "401 session_expired")
	check(t, "of a bot", w.do(w.Token(w.ids["bot"]), "GET", "/users/me", "").status, 200)
	check(t, "a browser", w.do(w.Login(w.ids["pat"]), "GET", "/users/me", "").status, 200)
}
