package mmsim_test

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestAuthAnswers(t *testing.T) {
	put := func(who, body, want string) row { return row{"", "PUT", "/users/{" + who + "}/auth", body, want} }
	run(t, mmsim.Config{}, asAdmin, []row{
		put("pat", `{"auth_service":"foo","auth_data":"x"}`, "200"),
		put("dee", `{"auth_service":"saml","auth_data":"x"}`, "200"),
		put("sam", `{"auth_service":"saml","auth_data":"sam"}`, "200"),
		put("pat", `{"auth_service":"ldap","auth_data":"sam"}`, "400 app.user.update_auth_data.email_exists"),
		put("nobody", `{"auth_service":"saml","auth_data":"sam"}`, "200"),
		put("pat", `{"auth_service":"saml"}`, "400 api.user.update_user_auth.invalid_request"),
		put("pat", `{"auth_service":"","auth_data":"x"}`, "400 api.user.update_user_auth.invalid_request"),
		put("pat", `nope`, "400 invalid_body_param"),
		put("pat", `null`, "400 invalid_body_param"),
		put("pat", `{"auth_service":"saml","auth_data":"`+strings.Repeat("x", 129)+`"}`, "500 app.user.update_auth_data"),
		put("pat", `{"auth_service":"`+strings.Repeat("x", 33)+`","auth_data":"x"}`, "500 app.user.update_auth_data"),
		{"", "PUT", "/users/bad/auth", `{}`, "400 invalid_url_param"},
	})
	run(t, mmsim.Config{}, asPlain, []row{put("pat", `{"auth_service":"saml","auth_data":"x"}`, "403 permissions")})
}

func TestAuthStores(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		web := w.Login(w.ids["pat"])
		got := w.root("PUT", "/users/{pat}/auth", `{"auth_service":"saml","auth_data":"Pat","password":"x"}`)
		check(t, "echo", got.text, `{"auth_data":"Pat","auth_service":"saml"}`)
		u := w.root("POST", "/users/usernames", `["pat"]`).list[0]
		check(t, "auth_service", u["auth_service"], any("saml"))
		check(t, "the session lives on", w.do(web, "GET", "/users/me", "").status, 200)

		check(t, "password", w.root("PUT", "/users/{pat}/password", `{"new_password":"x","already_hashed":"true"}`).status, 200)
		u = w.root("GET", "/users/{pat}", "").fields
		check(t, "back to e-mail", u["auth_service"], any(""))
		check(t, "auth_data is free", w.root("PUT", "/users/{sam}/auth", `{"auth_service":"saml","auth_data":"Pat"}`).status, 200)
	})
}

// 5.37 shows the old login until the next write, where it reads its cache.
func TestAuthBehindTheCache(t *testing.T) {
	for version, shown := range map[string]string{modern: "saml", legacy: ""} {
		w := newWorld(t, mmsim.Config{Version: version})
		before := w.root("GET", "/users/{pat}", "")
		w.root("PUT", "/users/{pat}/auth", `{"auth_service":"saml","auth_data":"pat"}`)
		after := w.root("GET", "/users/{pat}", "")
		check(t, version+" by id", after.fields["auth_service"], any(shown))
		check(t, version+" update_at by id moved", after.time("update_at") > before.time("update_at"), version == modern)
		check(t, version+" by ids", w.root("POST", "/users/ids", `["{pat}"]`).list[0]["auth_service"], any(shown))
		check(t, version+" by name", w.root("GET", "/users/username/pat", "").fields["auth_service"], any("saml"))
		check(t, version+" by e-mail", w.root("GET", "/users/email/pat@example.org", "").fields["auth_service"], any("saml"))
		w.root("PUT", "/users/{pat}/patch", `{"nickname":"new"}`)
		check(t, version+" by id after a patch", w.root("GET", "/users/{pat}", "").fields["auth_service"], any("saml"))
	}
}

func TestPasswordAnswers(t *testing.T) {
	put := func(version, who, body, want string) row {
		return row{version, "PUT", "/users/{" + who + "}/password", body, want}
	}
	run(t, mmsim.Config{}, asAdmin, []row{
		put("", "pat", `{"new_password":"`+strong+`"}`, "200"),
		put(modern, "pat", `{"new_password":"short"}`, "400 is_valid.pwd_min_length"),
		put(legacy, "pat", `{"new_password":"short"}`, "400 is_valid.pwd_lowercase_uppercase_number_symbol"),
		put("", "pat", `{"new_password":"","already_hashed":"true"}`, "200"),
		put("", "nobody", `{"new_password":"`+strong+`"}`, "403 api.user.update_password.context"),
		put("", "root", `{"new_password":"`+strong+`"}`, "400 invalid_body_param"),
	})
	run(t, mmsim.Config{}, asPlain, []row{
		put("", "sam", `{"new_password":"`+strong+`"}`, "403 api.user.update_password.context"),
		put("", "pat", `{"new_password":"x","already_hashed":"true"}`, "401 api.user.update_password.user_and_hashed"),
	})
}

// The way round a locked rename: all calls succeed and the session survives.
func TestRenameSSOByDetour(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		web := w.Login(w.ids["sam"])
		check(t, "to e-mail", w.root("PUT", "/users/{sam}/password", `{"new_password":"x","already_hashed":"true"}`).status, 200)
		check(t, "rename", w.root("PUT", "/users/{sam}/patch", `{"username":"samuel"}`).status, 200)
		check(t, "back", w.root("PUT", "/users/{sam}/auth", `{"auth_service":"saml","auth_data":"sam"}`).status, 200)
		check(t, "session", w.do(web, "GET", "/users/me", "").status, 200)
	})
}

func TestVerifyEmail(t *testing.T) {
	run(t, mmsim.Config{}, asAdmin, []row{
		{"", "POST", "/users/{gil}/email/verify/member", "", "200"},
		{"", "POST", "/users/{nobody}/email/verify/member", "", "404 app.user.missing_account.const"},
	})
	run(t, mmsim.Config{}, asPlain, []row{{"", "POST", "/users/{gil}/email/verify/member", "", "403 permissions"}})
	for version, leaks := range map[string]bool{modern: false, legacy: true} {
		w := newWorld(t, mmsim.Config{Version: version})
		got := w.root("POST", "/users/{dee}/email/verify/member", "")
		check(t, version+" shows the hash", got.fields["password"] != nil, leaks)
		check(t, version+" shows it was not verified", got.fields["email_verified"], nil)
		check(t, version+" verified", w.root("PUT", "/users/{dee}/patch", `{}`).fields["email_verified"], any(true))
	}
}
