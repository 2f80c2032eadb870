package ldapdir

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"
)

// A fake is a server that answers each bind with success and each search as a
// script says.
type fake struct {
	url    string
	script func(search int, id int, c net.Conn)

	mu    stdsync.Mutex
	asked []string // all requests, as bytes
}

// wasAsked reports whether a request had the text in it.
func (f *fake) wasAsked(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.asked, func(m string) bool { return strings.Contains(m, text) })
}

func newFake(t testing.TB, script func(search, id int, c net.Conn)) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f := &fake{url: "ldap://" + l.Addr().String(), script: script}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(c)
		}
	}()
	return f
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	searches := 0
	for {
		m, err := readMessage(r)
		if err != nil {
			return
		}
		f.mu.Lock()
		f.asked = append(f.asked, string(m))
		f.mu.Unlock()
		id, op, _, err := message(m)
		switch {
		case err != nil:
			return
		case op == 0x60:
			_, _ = c.Write(done(id, opBindDone, 0))
		case op == opSearch:
			searches++
			f.script(searches, id, c)
		}
	}
}

// readMessage reads one whole message.
func readMessage(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(6)
	if len(head) < 2 {
		return nil, err
	}
	n, size, err := length(head[1:])
	if err != nil {
		return nil, err
	}
	m := make([]byte, 1+size+n)
	_, err = io.ReadFull(r, m)
	return m, err
}

// tlv builds an element.
func tlv(tag byte, parts ...[]byte) []byte {
	var content []byte
	for _, p := range parts {
		content = append(content, p...)
	}
	head := []byte{tag, byte(len(content))}
	if len(content) >= 0x80 {
		head = append([]byte{tag, 0x84}, binary.BigEndian.AppendUint32(nil, uint32(len(content)))...)
	}
	return append(head, content...)
}

func octets(s string) []byte { return tlv(tagOctets, []byte(s)) }

func envelope(id int, parts ...[]byte) []byte {
	return tlv(tagSequence, append([][]byte{tlv(tagInteger, []byte{byte(id >> 8), byte(id)})}, parts...)...)
}

// done is the end of an operation.
func done(id int, op byte, code byte, controls ...[]byte) []byte {
	parts := [][]byte{tlv(op, tlv(tagEnum, []byte{code}), octets(""), octets(""))}
	if len(controls) > 0 {
		parts = append(parts, tlv(0xa0, controls...))
	}
	return envelope(id, parts...)
}

// paging is the control of a page.
func paging(cookie string) []byte {
	return tlv(tagSequence, octets("1.2.840.113556.1.4.319"),
		octets(string(tlv(tagSequence, tlv(tagInteger, []byte{0}), octets(cookie)))))
}

// somebody is an entry; attrs are name and values in turn.
func somebody(id int, dn string, attrs ...[]byte) []byte {
	return envelope(id, tlv(opEntry, octets(dn), tlv(tagSequence, attrs...)))
}

func attr(name string, values ...string) []byte {
	var list [][]byte
	for _, v := range values {
		list = append(list, octets(v))
	}
	return tlv(tagSequence, octets(name), tlv(tagSet, list...))
}

func full(id int, uid string) []byte {
	return somebody(id, "uid="+uid+",ou=people,dc=example,dc=org", attr("UID", uid), attr("mail", uid+"@example.org"), attr("entryuuid", "uuid-"+uid))
}

// skipSchema answers the two look-ups before a search so that the filter is not
// checked, and reports whether it did.
func skipSchema(search, id int, c net.Conn) bool {
	if search > 1 {
		return false
	}
	_, _ = c.Write(done(id, opSearchDone, 0))
	return true
}

func (f *fake) config() Config {
	return Config{
		Name: "ldap", URLs: []string{f.url}, BindDN: "cn=x", Password: password("x"), Bases: []string{"ou=people,dc=example,dc=org"},
		Anchor: Text, Timeout: 2 * time.Second, Idle: 300 * time.Millisecond,
	}
}
