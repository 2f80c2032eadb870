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
		{"", "POST", "/users/{sam}/sessions/revoke", "{}", "400 invalid_body_param"},
		{"", "POST", "/users/{sam}/sessions/revoke", `{"session_id":"zzz"}`, "400 app.session.get"},
		{"", "POST", "/users/sessions/revoke/all", "", "200"},
		{"", "GET", "/users/{nobody}/tokens", "", "200"},
		{"", "POST", "/users/tokens/disable", "{}", "404 app.user_access_token.get_by_user"},
		{"", "POST", "/users/tokens/enable", `{"token_id":5}`, "404 app.user_access_token.get_by_user"},
		{"", "POST", "/users/tokens/revoke", `{"token_id":"zzzzzzzzzzzzzzzzzzzzzzzzzz"}`, "404 app.user_access_token.get_by_user"},
		{"", "PUT", "/users/{sam}/mfa", "{}", "400 invalid_body_param"},
		{"", "PUT", "/users/{sam}/mfa", `{"activate":true}`, "400 invalid_body_param"},
		{"", "PUT", "/users/{sam}/mfa", `{"activate":true,"code":"123456"}`, "401 mfa.activate.bad_token"},
		{"", "PUT", "/users/{sam}/mfa", `{"activate":false}`, "200"},
		{"", "PUT", "/users/{dee}/mfa", `{"activate":false}`, "200"},
		{"", "PUT", "/users/{nobody}/mfa", `{"activate":false}`, "404 app.user.missing_account.const"},
		{"", "GET", "/config", "", "200"},
		{"", "GET", "/users/{nobody}/audits?per_page=3", "", "200"},
		{"", "GET", "/users/bad/audits", "", "400 invalid_url_param"},
	})
	run(t, mmsim.Config{}, asPlain, []row{
		{"", "GET", "/users/{sam}/sessions", "", "403 permissions"},
		{"", "GET", "/users/{pat}/sessions", "", "200"},
		{"", "POST", "/users/{sam}/sessions/revoke/all", "", "403 permissions"},
		{"", "GET", "/users/{pat}/tokens", "", "403 permissions"},
		{"", "POST", "/users/tokens/disable", "{}", "403 permissions"},
		{"", "POST", "/users/sessions/revoke/all", "", "403 permissions"},
		{"", "POST", "/users/{sam}/sessions/revoke", "{}", "403 permissions"},
		{"", "PUT", "/users/{sam}/mfa", `{"activate":false}`, "403 permissions"},
		{"", "GET", "/config", "", "403 permissions"},
		{"", "GET", "/users/{sam}/audits", "", "403 permissions"},
		{"", "GET", "/users/me/audits", "", "200"},
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

func TestOneSessionIsRevoked(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		one, two := w.Login(w.ids["pat"]), w.Login(w.ids["pat"])
		id := w.root("GET", "/users/{pat}/sessions", "").list[1]["id"].(string) // the latest comes first
		check(t, "of another", w.root("POST", "/users/{sam}/sessions/revoke", `{"session_id":"`+id+`"}`).String(), "400 invalid_url_param")
		check(t, "revoke", w.root("POST", "/users/{pat}/sessions/revoke", `{"session_id":"`+id+`"}`).status, 200)
		check(t, "again", w.root("POST", "/users/{pat}/sessions/revoke", `{"session_id":"`+id+`"}`).String(), "400 app.session.get")
		check(t, "it is out", w.do(one, "GET", "/users/me", "").status, 401)
		check(t, "the other is in", w.do(two, "GET", "/users/me", "").status, 200)
		w.root("POST", "/users/sessions/revoke/all", "")
		check(t, "everybody is out", w.do(two, "GET", "/users/me", "").status, 401)
		check(t, "but tokens", w.do(w.plain, "GET", "/users/me", "").status, 200)
	})
}

func TestTokensAreSwitchedOffAndOn(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		id := w.root("GET", "/users/{pat}/tokens", "").list[0]["id"].(string)
		call := func(what string) int { return w.root("POST", "/users/tokens/"+what, `{"token_id":"`+id+`"}`).status }
		works := func() bool { return w.do(w.plain, "GET", "/users/me", "").status == 200 }
		check(t, "at first", works(), true)
		check(t, "disable", call("disable"), 200)
		check(t, "disabled", works(), false)
		check(t, "its session", w.root("GET", "/users/{pat}/sessions", "").text, "[]")
		check(t, "as listed", w.root("GET", "/users/{pat}/tokens", "").list[0]["is_active"], any(false))
		check(t, "again", call("disable"), 200)
		w.root("PUT", "/users/{pat}/active", `{"active":false}`)
		check(t, "enable for somebody inactive", call("enable"), 200)
		check(t, "inactive", works(), false)
		w.root("PUT", "/users/{pat}/active", `{"active":true}`)
		check(t, "back to life", works(), true)
		check(t, "revoke", call("revoke"), 200)
		check(t, "revoked", works(), false)
		check(t, "no longer listed", w.root("GET", "/users/{pat}/tokens", "").text, "[]")
		check(t, "a second time", call("revoke"), 404)
	})
}

func TestDeletedForGood(t *testing.T) {
	for _, version := range []string{modern, legacy} {
		w := newWorld(t, mmsim.Config{Version: version, EraseUsers: true})
		check(t, "nobody", w.root("DELETE", "/users/{nobody}?permanent=true", "").String(), "404 app.user.missing_account.const")
		check(t, "without an id", w.root("DELETE", "/users?permanent=true", "").String(), "404 404")
		w.Login(w.ids["pat"])
		check(t, "somebody", w.root("DELETE", "/users/{pat}?permanent=true", "").status, 200)
		check(t, "by name", w.root("POST", "/users/usernames", `["pat"]`).text, "[]")
		check(t, "sessions", w.root("GET", "/users/{pat}/sessions", "").text, "[]")
		check(t, "tokens", w.root("GET", "/users/{pat}/tokens", "").text, "[]")
		byID, again := 404, "404 app.user.missing_account.const"
		if version == legacy {
			byID, again = 200, "400 app.user.update.find"
		}
		check(t, "by id", w.root("GET", "/users/{pat}", "").status, byID)
		check(t, "a second time", w.root("DELETE", "/users/{pat}?permanent=true", "").String(), again)
		check(t, "the name is free", w.root("POST", "/users", `{"username":"pat","email":"pat@example.org","password":"Passw0rd!xyz"}`).status, 201)
	}
}
