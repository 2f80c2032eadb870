package mmsim_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
)

const (
	modern = "11.6.0"
	legacy = "5.37.0"
	nobody = "ybndrfg8ejkmcpqxot1uwisza3" // an id that nobody has
	strong = "Passw0rd-long!"
)

// A world is a server with one account of each kind, named after its id.
type world struct {
	*mmsim.Server
	t     *testing.T
	ids   map[string]string
	admin string // a token
	plain string // a token
}

func newWorld(t *testing.T, c mmsim.Config) *world {
	t.Helper()
	if c.Now == nil { // a clock that stands still shows which writes move time by themselves
		c.Now = func() time.Time { return time.UnixMilli(1_800_000_000_000) }
	}
	w := &world{Server: mmsim.New(c), t: t, ids: map[string]string{"nobody": nobody}}
	add := func(u mmsim.User) {
		u.Email = cmp.Or(u.Email, u.Username+"@example.org")
		w.ids[u.Username] = w.Add(u)
	}
	add(mmsim.User{Username: "root", Roles: "system_admin system_user"})
	add(mmsim.User{Username: "pat", FirstName: "Pat", Nickname: "p", Props: map[string]string{"k": "v"}, EmailVerified: true})
	add(mmsim.User{Username: "lea", AuthService: "ldap", AuthData: "lea"})
	add(mmsim.User{Username: "sam", AuthService: "saml", AuthData: "sam", EmailVerified: true})
	add(mmsim.User{Username: "gil", AuthService: "gitlab", AuthData: "gil", FirstName: "Gil"})
	add(mmsim.User{Username: "dee", DeleteAt: 1_700_000_000_000})
	add(mmsim.User{Username: "rex", RemoteID: nobody})
	add(mmsim.User{Username: "bot", IsBot: true, OwnerID: w.ids["pat"], BotDescription: "beeps"})
	w.admin, w.plain = w.Token(w.ids["root"]), w.Token(w.ids["pat"])
	return w
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	text   string
	id     string         // of the error
	fields map[string]any // if the body is an object
	list   []map[string]any
}

// do makes a request with a token. {name} in path and body is the id of that
// user.
func (w *world) do(token, method, path, body string) answer {
	w.t.Helper()
	for name, id := range w.ids {
		path, body = strings.ReplaceAll(path, "{"+name+"}", id), strings.ReplaceAll(body, "{"+name+"}", id)
	}
	rec := w.request(w.t.Context(), token, method, path, body)
	return decode(rec.Code, rec.Header(), rec.Body)
}

func (w *world) request(ctx context.Context, token, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, "/api/v4"+path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

// root makes a request as the administrator.
func (w *world) root(method, path, body string) answer {
	w.t.Helper()
	return w.do(w.admin, method, path, body)
}

func decode(status int, h http.Header, body io.Reader) answer {
	b, _ := io.ReadAll(body) // what is cut short shows in the text
	a := answer{status: status, header: h, text: string(b)}
	_ = json.Unmarshal(b, &a.fields)
	_ = json.Unmarshal(b, &a.list)
	if status >= 400 {
		a.id, _ = a.fields["id"].(string)
	}
	return a
}

// String returns status and error id, like "400 app.user.save.email_exists".
func (a answer) String() string {
	id := strings.TrimSuffix(a.id, ".app_error")
	id = strings.TrimPrefix(strings.TrimPrefix(id, "model.user."), "api.context.")
	return strings.TrimSpace(fmt.Sprint(a.status, " ", id))
}

func (a answer) time(field string) int64 {
	f, _ := a.fields[field].(float64)
	return int64(f)
}

// A row is one request and what it answers, in short: the ends of ids are left
// off as answer.String does.
type row struct {
	version string // "": both give the same
	method  string
	path    string
	body    string
	want    string
}

// run makes each request in a world of its own, with a token that of picks.
func run(t *testing.T, c mmsim.Config, of func(*world) string, rows []row) {
	t.Helper()
	for _, r := range rows {
		for _, version := range []string{modern, legacy} {
			if r.version != "" && r.version != version {
				continue
			}
			t.Run(version+" "+r.method+" "+r.path+" "+r.body[:min(len(r.body), 90)], func(t *testing.T) {
				c := c
				c.Version = version
				w := newWorld(t, c)
				if got := w.do(of(w), r.method, r.path, r.body).String(); got != r.want {
					t.Errorf("got %q, want %q", got, r.want)
				}
			})
		}
	}
}

func asAdmin(w *world) string { return w.admin }
func asPlain(w *world) string { return w.plain }
func asNobody(*world) string  { return "" }
func asBad(*world) string     { return "garbage" }

// both runs a test against both versions.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, version := range []string{modern, legacy} {
		t.Run(version, func(t *testing.T) { test(t, newWorld(t, mmsim.Config{Version: version})) })
	}
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
