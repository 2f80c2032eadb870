package mmsim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func TestReadAnswers(t *testing.T) {
	run(t, mmsim.Config{}, asAdmin, []row{
		{"", "GET", "/users/me", "", "200"},
		{"", "GET", "/users/{dee}", "", "200"},
		{"", "GET", "/users/{nobody}", "", "404 app.user.missing_account.const"},
		{"", "GET", "/users/short", "", "400 invalid_url_param"},
		{"", "GET", "/users/no-id", "", "404 404"},
		{"", "GET", "/users/email/PAT@example.org", "", "200"},
		{"", "GET", "/users/email/pat%40example.org", "", "200"},
		{"", "GET", "/users/email/a%2Fb@example.org", "", "404 app.user.missing_account.const"},
		{"", "GET", "/users/email/a/b@example.org", "", "404 app.user.missing_account.const"},
		{"", "GET", "/users/email/none", "", "400 invalid_url_param"},
		{"", "GET", "/users/username/pat", "", "200"},
		{"", "GET", "/users/username/Pat", "", "400 invalid_body_param"},
		{"", "GET", "/users/username/all", "", "400 invalid_body_param"},
		{"", "GET", "/users/username/none", "", "404 app.user.get_by_username"},
		{"", "GET", "/users/username/no%20name", "", "404 404"},
		{"", "POST", "/users/ids", `[]`, "400 invalid_body_param"},
		{modern, "POST", "/users/ids", `{}`, "400 api.payload.parse.error"},
		{legacy, "POST", "/users/ids", `{}`, "400 invalid_body_param"},
		{legacy, "POST", "/users/ids", `[1,"{pat}"]`, "400 invalid_body_param"},
		{"", "POST", "/users/ids?since=x", `["{pat}"]`, "400 invalid_body_param"},
		{"", "POST", "/users/usernames", `[]`, "400 invalid_body_param"},
		{"", "POST", "/users/emails", `["pat@example.org"]`, "404 404"},
		{"", "GET", "/users?sort=create_at", "", "400 invalid_url_param"},
		{modern, "GET", "/users?role=nonsense", "", "400 invalid_url_param"},
		{legacy, "GET", "/users?role=nonsense", "", "200"},
		{"", "GET", "/users?roles=Not-one", "", "400 invalid_body_param"},
		{"", "HEAD", "/users/me", "", "404 404"},
		{"", "GET", "/users/stats", "", "200"},
		{"", "GET", "/bots/{pat}", "", "404 store.sql_bot.get.missing"},
		{"", "GET", "/bots/bad", "", "400 invalid_url_param"},
	})
	run(t, mmsim.Config{}, asPlain, []row{
		{"", "GET", "/users/stats/filtered", "", "403 permissions"},
		{"", "GET", "/bots/{bot}", "", "404 store.sql_bot.get.missing"},
		{"", "GET", "/users", "", "200"},
	})
	for _, of := range []func(*world) string{asNobody, asBad} {
		run(t, mmsim.Config{}, of, []row{
			{"", "GET", "/users/me", "", "401 session_expired"},
			{"", "POST", "/users/ids", `["x"]`, "401 session_expired"},
			{"", "GET", "/nothing", "", "404 404"},
			{"", "GET", "/users/me?access_token=x", "", "401 session_expired"},
			{"", "GET", "/system/ping", "", "200"},
			{"", "GET", "/config/client?format=old", "", "200"},
			{"", "GET", "/license/client?format=old", "", "200"},
		})
	}
}

func names(a answer) string {
	var all []string
	for _, u := range a.list {
		all = append(all, fmt.Sprint(u["username"]))
	}
	return strings.Join(all, " ")
}

func TestListing(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		const everybody = "bot dee gil lea pat rex root sam"
		for query, want := range map[string]string{
			"":                                everybody,
			"?per_page=-1":                    everybody,
			"?per_page=0":                     "",
			"?per_page=3":                     "bot dee gil",
			"?per_page=3&page=2":              "root sam",
			"?per_page=3&page=9":              "",
			"?page=-1":                        everybody,
			"?active=true":                    "bot gil lea pat rex root sam",
			"?active=true&per_page=2&page=1":  "lea pat",
			"?inactive=true":                  "dee",
			"?role=system_admin":              "root",
			"?roles=system_admin":             "root",
			"?roles=system_user&per_page=2":   "bot dee",
			"?roles=system_guest":             "",
			"?page=99999999999&per_page=9999": "",
		} {
			got := w.root("GET", "/users"+query, "")
			check(t, query, names(got), want)
			check(t, query+" is a list", strings.HasPrefix(got.text, "["), true)
		}
		w.root("PUT", "/users/{bot}/patch", `{"username":"zed"}`)
		check(t, "after a rename", names(w.root("GET", "/users", "")), "dee gil lea pat rex root sam zed")
		got := w.root("GET", "/users?active=true&inactive=true", "")
		check(t, "both at once", got.status, 200)
		check(t, "both at once, no JSON", strings.Contains(got.text, `]{"id":"api.context.invalid_url_param.app_error"`), true)
	})
}

func TestListingIsCutTo200(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	for i := range 250 {
		w.Add(mmsim.User{Username: fmt.Sprintf("u%03d", i)})
	}
	check(t, "default", len(w.root("GET", "/users", "").list), 60)
	check(t, "page of 1000", len(w.root("GET", "/users?per_page=1000", "").list), 200)
	check(t, "the rest", len(w.root("GET", "/users?per_page=200&page=1", "").list), 58)
}

func TestBulkReads(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		got := w.root("POST", "/users/ids", `["{pat}","bad","{nobody}","{dee}","{pat}"]`)
		want := map[string]int{"pat": 1, "dee": 1}
		if strings.HasSuffix(t.Name(), legacy) {
			want["pat"] = 2
		}
		found := map[string]int{}
		for _, u := range got.list {
			found[fmt.Sprint(u["username"])]++
		}
		if diff := cmp.Diff(found, want); diff != "" {
			t.Errorf("by ids (-got +want):\n%s", diff)
		}
		check(t, "none", w.root("POST", "/users/ids", `["{nobody}"]`).text, "[]")
		check(t, "by name", names(w.root("POST", "/users/usernames", `["sam","pat","sam","PAT","none","dee"]`)), "dee pat sam")
	})
}

func TestSince(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		last := w.root("GET", "/users/{pat}", "").time("update_at")
		since := fmt.Sprintf("/users/ids?since=%d", last)
		all := `["{pat}","{sam}","{gil}"]`
		check(t, "nothing", w.root("POST", since, all).text, "[]")
		w.root("PUT", "/users/{pat}/patch", `{}`)
		w.root("PUT", "/users/{sam}/active", `{"active":false}`)
		check(t, "two", len(w.root("POST", since, all).list), 2)
		w.Login(w.ids["gil"])
		check(t, "a login does not show", len(w.root("POST", since, all).list), 2)
		byName := w.root("POST", "/users/usernames", `["gil"]`).list[0]
		check(t, "a login moves the row", byName["update_at"].(float64) > float64(last), strings.HasSuffix(t.Name(), modern))
	})
}

func TestCounts(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		for query, want := range map[string]string{
			"":                     "6", // without dee, rex
			"/filtered?roles=none": "5",
			"/filtered?roles=system_admin,system_guest":                                          "1",
			"/filtered?include_deleted=true&include_bots=true&include_remote_users=true":         "8",
			"/filtered?include_bots=true&include_remote_users=true":                              "7",
			"/filtered?include_deleted=true&include_bots=true&include_remote_users=true&roles=x": "8",
		} {
			if query == "/filtered?roles=none" && strings.HasSuffix(t.Name(), legacy) {
				want = "6" // remote accounts count
			}
			check(t, query, w.root("GET", "/users/stats"+query, "").text, `{"total_users_count":`+want+`}`)
		}
	})
}

// What a token sees, field by field: MEASURED's table.
func TestVisibility(t *testing.T) {
	type shown map[string]any
	see := func(a answer) shown {
		s := shown{}
		for _, field := range []string{"auth_service", "auth_data", "email", "first_name", "email_verified", "last_password_update"} {
			if v, ok := a.fields[field]; ok {
				s[field] = v
			}
		}
		for _, field := range []string{"props", "notify_props", "timezone"} {
			if a.fields[field] != nil {
				s[field] = true
			}
		}
		return s
	}
	want := map[string]map[string]shown{
		modern: {
			"admin sam": {"auth_service": "saml", "auth_data": "sam", "email": "sam@example.org", "first_name": "", "notify_props": true, "timezone": true},
			"admin pat": {"auth_service": "", "email": "pat@example.org", "first_name": "Pat", "props": true, "notify_props": true, "timezone": true},
			"plain sam": {"auth_service": "", "auth_data": "", "email": "sam@example.org", "first_name": "", "timezone": true},
		},
		legacy: {
			"admin sam": {"auth_service": "saml", "auth_data": "", "email": "sam@example.org", "first_name": "", "timezone": true},
			"admin pat": {"auth_service": "", "auth_data": "", "email": "pat@example.org", "first_name": "Pat", "props": true, "timezone": true},
			"plain sam": {"auth_service": "", "auth_data": "", "email": "sam@example.org", "first_name": "", "timezone": true},
		},
	}
	both(t, func(t *testing.T, w *world) {
		version := t.Name()[strings.LastIndex(t.Name(), "/")+1:]
		for key, want := range want[version] {
			token, who, _ := strings.Cut(key, " ")
			as := map[string]string{"admin": w.admin, "plain": w.plain}[token]
			for _, got := range []answer{
				w.do(as, "GET", "/users/{"+who+"}", ""),
				w.do(as, "GET", "/users/email/"+who+"@example.org", ""),
				{fields: w.do(as, "POST", "/users/ids", `["{`+who+`}"]`).list[0]},
				{fields: w.do(as, "POST", "/users/usernames", `["`+who+`"]`).list[0]},
			} {
				if diff := cmp.Diff(see(got), want); diff != "" {
					t.Errorf("%s (-got +want):\n%s", key, diff)
				}
			}
		}
		self := w.do(w.plain, "GET", "/users/me", "")
		check(t, "one's own email_verified", self.fields["email_verified"], any(true))
		created := w.root("POST", "/users", `{"email":"n@x.org","auth_service":"saml","auth_data":"n"}`)
		data := map[string]any{modern: "n", legacy: ""}[version]
		check(t, "auth_data in the answer to a create", created.fields["auth_data"], data)
	})
}

func TestFieldOrder(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	got := w.root("GET", "/users/{sam}", "").text
	want := `{"id":"` + w.ids["sam"] + `","create_at":1800000000000,"update_at":1800000000000,"delete_at":0,"username":"sam","auth_data":"sam",` +
		`"auth_service":"saml","email":"sam@example.org","nickname":"","first_name":"","last_name":"","position":"","roles":"system_user",` +
		`"notify_props":{"channel":"true","comments":"never","desktop":"mention","desktop_sound":"true","email":"true","first_name":"false",` +
		`"mention_keys":"","push":"mention","push_status":"away"},"locale":"en","timezone":{"automaticTimezone":"","manualTimezone":"",` +
		`"useAutomaticTimezone":"true"},"disable_welcome_email":false}`
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	bot := w.root("GET", "/users/{bot}", "").fields
	check(t, "is_bot", bot["is_bot"], any(true))
	check(t, "remote_id", w.root("GET", "/users/{rex}", "").fields["remote_id"], any(nobody))
}

func TestEtag(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		version := t.Name()[strings.LastIndex(t.Name(), "/")+1:]
		for _, path := range []string{"/users/{pat}", "/users/username/pat", "/users/email/pat@example.org"} {
			got := w.root("GET", path, "")
			check(t, "etag", got.header.Get("Etag"), version+"."+w.ids["pat"]+".1800000000000..0.true.true.0")
		}
	})
}

func TestBot(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		got := w.root("GET", "/bots/{bot}", "").fields
		check(t, "owner", got["owner_id"], any(w.ids["pat"]))
		check(t, "description", got["description"], any("beeps"))
		w.root("PUT", "/users/{pat}/active", `{"active":false}`)
		check(t, "deactivated", w.root("GET", "/bots/{bot}", "").status, 404)
		check(t, "with deleted ones", w.root("GET", "/bots/{bot}?include_deleted=true", "").status, 200)
	})
}
