package mmsim_test

import (
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestPatchAnswers(t *testing.T) {
	const conflict = "409 api.user.patch_user.login_provider_attribute_set"
	patch := func(version, who, body, want string) row {
		return row{version, "PUT", "/users/{" + who + "}/patch", body, want}
	}
	run(t, mmsim.Config{}, asAdmin, []row{
		patch("", "pat", `{}`, "200"),
		patch("", "pat", `{"username":"Sam"}`, "400 app.user.save.username_exists"),
		patch("", "pat", `{"email":"SAM@example.org"}`, "400 app.user.save.email_exists"),
		patch("", "pat", `{"username":""}`, "400 is_valid.username"),
		patch("", "pat", `{"email":""}`, "400 is_valid.email"),
		patch("", "pat", `{"locale":"xx"}`, "400 is_valid.locale"),
		patch("", "pat", `{"locale":"zh-Hans"}`, "400 is_valid.locale"),
		patch("", "pat", `{"locale":"pt-BR"}`, "200"),
		patch("", "pat", `{"locale":"cs"}`, "200"),
		patch("", "pat", `{"locale":""}`, "200"),
		patch("", "pat", `{"first_name":"a\u0000"}`, "500 app.user.update.finding"),
		patch("", "pat", `nope`, "400 invalid_body_param"),
		patch(modern, "pat", `{"nickname":7}`, "400 invalid_body_param"),
		patch(legacy, "pat", `{"nickname":7}`, "200"),
		patch("", "dee", `{"nickname":"x"}`, "200"),
		patch("", "bot", `{"nickname":"x"}`, "200"),
		patch("", "rex", `{"nickname":"x"}`, "200"),
		patch("", "nobody", `{}`, "400 invalid_body_param"),
		{"", "PUT", "/users/bad/patch", `{}`, "400 invalid_url_param"},
		{"", "PUT", "/users/b-d/patch", `{}`, "404 404"},
		patch("", "root", `{"email":"r@example.org"}`, "400 invalid_body_param"),
		patch("", "root", `{"email":"root@example.org"}`, "200"),

		patch("", "pat", `{"username":"new"}`, "200"),
		patch("", "pat", `{"email":"new@example.org"}`, "200"),
		patch("", "lea", `{"username":"new"}`, conflict),
		patch("", "lea", `{"username":"Lea"}`, conflict),
		patch("", "lea", `{"username":"lea"}`, "200"),
		patch("", "lea", `{"email":"new@example.org"}`, "400 app.user.update.find"),
		patch("", "lea", `{"first_name":"new","nickname":"n"}`, "200"),
		patch("", "sam", `{"username":"new"}`, conflict),
		patch("", "sam", `{"email":"new@example.org","last_name":"x"}`, "200"),
		patch("", "gil", `{"username":"new"}`, conflict),
		patch("", "gil", `{"email":"new@example.org"}`, "200"),
		patch("", "gil", `{"first_name":"new"}`, conflict),
		patch("", "gil", `{"last_name":"new"}`, conflict),
		patch("", "gil", `{"first_name":"Gil","position":"p"}`, "200"),
	})
	run(t, mmsim.Config{}, asPlain, []row{
		patch("", "sam", `{}`, "403 permissions"),
		patch("", "nobody", `{}`, "403 permissions"),
		patch("", "pat", `{"nickname":"me","username":"pattie","remote_id":""}`, "200"),
		patch("", "pat", `{"email":"new@example.org"}`, "400 invalid_body_param"),
		patch("", "pat", `{"email":"new@example.org","password":"x"}`, "200"),
	})
	run(t, mmsim.Config{}, asBad, []row{patch("", "pat", `{}`, "401 session_expired")})
}

func TestPatchConflictNamesTheField(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		message := w.root("PUT", "/users/{gil}/patch", `{"first_name":"x"}`).fields["message"].(string)
		check(t, "message has the field", strings.Contains(message, "'full name'"), true)
	})
}

func TestPatchStores(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		before := w.root("GET", "/users/{pat}", "")
		got := w.root("PUT", "/users/{pat}/patch", `{"nickname":"","first_name":null,"position":"P","roles":"system_admin","auth_service":"saml",
			"auth_data":"x","email_verified":false,"delete_at":7,"create_at":7,"props":{},"username":"P\ufeffAT2"}`)
		for field, want := range map[string]any{
			"nickname": "", "first_name": "Pat", "position": "P", "roles": "system_user", "auth_service": "", "username": "pat2",
			"email_verified": true, "delete_at": 0.0, "create_at": before.fields["create_at"], "props": nil,
		} {
			check(t, field, got.fields[field], want)
		}
		check(t, "update_at moved", got.time("update_at") > before.time("update_at"), true)
		again := w.root("PUT", "/users/{pat}/patch", `{}`)
		check(t, "an empty patch moved update_at", again.time("update_at") > got.time("update_at"), true)
		check(t, "the old name is free", w.root("GET", "/users/username/pat", "").status, 404)
		check(t, "the new name is found", w.root("GET", "/users/username/pat2", "").status, 200)
	})
}

func TestPatchReplacesMaps(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	got := w.root("PUT", "/users/{pat}/patch", `{"props":{"new":"1"},"notify_props":{"mention_keys":",A,b,"},"timezone":{"x":"y"}}`)
	check(t, "props", got.fields["props"].(map[string]any)["k"], nil)
	check(t, "mention_keys", got.fields["notify_props"].(map[string]any)["mention_keys"], any("a,b"))
	check(t, "timezone", len(got.fields["timezone"].(map[string]any)), 1)
	got = w.root("PUT", "/users/{pat}/patch", `{"notify_props":{}}`)
	check(t, "defaults", got.fields["notify_props"].(map[string]any)["desktop"], any("mention"))
}

func TestPatchEmail(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		got := w.root("PUT", "/users/{pat}/patch", `{"email":"NEW@example.org"}`)
		check(t, "email", got.fields["email"], any("new@example.org"))
		check(t, "no longer verified", got.fields["email_verified"], nil)
		got = w.root("PUT", "/users/{sam}/patch", `{"email":"sam2@example.org"}`)
		check(t, "saml email", got.fields["email"], any("sam2@example.org"))
		stays := map[bool]any{true: true, false: nil}[strings.HasSuffix(t.Name(), modern)]
		check(t, "saml stays verified", got.fields["email_verified"], stays)
		got = w.root("PUT", "/users/{gil}/patch", `{"email":"gil2@example.org","position":"p"}`)
		check(t, "gitlab email", got.fields["email"], any("gil@example.org"))
		check(t, "gitlab position", got.fields["position"], any("p"))
		check(t, "found by the new one", w.root("GET", "/users/email/new@example.org", "").status, 200)
		check(t, "the old one is free", w.root("GET", "/users/email/pat@example.org", "").status, 404)
	})
}

func TestPatchEmailUnderVerification(t *testing.T) {
	for _, version := range []string{modern, legacy} {
		w := newWorld(t, mmsim.Config{Version: version, RequireEmailVerification: true})
		for _, who := range []string{"pat", "sam"} {
			got := w.root("PUT", "/users/{"+who+"}/patch", `{"email":"new@example.org","nickname":"n"}`)
			check(t, "answer", got.String(), "200")
			check(t, "email", got.fields["email"], any(who+"@example.org"))
			check(t, "nickname", got.fields["nickname"], any("n"))
			w.root("POST", "/users/{"+who+"}/email/verify/member", "")
			check(t, "verified by force", w.root("GET", "/users/{"+who+"}", "").fields["email"], any(who+"@example.org"))
		}
		for _, email := range []string{"sam@example.org", "SAM@example.org", "PAT@example.org"} { // their own in another case too
			taken := w.root("PUT", "/users/{pat}/patch", `{"email":"`+email+`"}`)
			check(t, email, taken.String(), "400 app.user.save.email_exists")
		}
	}
}

// The server reads, waits and writes the whole user without a lock.
func TestConcurrentPatchesLoseOne(t *testing.T) {
	w := newWorld(t, mmsim.Config{Latency: 30 * time.Millisecond})
	var wg stdsync.WaitGroup
	for _, body := range []string{`{"nickname":"new"}`, `{"position":"new"}`} {
		wg.Go(func() {
			if got := w.root("PUT", "/users/{pat}/patch", body); got.status != 200 {
				t.Errorf("got %v, want 200", got)
			}
		})
	}
	wg.Wait()
	u := w.root("GET", "/users/{pat}", "").fields
	if (u["nickname"] == "new") == (u["position"] == "new") {
		t.Errorf("got nickname %q and position %q, want exactly one of them new", u["nickname"], u["position"])
	}
}

func TestPatchDoesNotLoseStatusOrLogin(t *testing.T) {
	w := newWorld(t, mmsim.Config{Latency: 50 * time.Millisecond})
	var wg stdsync.WaitGroup
	wg.Go(func() { w.root("PUT", "/users/{pat}/patch", `{"nickname":"new"}`) })
	wg.Go(func() { w.root("PUT", "/users/{pat}/auth", `{"auth_service":"saml","auth_data":"pat"}`) })
	wg.Wait()
	u := w.root("GET", "/users/{pat}", "").fields
	check(t, "auth_data", u["auth_data"], any("pat"))
	check(t, "nickname", u["nickname"], any("new"))

	wg.Go(func() { w.root("PUT", "/users/{pat}/active", `{"active":false}`) })
	time.Sleep(15 * time.Millisecond) // so that the patch reads before, and writes after
	w.root("PUT", "/users/{pat}/patch", `{"nickname":"newer"}`)
	wg.Wait()
	check(t, "deactivated", w.root("GET", "/users/{pat}", "").time("delete_at") > 0, true)
}
