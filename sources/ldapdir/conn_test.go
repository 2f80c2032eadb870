package ldapdir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A raw server does what it likes with each connection.
func rawServer(t *testing.T, serve func(c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return "ldap://" + l.Addr().String()
}

// silent reads all and says nothing.
func silent(c net.Conn) {
	b := make([]byte, 1024)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// afterStartTLS answers the request for encryption with a code, and then does
// something else.
func afterStartTLS(code byte, then func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		r := bufio.NewReader(c)
		if _, err := readMessage(r); err != nil {
			return
		}
		_, _ = c.Write(done(1, opExtendedDone, code))
		then(c)
	}
}

// TestNoCallWaitsForEver: whatever a server does not do, the read ends.
func TestNoCallWaitsForEver(t *testing.T) {
	asked := make(chan string, 10)
	tests := map[string]struct {
		serve    func(net.Conn)
		startTLS bool
		want     string
	}{
		"a bind that is not answered":      {silent, false, "no answer within 400ms"},
		"StartTLS that is not answered":    {silent, true, "no answer within 400ms"},
		"a handshake that is not answered": {afterStartTLS(0, silent), true, "no answer within 400ms"},
		"StartTLS that is refused": {afterStartTLS(2, func(c net.Conn) {
			if _, err := readMessage(bufio.NewReader(c)); err == nil {
				asked <- "a request in clear text after StartTLS was refused"
			}
		}), true, "refused with code 2: use ldaps://"},
		"StartTLS answered with nonsense": {func(c net.Conn) { _, _ = c.Write([]byte("220 ready\r\n")); silent(c) }, true, "start TLS"},
		"a connection that ends at once":  {func(net.Conn) {}, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := (&fake{url: rawServer(t, tt.serve)}).config()
			c.StartTLS, c.Timeout, c.Idle = tt.startTLS, 400*time.Millisecond, time.Hour
			if _, err := read(t, c); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			s, err := New(c, mapping(t))
			if err != nil {
				t.Fatal(err)
			}
			s.Diagnose(t.Context(), func(f Finding) { err = errors.Join(err, f.Err) })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("doctor: got %v, want %q", err, tt.want)
			}
		})
	}
	t.Cleanup(func() {
		select {
		case what := <-asked:
			t.Error(what)
		default:
		}
	})
}

func TestCancelEndsABind(t *testing.T) {
	why := errors.New("somebody pressed Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := (&fake{url: rawServer(t, func(c net.Conn) { cancel(why); silent(c) })}).config()
	c.Timeout = time.Hour
	s, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(ctx); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}

// TestServersOfSRV: DNS names the servers and their order.
func TestServersOfSRV(t *testing.T) {
	asked := ""
	c := Config{SRV: "example.org", lookup: func(_ context.Context, service string) ([]*net.SRV, error) {
		asked = service
		return []*net.SRV{{Target: "dc2.example.org.", Port: 636}, {Target: "dc1.example.org.", Port: 1636}}, nil
	}}
	s, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	servers, err := s.addresses(t.Context())
	var got []string
	for _, a := range servers {
		got = append(got, a.String())
	}
	if want := []string{"ldaps://dc2.example.org:636", "ldaps://dc1.example.org:1636"}; err != nil || !slices.Equal(got, want) || asked != "ldaps" {
		t.Errorf("got %q of _%s, %v, want %q", got, asked, err, want)
	}
	for _, answer := range []error{nil, errors.New("no such host")} {
		c.lookup = func(context.Context, string) ([]*net.SRV, error) { return nil, answer }
		if s, err = New(c, mapping(t)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "name the servers by urls") {
			t.Errorf("got %v", err)
		}
	}
}

// TestFailOverStartsAnew: what a server said before it failed is forgotten.
func TestFailOverStartsAnew(t *testing.T) {
	broken := newFake(t, func(search, id int, c net.Conn) {
		if !skipSchema(search, id, c) {
			_, _ = c.Write(full(id, "ann"))
			c.Close()
		}
	})
	whole := newFake(t, func(search, id int, c net.Conn) {
		if !skipSchema(search, id, c) {
			_, _ = c.Write(full(id, "bob"))
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		}
	})
	c := broken.config()
	c.URLs = append(c.URLs, whole.url)
	got, err := read(t, c)
	if names := usernames(got); err != nil || !slices.Equal(names, []string{"bob"}) {
		t.Errorf("got %q, %v, want bob alone", names, err)
	}
}

// TestExplainsActiveDirectory: each code that a domain controller gives for a
// refused bind.
func TestExplainsActiveDirectory(t *testing.T) {
	for code, want := range map[string]string{
		"525": "no such account", "52e": "wrong password", "530": "time of day", "531": "this machine", "532": "password has expired",
		"533": "disabled", "701": "account has expired", "773": "new password first", "775": "locked", "80090346": "channel binding", "fff": "otherwise",
	} {
		if got := adviseAD(code, "otherwise"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

// TestWrongPasswordIsTriedOnce: each server would count it, and lock the
// account.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	var binds, answer atomic.Int32
	refuse := func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			m, err := readMessage(r)
			if err != nil {
				return
			}
			binds.Add(1)
			id, _, _, _ := message(m)
			_, _ = c.Write(done(id, opBindDone, byte(answer.Load())))
		}
	}
	c := (&fake{url: rawServer(t, refuse)}).config()
	c.URLs = append(c.URLs, rawServer(t, refuse), rawServer(t, refuse))
	s, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	ways := map[string]func() error{
		"read":   func() error { _, err := s.Read(t.Context()); return err },
		"anchor": func() error { _, _, err := s.Anchors(t.Context(), "ann"); return err },
		"doctor": func() (err error) {
			s.Diagnose(t.Context(), func(f Finding) {
				told = append(told, f.Step)
				err = errors.Join(err, f.Err)
			})
			return err
		},
	}
	for code, want := range map[int32]int32{49: 1, 19: 1, 53: 1, 51: 3} { // 51: busy
		answer.Store(code)
		for name, way := range ways {
			binds.Store(0)
			if err := way(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("code %d", code)) {
				t.Errorf("%s: got %v, want code %d", name, err, code)
			}
			if n := binds.Load(); n != want {
				t.Errorf("%s: got %d binds after code %d, want %d", name, n, code, want)
			}
		}
	}
	if len(told) != 4*9 {
		t.Errorf("got the steps %q, want three with each server", told)
	}
}

// TestOverlappingBases: nobody is read twice and held as their own twin.
func TestOverlappingBases(t *testing.T) {
	s := newSlapd(t, person("ann")+"dn: uid=bob,"+suffix+"\nobjectClass: inetOrgPerson\nuid: bob\ncn: bob\nsn: bob\nmail: bob@example.org\n\n")
	for scope, bases := range map[string][]string{
		"sub": {"ou=people," + suffix, suffix, "OU=People, DC=Example,DC=org"},
		"one": {"ou=people," + suffix, suffix, "OU=People, DC=Example,DC=org"},
	} {
		c := s.config()
		c.Bases, c.Scope = bases, scope
		got, err := read(t, c)
		if names := usernames(got); err != nil || !slices.Equal(names, []string{"ann", "bob"}) || got.Receipt.Entries != 2 {
			t.Errorf("%s: got %q of %d entries, %v, want ann and bob, each once", scope, names, got.Receipt.Entries, err)
		}
	}
}

// TestEveryBaseHasSomebody: one of several bases that is empty is as odd as all
// of them.
func TestEveryBaseHasSomebody(t *testing.T) {
	s := newSlapd(t, person("ann"))
	c := s.config()
	c.Bases = append(c.Bases, "ou=other,"+suffix)
	if got, err := read(t, c); err == nil || !strings.Contains(err.Error(), "search ou=other,"+suffix+": the search found nobody") || len(got.Identities) > 0 {
		t.Errorf("got %d people, %v", len(got.Identities), err)
	}
}
