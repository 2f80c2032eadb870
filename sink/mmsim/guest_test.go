package mmsim_test

import (
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// TestPromote: as a real 5.37 without a license answered.
func TestPromote(t *testing.T) {
	run(t, mmsim.Config{}, asAdmin, []row{
		{"", "POST", "/users/{pat}/promote", "", "501 api.user.promote_guest_to_user.no_guest"},
		{"", "POST", "/users/{nobody}/promote", "", "404 app.user.missing_account.const"},
		{"", "POST", "/users/bad/promote", "", "400 invalid_url_param"},
	})
	run(t, mmsim.Config{}, asPlain, []row{
		{"", "POST", "/users/{sam}/promote", "", "403 permissions"},
		{"", "POST", "/users/{nobody}/promote", "", "403 permissions"},
	})
	both(t, func(t *testing.T, w *world) {
		w.root("PUT", "/users/{pat}/roles", `{"roles":"system_guest system_post_all"}`)
		check(t, "promote", w.root("POST", "/users/{pat}/promote", "").String(), "200")
		check(t, "and again", w.root("POST", "/users/{pat}/promote", "").String(), "501 api.user.promote_guest_to_user.no_guest")
		check(t, "roles", w.root("GET", "/users/{pat}", "").fields["roles"], any("system_user system_post_all"))
		w.root("PUT", "/users/{dee}/roles", `{"roles":"system_guest"}`)
		check(t, "somebody deactivated", w.root("POST", "/users/{dee}/promote", "").status, 200)
	})
}

// TestDemote: what the license says comes first; the roles afterwards are those
// of the server's source.
func TestDemote(t *testing.T) {
	const unlicensed, off = "501 api.team.demote_user_to_guest.license.error", "501 api.team.demote_user_to_guest.disabled.error"
	for _, who := range []func(*world) string{asAdmin, asPlain} {
		run(t, mmsim.Config{}, who, []row{
			{"", "POST", "/users/{pat}/demote", "", unlicensed}, {"", "POST", "/users/{nobody}/demote", "", unlicensed},
			{"", "POST", "/users/bad/demote", "", "400 invalid_url_param"},
		})
		run(t, mmsim.Config{Licensed: true}, who, []row{{"", "POST", "/users/{pat}/demote", "", off}})
	}
	licensed := mmsim.Config{Licensed: true, GuestAccounts: true}
	run(t, licensed, asPlain, []row{{"", "POST", "/users/{sam}/demote", "", "403 permissions"}})
	run(t, licensed, asAdmin, []row{
		{"", "POST", "/users/{nobody}/demote", "", "404 app.user.missing_account.const"},
	})
	for version, want := range map[string]string{modern: "system_guest", legacy: "system_guest system_post_all"} {
		w := newWorld(t, mmsim.Config{Version: version, Licensed: true, GuestAccounts: true})
		w.root("PUT", "/users/{sam}/roles", `{"roles":"system_user system_admin system_post_all"}`)
		check(t, "demote", w.root("POST", "/users/{sam}/demote", "").String(), "200")
		check(t, "and again", w.root("POST", "/users/{sam}/demote", "").String(), "501 api.user.demote_user_to_guest.already_guest")
		check(t, "roles of "+version, w.root("GET", "/users/{sam}", "").fields["roles"], any(want))
	}
}
