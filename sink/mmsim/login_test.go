package mmsim_test

import (
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// TestLoginAnswers: as 5.37 answers, but for the second factor, which is as its
// source says.
func TestLoginAnswers(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.Add(mmsim.User{Username: "ann", Email: "ann@example.org", Password: "secret"})
		w.Add(mmsim.User{Username: "mia", Email: "mia@example.org", Password: "secret", MFA: true})
		w.Add(mmsim.User{Username: "out", Email: "out@example.org", Password: "secret", DeleteAt: 1})
		for _, row := range []struct{ name, body, want string }{
			{"nothing", `nonsense`, "400 api.user.login.blank_pwd"},
			{"no password", `{"login_id":"ann"}`, "400 api.user.login.blank_pwd"},
			{"nobody", `{"login_id":"nobody","password":"secret"}`, "401 api.user.login.invalid_credentials_email_username"},
			{"wrong", `{"login_id":"ann","password":"wrong"}`, "401 api.user.login.invalid_credentials_email_username"},
			{"of another sign-in", `{"login_id":"sam","password":"secret"}`, "401 api.user.login.invalid_credentials_email_username"},
			{"a bot", `{"login_id":"bot","password":"secret"}`, "401 api.user.login.bot_login_forbidden"},
			{"deactivated", `{"login_id":"out","password":"wrong"}`, "401 api.user.login.inactive"},
			{"right", `{"login_id":"Ann","password":"secret"}`, "200"},
			{"by e-mail", `{"login_id":"ann@example.org","password":"secret"}`, "200"},
			{"no code", `{"login_id":"mia","password":"secret"}`, "400 mfa.validate_token.authenticate"},
			{"wrong code", `{"login_id":"mia","password":"secret","token":"000000"}`, "401 api.user.check_user_mfa.bad_code"},
			{"code", `{"login_id":"mia","password":"secret","token":"123456"}`, "200"},
		} {
			got := w.do("", "POST", "/users/login", row.body)
			check(t, row.name, got.String(), row.want)
			check(t, row.name+": has a token", got.header.Get("Token") != "", row.want == "200")
		}
		session := w.do("", "POST", "/users/login", `{"login_id":"ann","password":"secret"}`).header.Get("Token")
		check(t, "signed in", w.do(session, "GET", "/users/me", "").String(), "200")
		for range 2 {
			check(t, "signed out", w.do(session, "POST", "/users/logout", "").text, `{"status":"OK"}`)
		}
		check(t, "no more", w.do(session, "GET", "/users/me", "").String(), "401 session_expired")
	})
}

// TestBotAnswers: as 5.37 answers.
func TestBotAnswers(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		check(t, "nobody", w.do("", "POST", "/bots", `{"username":"x"}`).String(), "401 session_expired")
		check(t, "plain", w.do(w.plain, "POST", "/bots", `{"username":"x"}`).String(), "403 permissions")
		check(t, "bot", w.do(w.Token(w.ids["bot"]), "POST", "/bots", `{"username":"x"}`).String(), "403 permissions")
		check(t, "nonsense", w.root("POST", "/bots", `nonsense`).String(), "400 invalid_body_param")
		check(t, "no name", w.root("POST", "/bots", `{}`).status, 400)
		check(t, "reserved", w.root("POST", "/bots", `{"username":"system"}`).String(), "400 is_valid.username")
		check(t, "taken", w.root("POST", "/bots", `{"username":"pat"}`).String(), "400 app.user.save.username_exists")
		made := w.root("POST", "/bots", `{"username":"keeper","display_name":"K","description":"keeps"}`)
		check(t, "made", made.status, 201)
		check(t, "owner", made.fields["owner_id"], any(w.ids["root"]))
		id, _ := made.fields["user_id"].(string)
		u := w.root("GET", "/users/"+id, "")
		check(t, "e-mail", u.fields["email"], any("keeper@localhost"))
		check(t, "name", u.fields["first_name"], any("K"))
		check(t, "bot", u.fields["is_bot"], any(true))
	})
}
