package ldapdir

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// rangeServer answers the search for people with all of them in one page, and
// each look-up after it as the script says.
func rangeServer(t *testing.T, people func(id int) [][]byte, rest func(n, id int) []byte) *fake {
	return newFake(t, func(search, id int, c net.Conn) {
		switch {
		case skipSchema(search, id, c):
		case search == 2:
			for _, p := range people(id) {
				_, _ = c.Write(p)
			}
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		default:
			_, _ = c.Write(rest(search-3, id))
			_, _ = c.Write(done(id, opSearchDone, 0))
		}
	})
}

// TestRangesOfSeveralPeople: whose values come later stays who they were,
// whoever else was on the page.
func TestRangesOfSeveralPeople(t *testing.T) {
	dn := func(uid string) string { return "uid=" + uid + ",ou=people,dc=example,dc=org" }
	tornEntry := func(id int, uid string) []byte {
		return somebody(id, dn(uid), attr("uid", uid), attr("sn", "Of-"+uid), attr("entryUUID", "uuid-"+uid),
			attr("mail"), attr("mail;range=0-0", "z-"+uid+"@example.org"))
	}
	f := rangeServer(t, func(id int) [][]byte {
		return [][]byte{tornEntry(id, "ann"), full(id, "bob"), tornEntry(id, "cy"), full(id, "di")}
	}, func(n, id int) []byte {
		uid := []string{"ann", "cy"}[n]
		return somebody(id, dn(uid), attr("mail;range=1-*", "a-"+uid+"@example.org"))
	})
	got, err := read(t, f.config())
	if err != nil || len(got.Rejects) > 0 {
		t.Fatalf("got %v, %+v", err, got.Rejects)
	}
	var people []string
	for _, id := range got.Identities {
		people = append(people, fmt.Sprint(id.Key, " ", id.Profile[sync.Username], " ", id.Profile[sync.Email], " ", id.Profile[sync.LastName], " ", id.Origin.Place))
	}
	want := []string{
		"ldap:uuid-bob bob bob@example.org  " + dn("bob"), "ldap:uuid-di di di@example.org  " + dn("di"),
		"ldap:uuid-ann ann a-ann@example.org Of-ann " + dn("ann"), "ldap:uuid-cy cy a-cy@example.org Of-cy " + dn("cy"),
	}
	if diff := cmp.Diff(people, want); diff != "" {
		t.Errorf("got (-) and want (+):\n%s", diff)
	}
}

// TestTooManyValues: of a person with more values than are taken the key is
// known, so they are held and nobody else is.
func TestTooManyValues(t *testing.T) {
	more := func(n, id int) []byte {
		return somebody(id, "uid=ann", attr(fmt.Sprintf("mail;range=%d-%d", 2+n, 2+n), fmt.Sprintf("m%d@example.org", n)))
	}
	few := func(n, id int) []byte { return somebody(id, "uid=ann", attr("mail;range=2-*", "c@example.org")) }
	ann := func(id int, mail ...[]byte) []byte {
		return somebody(id, "uid=ann", append([][]byte{attr("uid", "ann"), attr("entryUUID", "u")}, mail...)...)
	}
	first := attr("mail;range=0-1", "a@example.org", "b@example.org")
	reject := func(detail string) []sync.Reject {
		return []sync.Reject{{Key: "ldap:u", Origin: sync.Origin{Source: "ldap", Place: "uid=ann"}, Reason: sync.RejectValue, Detail: detail}}
	}
	tests := map[string]struct {
		mail  []byte
		rest  func(n, id int) []byte
		most  bounds
		want  []sync.Reject
		error string
	}{
		"as many as are taken":           {first, few, bounds{values: 3, ranges: 1}, nil, ""},
		"too many in ranges":             {first, few, bounds{values: 2, ranges: 1}, reject("attribute mail has more than 2 values"), ""},
		"ever more ranges":               {first, more, bounds{values: 9, ranges: 99}, reject("attribute mail has more than 9 values"), ""},
		"too many ranges":                {first, more, bounds{values: 99, ranges: 3}, nil, "rest of the values of mail: there are more after 3 ranges"},
		"too many at once":               {attr("mail", "a", "b", "c"), nil, bounds{values: 2}, reject("attribute mail has more than 2 values"), ""},
		"a range that is not the first":  {attr("mail;range=1-*", "b@example.org"), nil, bounds{values: 9}, reject("attribute mail: the server sent its values from number 1 on, not from the first"), ""},
		"a range that is none":           {attr("mail;range=all", "b@example.org"), nil, bounds{values: 9}, reject("attribute mail: the server sent a range of its values that is none"), ""},
		"a range of what nobody maps":    {append(attr("member;range=all", "x"), attr("mail", "a@example.org")...), nil, bounds{values: 9}, nil, ""},
		"the same range again":           {first, func(_, id int) []byte { return ann(id, first) }, bounds{values: 9, ranges: 9}, nil, "from number 0 on, not from 2"},
		"an answer without values":       {first, func(_, id int) []byte { return ann(id) }, bounds{values: 9, ranges: 9}, nil, "sends no more from number 2 on"},
		"an answer with a range of none": {first, func(_, id int) []byte { return ann(id, attr("mail;range=2", "x")) }, bounds{values: 9, ranges: 9}, nil, "a range of its values that is none"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := rangeServer(t, func(id int) [][]byte { return [][]byte{ann(id, tt.mail), full(id, "bob")} }, tt.rest)
			c := f.config()
			c.most = tt.most
			got, err := read(t, c)
			if tt.error != "" {
				if err == nil || !strings.Contains(err.Error(), tt.error) || strings.Contains(err.Error(), "ann") {
					t.Errorf("got error %v, want one with %q and without a name", err, tt.error)
				}
				return
			}
			if err != nil || len(got.Identities)+len(got.Rejects) != 2 || got.Receipt.Entries != 2 {
				t.Errorf("got %+v, %v, want two of two entries", got, err)
			}
			if diff := cmp.Diff(got.Rejects, tt.want); diff != "" {
				t.Errorf("got (-) and want (+):\n%s", diff)
			}
		})
	}
}

// TestTooManyMembers: a group that is not read whole ends the read; nobody can
// be told to be outside of it.
func TestTooManyMembers(t *testing.T) {
	const dn = "cn=chat,dc=example,dc=org"
	tests := map[string]struct {
		member [][]byte
		most   bounds
		want   string
	}{
		"at once":                       {[][]byte{attr("member", "uid=a", "uid=b", "uid=c")}, bounds{members: 2}, "attribute member has more than 2 values"},
		"in ranges":                     {[][]byte{attr("member;range=0-1", "uid=a", "uid=b")}, bounds{members: 2, ranges: 9}, "attribute member has more than 2 values"},
		"too many ranges":               {[][]byte{attr("member;range=0-1", "uid=a", "uid=b")}, bounds{members: 9, ranges: 1}, "more after 1 ranges"},
		"a range that is not the first": {[][]byte{attr("member;range=5-*", "uid=a")}, bounds{members: 9}, "from number 5 on, not from the first"},
		"a range that is none":          {[][]byte{attr("member;range=-1-*", "uid=a")}, bounds{members: 9}, "a range of its values that is none"},
		"a group that went away":        {nil, bounds{members: 9}, "the group cn=chat,dc=example,dc=org went away while the directory was read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(search, id int, c net.Conn) {
				switch {
				case skipSchema(search, id, c):
					return
				case search == 2:
					_, _ = c.Write(somebody(id, dn, attr("cn", "chat")))
				case search == 3 && tt.member != nil:
					_, _ = c.Write(somebody(id, dn, tt.member...))
				case search > 3:
					_, _ = c.Write(somebody(id, dn, attr("member;range=2-2", "uid=c")))
				}
				_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
			})
			c := f.config()
			c.GroupBases, c.most = []string{suffix}, tt.most
			source, err := New(c, groupMapping(t, "chat", dn))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := source.Read(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) || len(got.Identities) > 0 {
				t.Errorf("got %d people, %v, want %q", len(got.Identities), err, tt.want)
			}
		})
	}
}
