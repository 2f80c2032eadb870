package mmsim_test

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestCreate(t *testing.T) {
	const n, s = `"email":"new@example.org","username":"new"`, `,"auth_service":"saml"`
	post := func(version, body, want string) row { return row{version, "POST", "/users", body, want} }
	run(t, mmsim.Config{}, asAdmin, []row{
		post("", `{`+n+s+`,"auth_data":"new"}`, "201"),
		post("", `{`+n+`,"auth_service":"foo","auth_data":"new"}`, "201"),
		post("", `{`+n+s+`}`, "201"),
		post("", `{`+n+s+`,"auth_data":""}`, "201"),
		post("", `{`+n+`,"password":"`+strong+`"}`, "201"),
		post("", `{"username":"new"`+s+`}`, "400 is_valid.email"),
		post(modern, `{`+n+`}`, "400 is_valid.pwd_min_length"),
		post(legacy, `{`+n+`}`, "400 api.user.check_user_password.invalid"),
		post(modern, `{`+n+`,"auth_data":"new"}`, "400 is_valid.pwd_min_length"),
		post("", `nope`, "400 invalid_body_param"),
		post("", `null`, "400 invalid_body_param"),
		post(modern, `{"username":5}`, "400 invalid_body_param"),
		post("", `{`+n+s+`,"auth_data":"new","password":"`+strong+`"}`, "400 is_valid.auth_data_pwd"),
		post("", `{`+n+s+`,"auth_data":"`+strings.Repeat("x", 128)+`"}`, "201"),
		post("", `{`+n+s+`,"auth_data":"`+strings.Repeat("x", 129)+`"}`, "400 is_valid.auth_data"),
		post("", `{`+n+s+`,"auth_data":"sam"}`, "500 app.user.save"),
		post("", `{`+n+`,"auth_service":"ldap","auth_data":"sam"}`, "500 app.user.save"),
		post("", `{`+n+s+`,"auth_data":"SAM"}`, "201"),
		post("", `{"email":"new@example.org","username":"Sam"`+s+`}`, "400 app.user.save.username_exists"),
		post("", `{"email":"new@example.org","username":"dee"`+s+`}`, "400 app.user.save.username_exists"),
		post("", `{"email":"sam@example.org","username":"sam"`+s+`,"auth_data":"sam"}`, "400 app.user.save.username_exists"),
		post("", `{"email":"SAM@example.org","username":"new"`+s+`}`, "400 app.user.save.email_exists"),
		post("", `{"email":"sam@example.org","username":"new"`+s+`,"auth_data":"sam"}`, "500 app.user.save"),
		post(modern, `{`+n+`,"password":"1234567"}`, "400 is_valid.pwd_min_length"),
		post(modern, `{`+n+`,"password":"`+strings.Repeat("x", 72)+`"}`, "201"),
		post(modern, `{`+n+`,"password":"`+strings.Repeat("x", 73)+`"}`, "400 is_valid.pwd_max_length"),
		post(legacy, `{`+n+`,"password":"Pa0!56789"}`, "400 api.user.check_user_password.invalid"),
		post(legacy, `{`+n+`,"password":"Passw0rd0long"}`, "400 api.user.check_user_password.invalid"),
		post(legacy, `{`+n+`,"password":"Pa0!`+strings.Repeat("x", 61)+`"}`, "400 api.user.check_user_password.invalid"),
		post("", `{`+n+s+`,"id":"`+nobody+`"}`, "400 app.user.save.existing"),
		post("", `{`+n+s+`,"first_name":"a\u0000"}`, "500 app.user.save"),
		post("", `{`+n+`,"auth_service":"`+strings.Repeat("x", 33)+`"}`, "500 app.user.save"),
		post("", `{`+n+s+`,"locale":"xx"}`, "201"),
		post("", `{`+n+s+`,"timezone":{"z":"`+strings.Repeat("x", 250)+`"}}`, "400 is_valid.timezone_limit"),
		post(modern, `{`+n+s+`,"props":{"customStatus":"x"}}`, "400 is_valid.invalidProperty"),
		post(legacy, `{`+n+s+`,"props":{"customStatus":"x"}}`, "201"),
	})
}

func TestCreateLimits(t *testing.T) {
	long := strings.Repeat
	create := func(username, email, more string) string {
		return `{"auth_service":"saml","username":"` + username + `","email":"` + email + `"` + more + `}`
	}
	var rows []row
	add := func(version, body, want string) { rows = append(rows, row{version, "POST", "/users", body, want}) }
	for _, name := range []string{"a", long("n", 64), ".a", "-a", "_a", "9", "UPPER", "here", "me", "admin", "null"} {
		add("", create(name, "new@example.org", ""), "201")
	}
	for _, name := range []string{long("n", 65), "all", "channel", "Matterbot", "system", "a b", " a", "a@b", "ä", "a:b"} {
		add("", create(name, "new@example.org", ""), "400 is_valid.username")
	}
	for _, email := range []string{"a@localhost", "a+b@x.org", "a/b@x.org", "'q@x.org", "ä@x.org", "a@ä.org", " A@X.org ", long("a", 122) + "@x.org"} {
		add("", create("new", email, ""), "201")
	}
	for _, email := range []string{"a..b@x.org", "a@x.org,b@x.org", "N <a@x.org>", "a b@x.org", `\"@x.org`, "a", "a@", "a@b@x.org", long("a", 123) + "@x.org"} {
		add("", create("new", email, ""), "400 is_valid.email")
	}
	for _, odd := range []string{`\"q\"@x.org`, "<a@x.org>"} {
		add(modern, create("new", odd, ""), "400 is_valid.email")
		add(legacy, create("new", odd, ""), "201")
	}
	for _, field := range []string{"first_name", "last_name", "nickname"} {
		add("", create("new", "n@x.org", `,"`+field+`":"`+long("ä", 64)+`"`), "201")
		add("", create("new", "n@x.org", `,"`+field+`":"`+long("ä", 65)+`"`), "400 is_valid."+field)
	}
	add("", create("new", "n@x.org", `,"position":"`+long("ä", 128)+`"`), "201")
	add("", create("new", "n@x.org", `,"position":"`+long("ä", 129)+`"`), "400 is_valid.position")
	run(t, mmsim.Config{}, asAdmin, rows)
}

// An open server takes a create with a bad token for a sign-up.
func TestSignUp(t *testing.T) {
	sign := `{"email":"new@example.org","username":"new","password":"` + strong + `","auth_service":"","auth_data":"x","email_verified":true}`
	sso := `{"email":"new@example.org","username":"new","auth_service":"saml","auth_data":"x"}`
	for _, of := range []func(*world) string{asNobody, asBad, asPlain} {
		run(t, mmsim.Config{}, of, []row{
			{"", "POST", "/users", sign, "201"},
			{modern, "POST", "/users", sso, "400 is_valid.pwd_min_length"},
			{legacy, "POST", "/users", sso, "400 api.user.check_user_password.invalid"},
		})
		run(t, mmsim.Config{ClosedServer: true}, of, []row{{"", "POST", "/users", sign, "403 api.user.create_user.no_open_server"}})
	}
	run(t, mmsim.Config{ClosedServer: true}, asAdmin, []row{{"", "POST", "/users", sso, "201"}})

	both(t, func(t *testing.T, w *world) {
		got := w.do("garbage", "POST", "/users", `{"email":"a@x.org","username":"a","password":"`+strong+`","auth_service":"saml","auth_data":"x","email_verified":true}`)
		check(t, "status", got.status, 201)
		check(t, "auth_service", got.fields["auth_service"], any(""))
		check(t, "email_verified", got.fields["email_verified"], nil)
		check(t, "roles", got.fields["roles"], any("system_user"))
	})
}

func TestFirstUserIsAdministrator(t *testing.T) {
	w := &world{Server: mmsim.New(mmsim.Config{ClosedServer: true}), t: t}
	got := w.do("", "POST", "/users", `{"email":"a@x.org","username":"a","password":"`+strong+`"}`)
	check(t, "roles", got.fields["roles"], any("system_admin system_user"))
	got = w.do("", "POST", "/users", `{"email":"b@x.org","username":"b","password":"`+strong+`"}`)
	check(t, "the second", got.String(), "403 api.user.create_user.no_open_server")
}

func TestCreateStores(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		got := w.root("POST", "/users", `{"email":" NEW@Example.org ","username":"N\u202eew","first_name":" \ufeffAda ","locale":"xx",
			"auth_service":"saml","auth_data":"new","email_verified":true,"roles":"system_admin","create_at":5,"mfa_active":true,
			"props":{"a":"<b>\n"},"disable_welcome_email":true,"nickname":"é"}`)
		for field, want := range map[string]any{
			"email": "new@example.org", "username": "new", "first_name": " Ada ", "locale": "en", "auth_service": "saml",
			"email_verified": true, "roles": "system_user", "mfa_active": nil, "disable_welcome_email": true, "nickname": "é", "delete_at": 0.0,
		} {
			check(t, field, got.fields[field], want)
		}
		check(t, "create_at moved", got.time("create_at") > 5, true)
		check(t, "props", got.fields["props"].(map[string]any)["a"], any("<b>\n"))
		check(t, "id", len(got.fields["id"].(string)), 26)
		w.ids["new"] = got.fields["id"].(string)
		later := w.root("GET", "/users/{new}", "")
		check(t, "a second write moved update_at", later.time("update_at") > got.time("update_at"), true)
	})
}

func TestCreateByVersion(t *testing.T) {
	body := `{"email":"new@example.org","auth_service":"saml","auth_data":"new","delete_at":5,"remote_id":"` + nobody + `"}`
	got := newWorld(t, mmsim.Config{Version: modern}).root("POST", "/users", body)
	check(t, "modern name", len(got.fields["username"].(string)), 27)
	check(t, "modern delete_at", got.time("delete_at"), 0)
	check(t, "modern remote_id", got.fields["remote_id"], nil)
	check(t, "modern auth_data", got.fields["auth_data"], any("new"))

	got = newWorld(t, mmsim.Config{Version: legacy}).root("POST", "/users", body)
	check(t, "legacy name", len(got.fields["username"].(string)), 26)
	check(t, "legacy delete_at", got.time("delete_at"), 5)
	check(t, "legacy remote_id", got.fields["remote_id"], any(nobody))
	check(t, "legacy auth_data", got.fields["auth_data"], any(""))
	bad := newWorld(t, mmsim.Config{Version: legacy}).root("POST", "/users", strings.Replace(body, "{", `{"id":"bad",`, 1))
	check(t, "legacy bad id", bad.String(), "400 is_valid.id")
	got = newWorld(t, mmsim.Config{Version: legacy}).root("POST", "/users", strings.Replace(body, "{", `{"id":"`+strings.Repeat("i", 26)+`",`, 1))
	check(t, "legacy id of a remote user", got.fields["id"], any(strings.Repeat("i", 26)))
}

func TestRestrictedDomains(t *testing.T) {
	c := mmsim.Config{RestrictDomains: []string{"Example.org"}}
	create := func(service string) string {
		return `{"email":"new@other.org","username":"new","password":"` + strong + `","auth_service":"` + service + `"}`
	}
	run(t, c, asAdmin, []row{
		{"", "POST", "/users", create(""), "400 api.user.create_user.accepted_domain"},
		{"", "POST", "/users", create("gitlab"), "400 api.user.create_user.accepted_domain"},
		{"", "POST", "/users", create("ldap"), "201"},
		{"", "POST", "/users", create("saml"), "201"},
		{"", "POST", "/users", strings.Replace(create(""), "other", "EXAMPLE", 1), "201"},
		{"", "PUT", "/users/{pat}/patch", `{"email":"pat@other.org"}`, "400 api.user.update_user.accepted_domain"},
		{"", "PUT", "/users/{sam}/patch", `{"email":"sam@other.org"}`, "200"},
	})
}

func TestSeats(t *testing.T) {
	sso := `{"email":"new@example.org","username":"new","auth_service":"saml"}`
	active := `{"active":true}`
	at := mmsim.Config{SeatLimit: 5} // root, pat, lea, sam, gil
	run(t, at, asAdmin, []row{
		{"", "POST", "/users", sso, "400 api.user.create_user.user_limits.exceeded"},
		{"", "PUT", "/users/{dee}/active", active, "400 app.user.update_active.user_limit.exceeded"},
		{"", "PUT", "/users/{pat}/active", `{"active":false}`, "200"},
		{"", "PUT", "/users/{pat}/patch", `{"nickname":"x"}`, "200"},
		{"", "PUT", "/users/{pat}/auth", `{"auth_service":"saml","auth_data":"x"}`, "200"},
	})
	at.Licensed = true
	run(t, at, asAdmin, []row{
		{"", "POST", "/users", sso, "400 api.user.create_user.license_user_limits.exceeded"},
		{"", "PUT", "/users/{dee}/active", active, "400 app.user.update_active.license_user_limit.exceeded"},
	})
	run(t, mmsim.Config{SeatLimit: 6}, asAdmin, []row{{"", "POST", "/users", sso, "201"}})

	w := newWorld(t, mmsim.Config{SeatLimit: 5})
	w.root("PUT", "/users/{pat}/active", `{"active":false}`)
	check(t, "a freed seat", w.root("POST", "/users", sso).status, 201)
	check(t, "taken again", w.root("PUT", "/users/{pat}/active", active).String(), "400 app.user.update_active.user_limit.exceeded")
}

func TestDefaultSeats(t *testing.T) {
	for version, want := range map[string]string{
		"11.6.0": `{"maxUsersLimit":200,"maxUsersHardLimit":250,"activeUserCount":5}`,
		"10.6.1": `{"maxUsersLimit":2500,"maxUsersHardLimit":5000,"activeUserCount":5}`,
	} {
		check(t, version, newWorld(t, mmsim.Config{Version: version}).root("GET", "/limits/server", "").text, want)
	}
	w := newWorld(t, mmsim.Config{})
	check(t, "to others", w.do(w.plain, "GET", "/limits/server", "").text, `{"maxUsersLimit":0,"maxUsersHardLimit":0,"activeUserCount":0}`)
	run(t, mmsim.Config{}, asAdmin, []row{{legacy, "GET", "/limits/server", "", "404 404"}})
}
