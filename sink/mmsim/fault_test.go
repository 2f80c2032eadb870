package mmsim_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// A wire is a world behind a real connection.
type wire struct {
	*world
	url    string
	client *http.Client
}

func newWire(t *testing.T) wire {
	w := newWorld(t, mmsim.Config{})
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	return wire{w, srv.URL, srv.Client()}
}

func (w wire) patch(ctx context.Context, nickname string) (answer, error) {
	path := w.url + "/api/v4/users/" + w.ids["pat"] + "/patch"
	r, err := http.NewRequestWithContext(ctx, "PUT", path, strings.NewReader(`{"nickname":"`+nickname+`"}`))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+w.admin)
	res, err := w.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	var text strings.Builder
	_, err = io.Copy(&text, res.Body)
	return decode(res.StatusCode, res.Header, strings.NewReader(text.String())), err
}

func (w wire) nickname() any { return w.root("GET", "/users/{pat}", "").fields["nickname"] }

func TestFaultsThatAnswer(t *testing.T) {
	for _, after := range []bool{false, true} {
		w := newWire(t)
		for _, c := range []struct {
			fault mmsim.Fault
			want  string
			text  string
		}{
			{mmsim.Fault{Kind: mmsim.FaultTooMany, RetryAfter: 7 * time.Second}, "429", "limit exceeded\n"},
			{mmsim.Fault{Kind: mmsim.FaultError}, "500 app.user.get", `{"id":`},
			{mmsim.Fault{Kind: mmsim.FaultGateway}, "502", "<html>"},
		} {
			c.fault.After, c.fault.Method, c.fault.Path = after, "PUT", "/patch"
			w.root("PUT", "/users/{pat}/patch", `{"nickname":"old"}`)
			w.Fault(c.fault)
			got, err := w.patch(t.Context(), "new")
			check(t, "error", err, nil)
			check(t, "answer", got.String(), c.want)
			check(t, "request id", got.header.Get("X-Request-Id") != "", got.status == 500)
			check(t, "text", strings.HasPrefix(got.text, c.text), true)
			check(t, "work done", w.nickname() == "new", after)
			got, err = w.patch(t.Context(), "newer")
			check(t, "the next one", err == nil && got.status == 200, true)
			check(t, "no second time", w.nickname(), any("newer"))
		}
	}
}

func TestFaultRetryAfter(t *testing.T) {
	w := newWire(t)
	w.Fault(mmsim.Fault{Kind: mmsim.FaultTooMany, RetryAfter: 7 * time.Second})
	check(t, "Retry-After", w.root("GET", "/users/me", "").header.Get("Retry-After"), "7")
}

func TestFaultIgnore(t *testing.T) {
	w := newWire(t)
	for _, path := range []string{"/patch", "/active", "/auth", "/roles", "/password", "/revoke/all"} {
		w.Fault(mmsim.Fault{Path: path, Kind: mmsim.FaultIgnore})
	}
	before := w.root("GET", "/users/{pat}", "")
	web := w.Login(w.ids["pat"])
	got := w.root("PUT", "/users/{pat}/patch", `{"email":"new@example.org"}`)
	check(t, "patch", got.String(), "200")
	check(t, "the old e-mail", got.fields["email"], any("pat@example.org"))
	check(t, "active", w.root("PUT", "/users/{pat}/active", `{"active":false}`).status, 200)
	check(t, "auth", w.root("PUT", "/users/{pat}/auth", `{"auth_service":"saml","auth_data":"x"}`).status, 200)
	check(t, "roles", w.root("PUT", "/users/{pat}/roles", `{"roles":""}`).status, 200)
	check(t, "password", w.root("PUT", "/users/{pat}/password", `{"new_password":"x","already_hashed":"true"}`).status, 200)
	check(t, "revoke", w.root("POST", "/users/{pat}/sessions/revoke/all", "").status, 200)
	check(t, "nothing done", w.root("GET", "/users/{pat}", "").text, before.text)
	check(t, "still signed in", w.do(web, "GET", "/users/me", "").status, 200)
}

func TestFaultCut(t *testing.T) {
	w := newWire(t)
	w.Fault(mmsim.Fault{Kind: mmsim.FaultCut})
	got, err := w.patch(t.Context(), "new")
	check(t, "unexpected EOF", errors.Is(err, io.ErrUnexpectedEOF), true)
	check(t, "status", got.status, 200)
	check(t, "begins well", strings.HasPrefix(got.text, `{"id":"`+w.ids["pat"]), true)
	check(t, "work done", w.nickname(), any("new"))
}

func TestFaultReset(t *testing.T) {
	for _, after := range []bool{false, true} {
		w := newWire(t)
		w.Fault(mmsim.Fault{Kind: mmsim.FaultReset, After: after})
		_, err := w.patch(t.Context(), "new")
		check(t, "reset", errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF), true)
		check(t, "work done", w.nickname() == "new", after)
	}
}

func TestFaultHang(t *testing.T) {
	for _, after := range []bool{false, true} {
		w := newWire(t)
		w.Fault(mmsim.Fault{Kind: mmsim.FaultHang, After: after})
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond) // it has to arrive on a busy machine
		_, err := w.patch(ctx, "new")
		cancel()
		check(t, "given up", errors.Is(err, context.DeadlineExceeded), true)
		check(t, "work done", w.nickname() == "new", after)
	}
}

func TestFaultsMatchAndRunOut(t *testing.T) {
	w := newWire(t)
	w.Fault(mmsim.Fault{Method: "POST", Path: "/users/ids", Times: 2, Kind: mmsim.FaultError})
	check(t, "another path", w.root("POST", "/users/usernames", `["pat"]`).status, 200)
	check(t, "another method", w.root("GET", "/users/ids", "").status, 400)
	for i, want := range []int{500, 500, 200} {
		if got := w.root("POST", "/users/ids", `["{pat}"]`).status; got != want {
			t.Errorf("call %d: got %d, want %d", i, got, want)
		}
	}
	w.Fault(mmsim.Fault{Times: 99, Kind: mmsim.FaultError})
	w.ClearFaults()
	check(t, "cleared", w.root("GET", "/users/me", "").status, 200)
}

// A client that gives up does not stop the work.
func TestWorkOutlivesClient(t *testing.T) {
	w := newWorld(t, mmsim.Config{Latency: 100 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		time.AfterFunc(10*time.Millisecond, cancel) // it has arrived
		w.ServeHTTP(rw, r)
	}))
	x := wire{w, srv.URL, srv.Client()}
	_, err := x.patch(ctx, "new")
	check(t, "given up", errors.Is(err, context.Canceled), true)
	srv.Close() // waits for what is under way
	check(t, "nickname", x.nickname(), any("new"))
}
