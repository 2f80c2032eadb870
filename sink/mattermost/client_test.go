package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

const secret = "s3cr3t-t0ken"

// token returns the secret.
func token() (string, error) { return secret, nil }

// serve starts a server and returns a client of it that does not wait long.
func serve(t *testing.T, h http.HandlerFunc, change func(*Config)) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	cfg := Config{URL: srv.URL, Token: token, FirstWait: time.Microsecond, Timeout: 5 * time.Second}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.conn.http.CloseIdleConnections)
	return c
}

// refuse answers as Mattermost does when it says no.
func refuse(w http.ResponseWriter, status int, id string) {
	w.Header().Set("X-Request-Id", "req1")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"id":%q,"message":"No.","request_id":"req1","status_code":%d}`, id, status)
}

// hijack takes the connection and closes it after writing a beginning.
func hijack(w http.ResponseWriter, beginning string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, beginning)
	conn.Close()
}

const person = `{"id":"u1","username":"ada","email":"ada@example.org","auth_service":"","email_verified":true,"extra":[1]}`

func TestFailures(t *testing.T) {
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter)
		class  error
		reads  int  // requests that a read makes before it gives up
		writes int  // requests that a write makes
		lost   bool // the outcome of a write is unknown
		text   string
	}{
		{"limited", func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(429)
			io.WriteString(w, "limit exceeded\n")
		}, ErrUnavailable, 3, 3, false, "too many requests"},
		{"broken", func(w http.ResponseWriter) { refuse(w, 500, "app.user.get_profiles.app_error") },
			ErrUnavailable, 3, 1, true, "app.user.get_profiles"},
		{"proxy", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			io.WriteString(w, "<html><head><title>502 Bad\x1b[31m Gateway</title>ada@example.org")
		}, ErrUnavailable, 3, 1, true, `an HTML page "502 Bad [31m Gateway"`},
		{"page instead of an answer", func(w http.ResponseWriter) { io.WriteString(w, "<HTML>please log in") },
			ErrUnavailable, 3, 1, true, "an HTML page"},
		{"cut", func(w http.ResponseWriter) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"+person)
		}, ErrUnavailable, 3, 1, true, "unexpected EOF"},
		{"cut JSON of the right length", func(w http.ResponseWriter) { io.WriteString(w, person[:20]) },
			ErrUnavailable, 3, 1, true, ""},
		{"two values", func(w http.ResponseWriter) { io.WriteString(w, person+person) }, ErrUnavailable, 3, 1, true, ""},
		{"closed", func(w http.ResponseWriter) { hijack(w, "") }, ErrUnavailable, 3, 1, true, "EOF"},
		{"too long", func(w http.ResponseWriter) { io.WriteString(w, `"`+strings.Repeat("x", smallAnswer)+`"`) },
			ErrUnavailable, 3, 1, true, "longer than any"},
		{"null", func(w http.ResponseWriter) { io.WriteString(w, "null") }, ErrUnavailable, 1, 1, true, "without what was asked for"},
		{"redirect", func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://user:pw@other.example.org/login?token=abc")
			w.WriteHeader(302)
		}, nil, 1, 1, false, "points at https://other.example.org): redirects are not followed"},
		{"not found by a proxy", func(w http.ResponseWriter) { http.Error(w, "404 page not found", 404) },
			nil, 1, 1, false, "which Mattermost did not write"},
		{"not found", func(w http.ResponseWriter) { refuse(w, 404, "app.user.missing_account.const") }, ErrNotFound, 1, 1, false, ""},
		{"no route", func(w http.ResponseWriter) { refuse(w, 404, "api.context.404.app_error") }, ErrNoRoute, 1, 1, false, ""},
		{"no license", func(w http.ResponseWriter) { refuse(w, 501, "api.license_error") }, nil, 1, 1, false, ""},
		{"too large", func(w http.ResponseWriter) { refuse(w, 413, "api.context.request_body_too_large.app_error") }, ErrTooLarge, 1, 1, false, ""},
		{"user name taken", func(w http.ResponseWriter) { refuse(w, 400, "app.user.save.username_exists.app_error") }, ErrTaken, 1, 1, false, "request id req1"},
		{"auth taken", func(w http.ResponseWriter) { refuse(w, 400, "app.user.update_auth_data.email_exists.app_error") }, ErrTaken, 1, 1, false, ""},
		{"seats", func(w http.ResponseWriter) { refuse(w, 400, "api.user.create_user.user_limits.exceeded") }, ErrSeats, 1, 1, false, ""},
		{"seats of a license", func(w http.ResponseWriter) {
			refuse(w, 400, "app.user.update_active.license_user_limit.exceeded")
		}, ErrSeats, 1, 1, false, ""},
		{"token", func(w http.ResponseWriter) { refuse(w, 401, "api.context.session_expired.app_error") }, ErrUnauthorized, 1, 1, false, "make a new one"},
		{"401 that concerns no token", func(w http.ResponseWriter) { refuse(w, 401, "api.user.update_active.not_enable.app_error") }, nil, 1, 1, false, ""},
		{"second factor", func(w http.ResponseWriter) { refuse(w, 403, "api.context.mfa_required.app_error") }, ErrUnauthorized, 1, 1, false, "second factor"},
		{"forbidden", func(w http.ResponseWriter) { refuse(w, 403, "api.context.permissions.app_error") }, ErrForbidden, 1, 1, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/api/v4/system/ping") {
					io.WriteString(w, `{"status":"OK","database_status":"OK"}`)
					return
				}
				n++
				tt.answer(w)
			}, func(c *Config) { c.Tries = 3 })
			_, err := c.UserByEmail(t.Context(), "ada@example.org")
			checkFailure(t, err, tt.class, false, tt.text)
			if n != tt.reads {
				t.Errorf("got %d requests of a read, want %d", n, tt.reads)
			}
			n = 0
			_, err = c.CreateUser(t.Context(), NewUser{Username: "ada", Email: "ada@example.org", Password: secret})
			checkFailure(t, err, tt.class, tt.lost, tt.text)
			if n != tt.writes {
				t.Errorf("got %d requests of a write, want %d", n, tt.writes)
			}
		})
	}
}

// checkFailure compares the class of an error and looks for what must not be
// in its text.
func checkFailure(t *testing.T, err, class error, lost bool, text string) {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	classes := []error{ErrUnauthorized, ErrForbidden, ErrNotFound, ErrNoRoute, ErrTaken, ErrSeats, ErrTooLarge, ErrUnavailable}
	for _, c := range classes {
		if got := errors.Is(err, c); got != (c == class) {
			t.Errorf("error is %q: %v; want only %v", c, got, class)
		}
	}
	if got := errors.Is(err, ErrUnknownOutcome); got != lost {
		t.Errorf("got unknown outcome %v, want %v", got, lost)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q does not say %q", err, text)
	}
	for _, never := range []string{secret, "ada@", "pw@", "abc", "\x1b", "\n"} {
		if strings.Contains(err.Error(), never) {
			t.Errorf("error %q holds %q", err, never)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	release := make(chan bool)
	c := serve(t, func(http.ResponseWriter, *http.Request) { <-release }, func(c *Config) {
		c.Tries, c.Timeout = 2, 20*time.Millisecond
	})
	defer close(release)
	_, err := c.Me(t.Context())
	checkFailure(t, err, ErrUnavailable, false, "did not answer in time, tried 2 times")
	_, err = c.PatchUser(t.Context(), "u1", Patch{})
	checkFailure(t, err, ErrUnavailable, true, "nobody knows")
}

func TestRefusedConnectionIsNoUnknownOutcome(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	c, err := New(Config{URL: srv.URL, Token: token, Tries: 2, FirstWait: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateUser(t.Context(), NewUser{})
	checkFailure(t, err, ErrUnavailable, false, "connection refused, tried 2 times")
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		cancel()
		w.WriteHeader(500)
	}, func(c *Config) { c.FirstWait = time.Hour; c.GiveUp = 3 * time.Hour })
	_, err := c.Me(ctx)
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("got %v after %d requests, want that it was canceled after 1", err, n)
	}
	if _, err = c.Me(ctx); !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("got %v after %d requests, want no request with a canceled context", err, n)
	}
}

func TestGivesUpRatherThanWaitLong(t *testing.T) {
	n := 0
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(429)
	}, nil)
	if _, err := c.Me(t.Context()); !errors.Is(err, ErrUnavailable) || n != 1 {
		t.Errorf("got %v after %d requests, want to give up after 1", err, n)
	}
}

func TestTriesAgain(t *testing.T) {
	core, logged := observer.New(zap.DebugLevel)
	var mu stdsync.Mutex
	var calls []Call
	n := 0
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(503)
			return
		}
		io.WriteString(w, person)
	}, func(c *Config) {
		c.Log = zap.New(core)
		c.Observe = func(call Call) {
			mu.Lock()
			defer mu.Unlock()
			call.Took = 0
			calls = append(calls, call)
		}
	})
	u, err := c.UserByEmail(t.Context(), "ada@example.org")
	if err != nil || u.Username != "ada" {
		t.Fatalf("got %v, %v", u, err)
	}
	want := []Call{
		{Name: callByEmail, Outcome: outcomeError, Status: 503, Attempt: 1},
		{Name: callByEmail, Outcome: outcomeOK, Status: 200, Attempt: 2},
	}
	if diff := cmp.Diff(calls, want); diff != "" {
		t.Error(diff)
	}
	if logged.Len() != 1 || strings.Contains(fmt.Sprint(logged.All()), "ada") {
		t.Errorf("got log %v, want one line without a person", logged.All())
	}
	if c.Trouble() != 1 {
		t.Errorf("got trouble %d, want 1", c.Trouble())
	}
}

func TestRefusalsOfAServerWithoutDatabase(t *testing.T) {
	down := true
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("get_server_status") == "true" && down:
			w.WriteHeader(500)
			io.WriteString(w, `{"status":"UNHEALTHY","database_status":"UNHEALTHY"}`)
		case strings.HasSuffix(r.URL.Path, "/ping"):
			io.WriteString(w, `{"status":"OK","database_status":"OK"}`)
		case r.URL.Path == "/api/v4/users/me":
			refuse(w, 401, "api.context.session_expired.app_error")
		case r.Method == http.MethodPut && down:
			refuse(w, 403, "api.context.permissions.app_error")
		default:
			refuse(w, 400, "api.context.invalid_body_param.app_error")
		}
	}, func(c *Config) { c.Tries = 2 })
	_, err := c.Me(t.Context())
	checkFailure(t, err, ErrUnavailable, false, "not believed")
	_, err = c.PatchUser(t.Context(), "u1", Patch{})
	checkFailure(t, err, ErrUnavailable, true, "not believed")
	down = false
	_, err = c.Me(t.Context())
	checkFailure(t, err, ErrUnauthorized, false, "")
	_, err = c.PatchUser(t.Context(), "u1", Patch{})
	checkFailure(t, err, nil, false, "invalid_body_param")
}

func TestRequests(t *testing.T) {
	type seen struct{ Method, URI, Body string }
	var got []seen
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, seen{r.Method, r.RequestURI, string(body)})
		if h := r.Header; h.Get("Authorization") != "Bearer "+secret || h.Get("Cookie") != "" {
			t.Errorf("got headers %v", h)
		}
		w.Header().Set("Set-Cookie", "MMAUTHTOKEN=x")
		w.Header().Set("X-Version-Id", "11.6.0.a.b.c.hash.false")
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/v4/users/stats"):
			io.WriteString(w, `{"total_users_count":7}`)
		case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/v4/users/"), r.URL.Path == "/api/v4/users" && r.Method == http.MethodGet:
			if strings.Contains(r.URL.Path, "revoke") {
				io.WriteString(w, `{"status":"OK"}`)
				return
			}
			io.WriteString(w, "["+person+"]")
		default:
			io.WriteString(w, person)
		}
	}, nil)
	ctx, name := t.Context(), "Ada"
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(c.UsersByIDs(ctx, []string{"a", "b"}))
	must(c.UsersByUsernames(ctx, []string{"ada"}))
	must(c.UserByEmail(ctx, "a/b+c?@example.org"))
	must(c.Page(ctx, 3))
	must(c.Count(ctx))
	must(c.CreateUser(ctx, NewUser{Username: "ada", Email: "e", AuthService: "saml", AuthData: "x", EmailVerified: true, DisableWelcomeEmail: true}))
	must(c.PatchUser(ctx, "u1", Patch{FirstName: &name, Nickname: new(string)}))
	must(nil, c.Activate(ctx, "u1"))
	must(nil, c.Deactivate(ctx, "u1"))
	must(nil, c.DeactivateByDelete(ctx, "u1"))
	must(nil, c.SetAuth(ctx, "u1", "saml", "x"))
	must(nil, c.SetPasswordHash(ctx, "u1", "h"))
	must(nil, c.RevokeSessions(ctx, "u1/../u2"))
	want := []seen{
		{"POST", "/api/v4/users/ids", `["a","b"]`},
		{"POST", "/api/v4/users/usernames", `["ada"]`},
		{"GET", "/api/v4/users/email/a%2Fb+c%3F@example.org", ""},
		{"GET", "/api/v4/users?page=3&per_page=200", ""},
		{"GET", "/api/v4/users/stats/filtered?include_deleted=true&include_bots=true&include_remote_users=true", ""},
		{"POST", "/api/v4/users", `{"username":"ada","email":"e","auth_service":"saml","auth_data":"x","email_verified":true,"disable_welcome_email":true}`},
		{"PUT", "/api/v4/users/u1/patch", `{"first_name":"Ada","nickname":""}`},
		{"PUT", "/api/v4/users/u1/active", `{"active":true}`},
		{"PUT", "/api/v4/users/u1/active", `{"active":false}`},
		{"DELETE", "/api/v4/users/u1", ""},
		{"PUT", "/api/v4/users/u1/auth", `{"auth_data":"x","auth_service":"saml"}`},
		{"PUT", "/api/v4/users/u1/password", `{"already_hashed":"true","new_password":"h"}`},
		{"POST", "/api/v4/users/u1%2F..%2Fu2/sessions/revoke/all", ""},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	if c.Version() != "11.6.0" {
		t.Errorf("got version %q", c.Version())
	}
}

func TestListsMustBeLists(t *testing.T) {
	for _, body := range []string{"null", `[{"username":"ada"}]`, `[{"id":"a"}]{"id":"api.x"}`, `{"id":"a"}`} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }, func(c *Config) { c.Tries = 1 })
		if users, err := c.UsersByIDs(t.Context(), []string{"a"}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: got %v, %v, want an error", body, users, err)
		}
	}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "[]") }, nil)
	if users, err := c.UsersByIDs(t.Context(), []string{"a"}); err != nil || len(users) != 0 {
		t.Errorf("got %v, %v, want nobody", users, err)
	}
}

func TestNothingPrintsTheToken(t *testing.T) {
	cfg := Config{URL: "https://chat.example.org", Token: token}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{cfg, c, *c, c.Reader, c.conn} {
		text, _ := json.Marshal(v)
		if all := fmt.Sprintf("%v %+v %#v %s %s", v, v, v, v, text); strings.Contains(all, secret) {
			t.Errorf("%T prints the token", v)
		}
	}
}

func TestReaderCannotWrite(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) {}, nil)
	type writer interface {
		PatchUser(context.Context, string, Patch) (User, error)
	}
	var r any = &c.Reader
	if _, ok := r.(writer); ok {
		t.Error("a Reader can write")
	}
	if !slices.Contains(Calls(), callPatch) {
		t.Error("the calls lack one")
	}
}
