package ldapdir

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// TestNoReadIsSilentlyPartial: whatever a server does in the middle of a read,
// it is an error, and nobody comes beside it.
func TestNoReadIsSilentlyPartial(t *testing.T) {
	const more = "more"
	reference := func(id int, url string) []byte { return envelope(id, tlv(opReference, octets(url))) }
	tests := map[string]struct {
		page func(n, id int) [][]byte // nil: close the connection
		want string
	}{
		"cut between pages": {func(n, id int) [][]byte {
			if n == 1 {
				return [][]byte{full(id, "ann"), done(id, opSearchDone, 0, paging(more))}
			}
			return nil
		}, "page 2: the connection was lost after 1 entries (EOF): was the server stopped?"},
		"cut inside a message": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), full(id, "bob")[:20], nil}
		}, "page 1: the connection was lost after 1 entries (unexpected EOF)"},
		"no paging control on the first page": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(id, opSearchDone, 0)}
		}, "without saying whether there are more"},
		"no paging control on the last page": {func(n, id int) [][]byte {
			if n == 1 {
				return [][]byte{full(id, "ann"), done(id, opSearchDone, 0, paging(more))}
			}
			return [][]byte{full(id, "bob"), done(id, opSearchDone, 0)}
		}, "without saying whether there are more"},
		"the same page again and again": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(id, opSearchDone, 0, paging(more))}
		}, "the same entries again and again"},
		"empty pages for ever": {func(_, id int) [][]byte {
			return [][]byte{done(id, opSearchDone, 0, paging(more))}
		}, "one empty page after the other"},
		"size limit": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(id, opSearchDone, 4, paging(""))}
		}, "code 4"},
		"time limit": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(id, opSearchDone, 3, paging(""))}
		}, "code 3): the server gives a search only so much time"},
		"administrative limit": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(id, opSearchDone, 11, paging(""))}
		}, "code 11"},
		"busy on a later page": {func(n, id int) [][]byte {
			if n < 3 {
				return [][]byte{full(id, string(rune('a'+n))), done(id, opSearchDone, 0, paging(more))}
			}
			return [][]byte{done(id, opSearchDone, 51)}
		}, "code 51"},
		"a reference inside the base": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), reference(id, "ldap://dc2/ou=sales,ou=people,dc=example,dc=org"), done(id, opSearchDone, 0, paging(""))}
		}, "on another server"},
		"an answer to another request": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), full(id+7, "bob"), done(id, opSearchDone, 0, paging(""))}
		}, "not LDAP"},
		"an operation that does not belong": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(id, 0x6b, 0), done(id, opSearchDone, 0, paging(""))}
		}, "operation 0x6b"},
		"an id that is no integer": {func(_, id int) [][]byte {
			return [][]byte{tlv(tagSequence, octets("1"), tlv(opEntry, octets("uid=x"), tlv(tagSequence))), done(id, opSearchDone, 0, paging(""))}
		}, "not LDAP"},
		"an entry whose value is a number": {func(_, id int) [][]byte {
			return [][]byte{somebody(id, "uid=x", tlv(tagSequence, octets("uid"), tlv(tagSet, tlv(tagInteger, []byte{1})))), done(id, opSearchDone, 0, paging(""))}
		}, "not LDAP"},
		"an entry without attributes list": {func(_, id int) [][]byte {
			return [][]byte{envelope(id, tlv(opEntry, octets("uid=x"))), done(id, opSearchDone, 0, paging(""))}
		}, "not LDAP"},
		"an entry with something behind its attributes": {func(_, id int) [][]byte {
			return [][]byte{envelope(id, tlv(opEntry, octets("uid=x"), tlv(tagSequence), octets("more"))), done(id, opSearchDone, 0, paging(""))}
		}, "not LDAP"},
		"notice of disconnection": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), done(0, opExtendedDone, 52)}
		}, "closes the connection"},
		"garbage": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), []byte("HTTP/1.1 400 Bad Request\r\n\r\n")}
		}, "not LDAP"},
		"a huge message": {func(_, id int) [][]byte {
			return [][]byte{full(id, "ann"), {tagSequence, 0x84, 0x7f, 0xff, 0xff, 0xff}}
		}, "a message of 2147483653 bytes"},
		"silence": {func(_, id int) [][]byte { return [][]byte{full(id, "ann")} }, "silent for 300ms"},
		"nobody":  {func(_, id int) [][]byte { return [][]byte{done(id, opSearchDone, 0, paging(""))} }, "found nobody"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(search, id int, c net.Conn) {
				if skipSchema(search, id, c) {
					return
				}
				parts := tt.page(search-1, id)
				for _, p := range parts {
					if p == nil {
						c.Close()
						return
					}
					_, _ = c.Write(p)
				}
				if parts == nil {
					c.Close()
				}
			})
			got, err := read(t, f.config())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %d people and error %v, want one with %q", len(got.Identities), err, tt.want)
			}
			if len(got.Identities)+len(got.Rejects) > 0 {
				t.Errorf("got %d people beside the error", len(got.Identities))
			}
		})
	}
}

// TestWholeReads: what looks odd and is whole.
func TestWholeReads(t *testing.T) {
	const same = "same" // Samba and 389-ds send one cookie all the time
	f := newFake(t, func(search, id int, c net.Conn) {
		switch {
		case skipSchema(search, id, c):
		case search == 2:
			_, _ = c.Write(full(id, "ann"))
			_, _ = c.Write(done(id, opSearchDone, 0, paging(same)))
		case search == 3:
			_, _ = c.Write(envelope(id, tlv(opReference, octets("ldap://dc/DC=DomainDnsZones,dc=example,dc=org"))))
			_, _ = c.Write(done(id, opSearchDone, 0, paging(same)))
		default:
			_, _ = c.Write(somebody(id, "uid=\xff,ou=people,dc=example,dc=org", attr("uid", "b\xffb"), attr("mail", "b@example.org"), attr("entryUUID", "uuid-b")))
			_, _ = c.Write(somebody(id, "cn=noanchor", attr("uid", "cy"), attr("mail", "cy@example.org")))
			_, _ = c.Write(somebody(id, "cn=twoanchors", attr("uid", "di"), attr("mail", "di@example.org"), attr("entryUUID", "uuid-d", "uuid-e")))
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		}
	})
	c := f.config()
	c.Ignored = []string{"DC=DomainDnsZones,DC=example,DC=org"}
	got, err := read(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Identities) != 1 || got.Identities[0].Key != "ldap:uuid-ann" || got.Receipt.Entries != 4 {
		t.Errorf("got %+v, want ann of 4 entries", got.Identities)
	}
	want := []sync.Reject{
		{Key: "ldap:uuid-b", Origin: sync.Origin{Source: "ldap", Place: `uid=\ff,ou=people,dc=example,dc=org`}, Reason: sync.RejectValue},
		{Key: "", Origin: sync.Origin{Source: "ldap", Place: "cn=noanchor"}, Reason: sync.RejectAnchor},
		{Key: "", Origin: sync.Origin{Source: "ldap", Place: "cn=twoanchors"}, Reason: sync.RejectAnchor},
	}
	for i, r := range got.Rejects {
		r.Detail, r.Hints = "", ""
		if i >= len(want) || r != want[i] {
			t.Errorf("got reject %+v", got.Rejects[i])
		}
	}
	if len(got.Rejects) != len(want) {
		t.Errorf("got %d rejects, want %d", len(got.Rejects), len(want))
	}
}

// TestSlowIsNotSilent: a server may take longer than a silence may last, as long
// as something comes.
func TestSlowIsNotSilent(t *testing.T) {
	f := newFake(t, func(search, id int, c net.Conn) {
		if skipSchema(search, id, c) {
			return
		}
		for i := range 6 {
			time.Sleep(100 * time.Millisecond)
			_, _ = c.Write(full(id, string(rune('a'+i))))
		}
		_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
	})
	if got, err := read(t, f.config()); err != nil || len(got.Identities) != 6 {
		t.Errorf("got %d people, %v, want 6", len(got.Identities), err)
	}
}

// TestRangesAreReadToTheEnd: Active Directory sends an attribute of many values
// empty, and the first of them under another name.
func TestRangesAreReadToTheEnd(t *testing.T) {
	f := newFake(t, func(search, id int, c net.Conn) {
		const dn = "cn=ann"
		switch {
		case skipSchema(search, id, c):
		case search == 2:
			_, _ = c.Write(somebody(id, dn, attr("uid", "ann"), attr("entryUUID", "u"), attr("mail"), attr("Mail;Range=0-1", "", "a@example.org")))
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		case search == 3:
			_, _ = c.Write(somebody(id, dn, attr("mail;range=2-3", "b@example.org", "c@example.org")))
			_, _ = c.Write(done(id, opSearchDone, 0))
		default:
			_, _ = c.Write(somebody(id, dn, attr("mail;range=4-*", "d@example.org")))
			_, _ = c.Write(done(id, opSearchDone, 0))
		}
	})
	got, err := read(t, f.config())
	if err != nil || len(got.Identities) != 1 || got.Identities[0].Profile[sync.Email] != "a@example.org" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !f.wasAsked("mail;range=2-*") || !f.wasAsked("mail;range=4-*") {
		t.Error("the ranges were not asked for one after the other")
	}
}
