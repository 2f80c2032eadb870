package mmsim_test

import (
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestActivationAnswers(t *testing.T) {
	const managed = "403 api.user.update_active.cannot_modify_status_when_user_is_managed_by_ldap"
	const off, on = `{"active":false}`, `{"active":true}`
	put := func(version, who, body, want string) row {
		return row{version, "PUT", "/users/{" + who + "}/active", body, want}
	}
	run(t, mmsim.Config{}, asAdmin, []row{
		put("", "pat", off, "200"), put("", "pat", on, "200"), put("", "dee", on, "200"), put("", "dee", off, "200"),
		put("", "sam", off, "200"), put("", "gil", off, "200"), put("", "bot", off, "200"),
		put(modern, "lea", off, managed), put(modern, "lea", on, managed),
		put(legacy, "lea", off, "200"), put(legacy, "lea", on, "200"),
		put("", "nobody", off, "404 app.user.missing_account.const"),
		put("", "pat", `{"active":"false"}`, "400 invalid_body_param"),
		put("", "pat", `{}`, "400 invalid_body_param"),
		put("", "pat", `nope`, "400 invalid_body_param"),
		put("", "root", off, "401 api.user.update_active.not_enable"),
		{"", "DELETE", "/users/{pat}", "", "200"},
		{"", "DELETE", "/users/{lea}", "", "200"},
		{"", "DELETE", "/users/{nobody}", "", "404 app.user.missing_account.const"},
		{modern, "DELETE", "/users/{pat}?permanent=true", "", "401 api.user.delete_user.not_enabled.for_admin"},
		{legacy, "DELETE", "/users/{pat}?permanent=true", "", "401 api.user.delete_user.not_enabled"},
	})
	run(t, mmsim.Config{}, asPlain, []row{
		put("", "sam", off, "403 api.user.update_active.permissions"),
		put("", "pat", off, "401 api.user.update_active.not_enable"),
		{"", "DELETE", "/users/{sam}", "", "403 permissions"},
		{"", "DELETE", "/users/{pat}", "", "401 api.user.update_active.not_enable"},
	})
	run(t, mmsim.Config{Version: "10.1.0"}, asAdmin, []row{put(legacy, "lea", off, "200")})
	check(t, "since 10.2", newWorld(t, mmsim.Config{Version: "10.2.0"}).root("PUT", "/users/{lea}/active", off).String(), managed)
	check(t, "until 10.1", newWorld(t, mmsim.Config{Version: "10.1.9"}).root("PUT", "/users/{lea}/active", off).String(), "200")
}

func TestDeactivationMovesTimeEachTime(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		var last, lastDeleted int64
		for _, call := range []struct{ method, path, body string }{
			{"PUT", "/users/{pat}/active", `{"active":false}`},
			{"PUT", "/users/{pat}/active", `{"active":false}`},
			{"DELETE", "/users/{pat}", ""},
		} {
			check(t, "answer", w.root(call.method, call.path, call.body).text, `{"status":"OK"}`)
			u := w.root("GET", "/users/{pat}", "")
			if u.time("update_at") <= last || u.time("delete_at") <= lastDeleted {
				t.Errorf("%s %s: got update_at %d and delete_at %d, want both later than before", call.method, call.path, u.time("update_at"), u.time("delete_at"))
			}
			last, lastDeleted = u.time("update_at"), u.time("delete_at")
		}
		for range 2 {
			w.root("PUT", "/users/{pat}/active", `{"active":true}`)
			u := w.root("GET", "/users/{pat}", "")
			check(t, "delete_at", u.time("delete_at"), 0)
			check(t, "update_at moved", u.time("update_at") > last, true)
			last = u.time("update_at")
		}
	})
}

func TestDeactivationEndsSessionsAndBots(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.ids["other"] = w.Add(mmsim.User{Username: "other", IsBot: true, OwnerID: w.ids["root"]})
		web := w.Login(w.ids["pat"])
		check(t, "web before", w.do(web, "GET", "/users/me", "").status, 200)
		w.root("PUT", "/users/{pat}/active", `{"active":false}`)
		check(t, "web after", w.do(web, "GET", "/users/me", "").String(), "401 session_expired")
		check(t, "token after", w.do(w.plain, "GET", "/users/me", "").String(), "401 session_expired")
		check(t, "tokens listed", len(w.root("GET", "/users/{pat}/tokens", "").list), 1)
		check(t, "sessions", len(w.root("GET", "/users/{pat}/sessions", "").list), 0)
		check(t, "bot", w.root("GET", "/users/{bot}", "").time("delete_at") > 0, true)
		check(t, "somebody else's bot", w.root("GET", "/users/{other}", "").time("delete_at"), 0)
		check(t, "read by name", w.root("POST", "/users/usernames", `["pat"]`).list[0]["delete_at"] != 0.0, true)

		w.root("PUT", "/users/{pat}/active", `{"active":true}`)
		check(t, "web for good", w.do(web, "GET", "/users/me", "").status, 401)
		check(t, "token again", w.do(w.plain, "GET", "/users/me", "").status, 200)
		check(t, "bot stays", w.root("GET", "/users/{bot}", "").time("delete_at") > 0, true)
	})
}

// The way back for an ldap account on a new server, as measured.
func TestReactivateLDAPByDetour(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	check(t, "delete", w.root("DELETE", "/users/{lea}", "").status, 200)
	check(t, "to saml", w.root("PUT", "/users/{lea}/auth", `{"auth_service":"saml","auth_data":"lea"}`).status, 200)
	check(t, "activate", w.root("PUT", "/users/{lea}/active", `{"active":true}`).status, 200)
	check(t, "to ldap", w.root("PUT", "/users/{lea}/auth", `{"auth_service":"ldap","auth_data":"lea"}`).status, 200)
	check(t, "delete_at", w.root("GET", "/users/{lea}", "").time("delete_at"), 0)
}

func TestRoles(t *testing.T) {
	put := func(version, who, roles, want string) row {
		return row{version, "PUT", "/users/{" + who + "}/roles", `{"roles":"` + roles + `"}`, want}
	}
	run(t, mmsim.Config{}, asAdmin, []row{
		put("", "pat", "system_user system_admin", "200"), put("", "pat", "", "200"), put("", "pat", "system_guest", "200"),
		put("", "pat", "system_user system_user", "200"),
		put("", "pat", "system_admin", "400 invalid_body_param"),
		put("", "pat", "Nonsense", "400 invalid_body_param"),
		put("", "pat", "nonsense", "400 app.role.check_roles_exist.role_not_found"),
		put("", "pat", "system_manager", "400 api.user.update_user_roles.license"),
		put("", "nobody", "system_user", "400 app.user.missing_account.const"),
		put(modern, "root", "system_user", "400 app.user.update.lastAdmin"),
		put(legacy, "root", "system_user", "200"),
	})
	run(t, mmsim.Config{}, asPlain, []row{put("", "sam", "system_user", "403 permissions")})
	run(t, mmsim.Config{Licensed: true}, asAdmin, []row{put("", "pat", "system_manager", "200")})

	both(t, func(t *testing.T, w *world) {
		w.root("PUT", "/users/{pat}/roles", `{"roles":"system_user system_user"}`)
		check(t, "stored as sent", w.root("GET", "/users/{pat}", "").fields["roles"], any("system_user system_user"))
		w.root("PUT", "/users/{pat}/roles", `{"roles":"system_user system_admin"}`)
		check(t, "the token has the new role", w.do(w.plain, "GET", "/users/stats/filtered", "").status, 200)
	})
}
