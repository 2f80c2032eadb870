package mattermost

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestConfigMistakes(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	says := func(s string) func() (string, error) { return func() (string, error) { return s, nil } }
	tests := []struct {
		cfg  Config
		want string // "": no mistake
	}{
		{Config{URL: "https://chat.example.org", Token: token}, ""},
		{Config{URL: "https://chat.example.org/mm/", Token: token}, ""},
		{Config{URL: "http://127.0.0.1:8065", Token: token}, ""},
		{Config{URL: "http://[::1]:8065", Token: token}, ""},
		{Config{URL: "http://localhost:8065", Token: token}, ""},
		{Config{URL: "http://chat.example.org", AllowHTTP: true, Token: token}, ""},
		{Config{URL: "http://chat.example.org", Token: token}, "clear text"},
		{Config{URL: "http://localhost.example.org", Token: token}, "clear text"},
		{Config{URL: "chat.example.org", Token: token}, "no address"},
		{Config{URL: "", Token: token}, "no address"},
		{Config{URL: "ftp://chat.example.org", Token: token}, "want https"},
		{Config{URL: "https://u:pw@chat.example.org", Token: token}, "no user"},
		{Config{URL: "https://chat.example.org?a=b", Token: token}, "no user, query"},
		{Config{URL: "https://chat.example.org/api/v4", Token: token}, "without /api/v4"},
		{Config{URL: "https://chat.example.org"}, "token: none is set"},
		{Config{URL: "https://chat.example.org", Token: says(" \n")}, "token: it is empty"},
		{Config{URL: "https://chat.example.org", Token: says("a\nb")}, "no token has"},
		{Config{URL: "https://chat.example.org", Token: func() (string, error) { return "", errors.New("gone") }}, "gone"},
		{Config{URL: "https://chat.example.org", Token: token, CAFile: filepath.Join(dir, "none")}, "ca_file"},
		{Config{URL: "https://chat.example.org", Token: token, CAFile: empty}, "no PEM"},
	}
	for _, tt := range tests {
		_, err := New(tt.cfg)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.cfg.URL, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("error %q holds a password", err)
		}
	}
}

func TestTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(person)) }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	calls := 0
	observe := func(c Call) {
		calls++
		if got, want := c.Certificate, srv.Certificate().NotAfter; !got.Equal(want) {
			t.Errorf("call %d: got a certificate until %v, want %v, whether or not it is believed", calls, got, want)
		}
	}
	stranger, err := New(Config{URL: srv.URL, Token: token, FirstWait: time.Microsecond, Observe: observe})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stranger.CreateUser(t.Context(), NewUser{})
	if checkFailure(t, err, ErrUnavailable, false, "set ca_file"); calls != 1 {
		t.Errorf("got %d tries, want 1: a certificate does not get better", calls)
	}
	friend, err := NewReader(Config{URL: srv.URL, Token: token, Tries: 1, CAFile: ca, Observe: observe})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := friend.Me(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPaceHeedsTheServer(t *testing.T) {
	h := func(limit, left, reset string) http.Header {
		return http.Header{"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {left}, "X-Ratelimit-Reset": {reset}}
	}
	twice := h("101", "90", "2")
	twice.Add("X-RateLimit-Limit", "101")
	twice.Add("X-RateLimit-Remaining", "1")
	twice.Add("X-RateLimit-Reset", "10")
	turned := h("101", "1", "10")
	turned.Add("X-RateLimit-Limit", "101")
	turned.Add("X-RateLimit-Remaining", "90")
	turned.Add("X-RateLimit-Reset", "2")
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration // between two requests
	}{
		{"full", h("101", "100", "1"), 0},
		{"three quarters used", h("101", "26", "8"), 0},
		{"nearly empty", h("101", "1", "10"), 100 * time.Millisecond},
		{"the emptier of two", twice, 100 * time.Millisecond},
		{"the emptier of two, first", turned, 100 * time.Millisecond},
		{"absurd", h("101", "0", "99999999"), 60 * time.Second / 101},
		{"not numbers", h("x", "0", "1"), 0},
		{"none", http.Header{}, 0},
	}
	for _, tt := range tests {
		p := newPace(0)
		p.heed(tt.header)
		now := time.Unix(1, 0)
		first, second := p.slot(now), p.slot(now)
		if got := second.Sub(first); got != tt.want || !first.Equal(now) {
			t.Errorf("%s: got a gap of %v, want %v", tt.name, got, tt.want)
		}
		if got := p.bucket(); got.Spacing != tt.want || (got.Size > 0) != (tt.want > 0 || tt.header.Get("X-Ratelimit-Limit") == "101") {
			t.Errorf("%s: told %+v", tt.name, got)
		}
	}
	full := newPace(0)
	full.heed(twice)
	if got, want := full.bucket(), (Bucket{101, 1, 100 * time.Millisecond}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	p := newPace(0)
	p.pause(time.Unix(1, 0), 24*time.Hour, 3*time.Second) // more than anybody waits for
	if got := p.slot(time.Unix(2, 0)); !got.Equal(time.Unix(4, 0)) {
		t.Errorf("got %v after a pause, want 4 s", got)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"":                              0,
		"3":                             3 * time.Second,
		"-3":                            0,
		"soon":                          0,
		"99999999999":                   0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second,
		"Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("%q: got %v, want %v", v, got, want)
		}
	}
}
