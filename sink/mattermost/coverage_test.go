package mattermost

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A sent is a request as the server sees it.
type sent struct{ call, method, path string }

// TestCoverage holds the table to the client: each of its methods is called, and
// what the server sees must be in the row that names the call.
func TestCoverage(t *testing.T) {
	users, others := Coverage()
	all := slices.Concat(users, others)
	if len(users) != 62 {
		t.Errorf("got %d functions of the users API, want 62", len(users))
	}
	made := make(map[string]bool)
	const id = "abcdefghijklmnopqrstuvwxyz"
	for _, s := range append(everyRequest(t, id, false), everyRequest(t, id, true)...) {
		made[s.call] = true
		if !slices.ContainsFunc(all, func(f Function) bool { return slices.Contains(f.Calls, s.call) && f.Matches(s.method, s.path) }) {
			t.Errorf("the client sends %s %s as %q, and Coverage() has no row with this route and this call: put %q into the Calls of the row of its function",
				s.method, s.path, s.call, s.call)
		}
	}
	for _, call := range Calls() {
		if !made[call] && call != callPing {
			t.Errorf("no method of the client makes the call %q", call)
		}
	}
	checkRows(t, all)
}

// checkRows looks at the table itself.
func checkRows(t *testing.T, all []Function) {
	t.Helper()
	names, routes := make(map[string]bool), make(map[string]bool)
	for _, f := range all {
		if names[f.Name] || routes[f.Route] || f.Why == "" {
			t.Errorf("%s: the name or the route is there twice, or it says no reason", f.Name)
		}
		names[f.Name], routes[f.Route] = true, true
		if used := f.Use != NotUsed && f.Use != NotYet; used != (len(f.Calls) > 0) {
			t.Errorf("%s: it is %q, and its calls are %v: a function is used if and only if a call makes it", f.Name, f.Use, f.Calls)
		}
		for _, call := range f.Calls {
			if !slices.Contains(Calls(), call) {
				t.Errorf("%s: there is no call %q in Calls()", f.Name, call)
			}
		}
	}
	for _, call := range Calls() {
		if !slices.ContainsFunc(all, func(f Function) bool { return slices.Contains(f.Calls, call) }) {
			t.Errorf("Coverage() has no row with the call %q: put it into the Calls of the row of its function", call)
		}
	}
}

// everyRequest calls every method of the client, with the same text for each
// text that it takes, and returns what the server saw: over the network, or over
// its socket.
func everyRequest(t *testing.T, text string, local bool) []sent {
	t.Helper()
	var all []sent
	var method, path string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, path = r.Method, strings.TrimPrefix(r.URL.EscapedPath(), "/api/v4")
		if local && method == http.MethodGet && strings.Count(path, "/") == 2 {
			io.WriteString(w, `{"id":"a","notify_props":{}}`)
			return
		}
		http.Error(w, `{"id":"api.test","message":"No."}`, http.StatusConflict)
	}))
	address := onSocket(t, srv)
	srv.Start()
	defer srv.Close()
	if !local {
		network := httptest.NewServer(srv.Config.Handler)
		defer network.Close()
		address = network.URL
	}
	c, err := New(Config{URL: address, Token: token, Tries: 1, Timeout: 5 * time.Second,
		Observe: func(c Call) {
			if method != "" {
				all = append(all, sent{c.Name, method, path})
			}
			method = ""
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.http.CloseIdleConnections()
	client := reflect.ValueOf(c)
	for i := range client.NumMethod() {
		callMethod(client.Method(i), text)
	}
	return all
}

// onSocket lets a server that is not started yet listen on a socket, and returns
// the address of that.
func onSocket(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv.Listener.Close()
	srv.Listener = l
	return "unix:" + path
}

// callMethod calls a method with values made up for its parameters.
func callMethod(m reflect.Value, text string) {
	args := make([]reflect.Value, m.Type().NumIn())
	for i := range args {
		args[i] = reflect.New(m.Type().In(i)).Elem()
		switch v := args[i].Addr().Interface().(type) {
		case *context.Context:
			*v = context.Background()
		case *string:
			*v = text
		case *[]string:
			*v = []string{text}
		case *[]byte:
			*v = []byte(text)
		}
	}
	m.Call(args)
}

// TestNobodyIsDeletedForWantOfAnID: whatever stands for an id, the call that
// deletes everybody is never sent, nor one that a proxy would make it of.
func TestNobodyIsDeletedForWantOfAnID(t *testing.T) {
	for _, id := range []string{"", ".", "..", "?permanent=true", "#", "a/..", "%2e"} {
		for _, s := range append(everyRequest(t, id, false), everyRequest(t, id, true)...) {
			tail := strings.TrimPrefix(strings.TrimRight(s.path, "/"), "/users/")
			if s.method == http.MethodDelete && (s.path == "/users" || tail == "" || tail == "." || tail == "..") {
				t.Errorf("%q for an id: the client sends %s %s", id, s.method, s.path)
			}
			if strings.Contains(s.path, "//") || strings.HasSuffix(s.path, "/") {
				t.Errorf("%q for an id: the client sends %s %s", id, s.method, s.path)
			}
		}
	}
}
