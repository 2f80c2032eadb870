package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
)

// typist answers the questions of a terminal.
func typist(out, errs io.Writer, lines, password string) *environment {
	env := systemEnvironment()
	env.stdout, env.stderr, env.stdin = out, errs, strings.NewReader(lines)
	env.asks = func(io.Reader) bool { return true }
	env.conceal = func(io.Reader) (string, error) { return password, nil }
	return env
}

// TestInitServer: a person signs in, whatever happens their session ends, and
// nothing secret is printed.
func TestInitServer(t *testing.T) {
	const password = "Correct-Horse-9"
	for _, tt := range []struct {
		name     string
		typed    string // lines
		password string
		fault    string // of a path
		code     int
		says     string
	}{
		{"with a password", "Root\n", password, "", exitOK, "Made the bot @syncd"},
		{"by e-mail and with a second factor", "MFA@example.org\n123456\n", password, "", exitOK, "Made the bot @syncd"},
		{"with a wrong code", "mfa\n654321\n", password, "", exitSinkFailed, "check_user_mfa.bad_code"},
		{"without a code", "mfa\n", password, "", exitUsage, "read the code"},
		{"with a wrong password", "root\n", "not-the-Password-1", "", exitSinkFailed, "login.invalid_credentials"},
		{"as a plain person", "pat\n", password, "", exitSinkFailed, "no system administrator"},
		{"without a name", "", password, "", exitUsage, "read the user name"},
		{"where no token is made", "root\n", password, "/tokens", exitSinkFailed, "made and not ready"},
		{"where nobody can sign out", "root\n", password, "/logout", exitSinkFailed, "end the session in the System Console"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sim := mmsim.New(mmsim.Config{NoUserTokens: true})
			ids := map[string]string{}
			for _, u := range []mmsim.User{
				{Username: "root", Roles: "system_user system_admin"}, {Username: "pat"},
				{Username: "mfa", Email: "mfa@example.org", Roles: "system_user system_admin", MFA: true},
			} {
				u.Password = password
				ids[u.Username] = sim.Add(u)
			}
			if tt.fault != "" {
				sim.Fault(mmsim.Fault{Method: http.MethodPost, Path: tt.fault, Kind: mmsim.FaultError, Times: 9})
			}
			srv := httptest.NewServer(sim)
			defer srv.Close()
			path := filepath.Join(t.TempDir(), "token")
			var out, errs bytes.Buffer
			env := typist(&out, &errs, tt.typed, tt.password)
			if code := run(t.Context(), env, []string{"init", "server", "--url", srv.URL, "--out", path}); code != tt.code || !strings.Contains(out.String()+errs.String(), tt.says) {
				t.Fatalf("got exit code %d, want %d saying %q\n%s%s", code, tt.code, tt.says, &out, &errs)
			}
			for name, id := range ids {
				if n := sim.Sessions(id); n > 0 && tt.fault != "/logout" {
					t.Errorf("%s is signed in %d times", name, n)
				}
			}
			text, err := os.ReadFile(path)
			made := strings.Contains(out.String(), "Made")
			if made != (err == nil) {
				t.Fatalf("got the file: %v", err)
			}
			secret := strings.TrimSpace(string(text))
			if said := out.String() + errs.String(); strings.Contains(said, tt.password) || made && strings.Contains(said, secret) {
				t.Errorf("something secret was printed:\n%s", said)
			}
			if made {
				works(t, srv.URL, secret)
			}
		})
	}
}

// works checks that a token is a bot's who is an administrator.
func works(t *testing.T, url, secret string) {
	t.Helper()
	c, err := mattermost.New(mattermost.Config{URL: url, Token: func() (string, error) { return secret, nil }})
	if err != nil {
		t.Fatal(err)
	}
	me, err := c.Me(t.Context())
	if err != nil || !me.IsBot || !strings.Contains(me.Roles, "system_admin") {
		t.Errorf("got %+v, %v", me, err)
	}
}

// TestReadLine: what is typed ahead is left for the next question.
func TestReadLine(t *testing.T) {
	r := strings.NewReader(" ada \r\n12")
	line, err := readLine(r)
	if rest, _ := io.ReadAll(r); line != "ada" || err != nil || string(rest) != "12" {
		t.Errorf("got %q, %v and %q left", line, err, rest)
	}
	if _, err := readLine(strings.NewReader("ada")); err == nil {
		t.Error("got no error for a line that does not end")
	}
}
