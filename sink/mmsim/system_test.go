package mmsim_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// with asks for the caller's own account with one header.
func (w *world) with(name, value string) answer {
	r := httptest.NewRequestWithContext(w.t.Context(), "GET", "/api/v4/users/me", nil)
	r.Header.Set(name, value)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return decode(rec.Code, rec.Header(), rec.Body)
}

func TestErrorShape(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		got := w.root("GET", "/users/{nobody}", "")
		pattern := `^{"id":"app.user.missing_account.const","message":"[^"]+","detailed_error":"","request_id":"[a-z0-9]{26}","status_code":404}$`
		check(t, "shape of "+got.text, regexp.MustCompile(pattern).MatchString(got.text), true)
		check(t, "request id", got.header.Get("X-Request-Id"), got.fields["request_id"].(string))

		lost := w.root("GET", "/nothing", "")
		check(t, "details", strings.Contains(lost.fields["detailed_error"].(string), "/api/v4/nothing"), true)
		check(t, "no request id", lost.fields["request_id"], nil)
		check(t, "no request id in a header", lost.header.Get("X-Request-Id"), "")
	})
}

func TestHeaders(t *testing.T) {
	for version, want := range map[string]string{modern: "11.6.0.11.6.0.", legacy: "5.37.0.."} {
		for licensed, end := range map[bool]string{true: ".true", false: ".false"} {
			got := newWorld(t, mmsim.Config{Version: version, Licensed: licensed}).do("", "GET", "/system/ping", "").header.Get("X-Version-Id")
			if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, end) {
				t.Errorf("got %q, want %s…%s", got, want, end)
			}
		}
	}
	w := newWorld(t, mmsim.Config{})
	check(t, "garbage clears the cookie", strings.HasPrefix(w.do("x", "GET", "/users/me", "").header.Get("Set-Cookie"), "MMAUTHTOKEN=;"), true)
	check(t, "nothing does not", w.do("", "GET", "/users/me", "").header.Get("Set-Cookie"), "")
	check(t, "kind", w.root("GET", "/users/me", "").header.Get("Content-Type"), "application/json")
}

func TestSizes(t *testing.T) {
	ids := func(n int) string { return "[" + strings.Repeat(`"`+nobody+`",`, n-1) + `"` + nobody + `"]` }
	long := `{"position":"` + strings.Repeat("x", 310_000) + `"}`
	url := "/users?z=" + strings.Repeat("x", 2100)
	const over = "413 request_body_too_large"
	run(t, mmsim.Config{}, asAdmin, []row{
		{"", "POST", "/users/ids", ids(10_344), "200"},
		{modern, "POST", "/users/ids", ids(10_400), over},
		{legacy, "POST", "/users/ids", ids(20_000), "200"},
		{modern, "POST", "/users/usernames", ids(10_400), over},
		{modern, "POST", "/users", long, over},
		{modern, "PUT", "/users/{pat}/patch", long, over},
		{modern, "PUT", "/users/{pat}/auth", long, over},
		{modern, "PUT", "/users/{pat}/active", `{"active":false,"z":"` + long + `"}`, "400 invalid_body_param"},
		{modern, "GET", url, "", "414 basic_security_check.url.too_long_error"},
		{legacy, "GET", url, "", "200"},
	})
	w := newWorld(t, mmsim.Config{})
	check(t, "a compressed body", w.root("PUT", "/users/{pat}/patch", "\x1f\x8b\x08\x00").status, 400)
}

func TestPing(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		check(t, "plain", w.do("", "GET", "/system/ping", "").fields["status"], any("OK"))
		got := w.do("", "GET", "/system/ping?get_server_status=true", "")
		check(t, "status", got.status, 200)
		check(t, "database", got.fields["database_status"], any("OK"))
		w.BreakDatabase(true)
		check(t, "down, plain", w.do("", "GET", "/system/ping", "").status, 200)
		got = w.do("", "GET", "/system/ping?get_server_status=true", "")
		check(t, "down", got.status, 500)
		check(t, "down, database", got.fields["database_status"], any("UNHEALTHY"))
	})
}

func TestDatabaseDown(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		check(t, "seen before", w.root("GET", "/users/me", "").status, 200)
		w.BreakDatabase(true)
		want := map[string]string{
			"POST /users/ids":         "500 app.user.get_profiles",
			"GET /users":              "500 app.user.get_profiles",
			"GET /users/me":           "500 app.user_terms_of_service.get_by_user",
			"POST /users":             "500 app.limits.get_app_limits.user_count.store_error",
			"PUT /users/{pat}/patch":  "403 permissions",
			"PUT /users/{pat}/active": "500 app.user.get",
			"GET /nothing":            "404 404",
		}
		if strings.HasSuffix(t.Name(), legacy) {
			want["POST /users"], want["PUT /users/{pat}/patch"] = "500 app.user.get_total_users_count", "400 invalid_body_param"
		}
		for call, want := range want {
			method, path, _ := strings.Cut(call, " ")
			check(t, call, w.root(method, path, `{}`).String(), want)
		}
		check(t, "not seen before", w.do(w.plain, "GET", "/users/me", "").String(), "401 session_expired")
		w.BreakDatabase(false)
		check(t, "up again", w.do(w.plain, "GET", "/users/me", "").status, 200)
	})
}

func TestClientConfig(t *testing.T) {
	w := newWorld(t, mmsim.Config{RequireEmailVerification: true, ClosedServer: true})
	open := w.do("", "GET", "/config/client?format=old", "").fields
	check(t, "version", open["Version"], any(modern))
	check(t, "open", open["EnableOpenServer"], any("false"))
	check(t, "hidden from strangers", open["RequireEmailVerification"], nil)
	check(t, "verification", w.root("GET", "/config/client?format=old", "").fields["RequireEmailVerification"], any("true"))
	check(t, "license", w.root("GET", "/license/client?format=old", "").text, `{"IsLicensed":"false"}`)
	licensed := newWorld(t, mmsim.Config{Licensed: true, SeatLimit: 9}).root("GET", "/license/client?format=old", "").fields
	check(t, "seats", licensed["Users"], any("9"))
	run(t, mmsim.Config{}, asAdmin, []row{
		{legacy, "GET", "/config/client", "", "501 api.config.client.old_format"},
		{modern, "GET", "/config/client", "", "200"},
		{legacy, "GET", "/config/client?format=new", "", "400 invalid_body_param"},
		{"", "GET", "/license/client", "", "501 api.license.client.old_format"},
	})
}

// Over the wire: compression, conditional requests, and a client that leaves.
func TestOverTheWire(t *testing.T) {
	w := newWorld(t, mmsim.Config{})
	srv := httptest.NewServer(w)
	defer srv.Close()
	get := func(path, name, value string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/api/v4"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.admin)
		r.Header.Set(name, value)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	packed := get("/users", "Accept-Encoding", "gzip")
	check(t, "encoding", packed.Header.Get("Content-Encoding"), "gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(get("/users", "Accept-Encoding", "identity").Body)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "unpacked", string(unpacked), string(plain))

	etag := get("/users/me", "Accept", "*/*").Header.Get("Etag")
	check(t, "not modified", get("/users/me", "If-None-Match", etag).StatusCode, 304)
	w.root("PUT", "/users/{root}/patch", `{}`)
	check(t, "modified", get("/users/me", "If-None-Match", etag).StatusCode, 200)
	check(t, "both filters, small and packed", get("/users?active=true&inactive=true", "Accept-Encoding", "gzip").StatusCode, 400)
}
