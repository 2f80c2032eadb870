package ldapdir

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
)

// A plainEntry is an entry as both ways of decoding see it.
type plainEntry struct {
	DN    string
	Attrs [][]string // name, then values
}

// TestDecodesAsTheLibraryDoes holds the tap to the library's own decoding, over
// random entries.
func TestDecodesAsTheLibraryDoes(t *testing.T) {
	const rounds, each = 40, 25
	for seed := range uint64(rounds) {
		f := newFake(t, func(_, id int, c net.Conn) {
			r := rand.New(rand.NewPCG(seed, 0))
			for i := range each {
				_, _ = c.Write(randomEntry(r, id, i))
			}
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		})
		want, got := byLibrary(t, f), byTap(t, f)
		if diff := cmp.Diff(got, want); diff != "" || len(got) != each {
			t.Fatalf("seed %d: %d entries (-tap +library):\n%s", seed, len(got), diff)
		}
	}
}

func randomEntry(r *rand.Rand, id, i int) []byte {
	var attrs [][]byte
	for a := range r.IntN(6) {
		values := make([]string, r.IntN(5))
		for v := range values {
			b := make([]byte, r.IntN(300))
			for j := range b {
				b[j] = byte(r.Uint32())
			}
			values[v] = string(b)
		}
		attrs = append(attrs, attr(fmt.Sprintf("attr%d;lang-de", a), values...))
	}
	return somebody(id, fmt.Sprintf("cn=%d,%x", i, r.Uint64()), attrs...)
}

func dialFake(t *testing.T, f *fake) *conn {
	t.Helper()
	s, err := New(f.config(), mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.config.address(f.url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.connect(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func byLibrary(t *testing.T, f *fake) []plainEntry {
	t.Helper()
	c := dialFake(t, f)
	result, err := c.ldap.Search(ldap.NewSearchRequest("", ldap.ScopeWholeSubtree, 0, 0, 0, false, "(a=*)", nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	var all []plainEntry
	for _, e := range result.Entries {
		p := plainEntry{DN: e.DN}
		for _, a := range e.Attributes {
			p.Attrs = append(p.Attrs, append([]string{a.Name}, a.Values...))
		}
		all = append(all, p)
	}
	return all
}

func byTap(t *testing.T, f *fake) []plainEntry {
	t.Helper()
	var all []plainEntry
	s := &search{filter: "(a=*)", page: 100, take: func(e entry) error {
		p := plainEntry{DN: string(e.dn)}
		err := e.each(func(name, values []byte) error {
			list := []string{string(name)}
			err := eachValue(values, func(v []byte) { list = append(list, string(v)) })
			p.Attrs = append(p.Attrs, list)
			return err
		})
		all = append(all, p)
		return err
	}}
	c := dialFake(t, f)
	if err := c.run(t.Context(), s, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	return all
}

// A stream is a connection that sends given bytes and takes all.
type stream struct{ *bytes.Reader }

func (stream) Write(p []byte) (int, error)      { return len(p), nil }
func (stream) Close() error                     { return nil }
func (stream) LocalAddr() net.Addr              { return nil }
func (stream) RemoteAddr() net.Addr             { return nil }
func (stream) SetDeadline(time.Time) error      { return nil }
func (stream) SetReadDeadline(time.Time) error  { return nil }
func (stream) SetWriteDeadline(time.Time) error { return nil }

// FuzzTap: whatever a server sends, the tap gives whole entries or an error,
// never a panic, and never more than was sent.
func FuzzTap(f *testing.F) {
	f.Add(append(full(2, "ann"), done(2, opSearchDone, 0, paging(""))...))
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Add([]byte{tagSequence, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, sent []byte) {
		tap := newTap(stream{bytes.NewReader(sent)})
		taken := 0
		tap.feed(func(e entry) error {
			taken += len(e.dn) + len(e.attrs)
			return e.each(func(name, values []byte) error { return nil })
		})
		_, _ = tap.Write(envelope(2, tlv(opSearch)))
		rest, err := io.ReadAll(tap)
		if taken+len(rest) > len(sent) {
			t.Errorf("got %d bytes of %d", taken+len(rest), len(sent))
		}
		if err == nil && tap.broken() != io.EOF {
			t.Errorf("got %v, want an end that is known", tap.broken())
		}
	})
}
