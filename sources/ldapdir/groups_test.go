package ldapdir

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// groupMapping leaves out whoever is not in a group, and shows another one as
// the position.
func groupMapping(t *testing.T, in, title string) *sources.Mapping {
	t.Helper()
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Include: fmt.Sprintf("memberOf(%q)", in),
		Fields: map[sync.Field]sources.FieldSpec{
			sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"},
			sync.Position: {From: fmt.Sprintf("memberOf(%q) ? 'yes' : 'no'", title)},
		},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

func groupLDIF(dn, class string, lines ...string) string {
	cn, _, _ := strings.Cut(strings.TrimPrefix(dn, "cn="), ",")
	return fmt.Sprintf("dn: %s\nobjectClass: %s\ncn: %s\n%s\n\n", dn, class, cn, strings.Join(lines, "\n"))
}

// unixPerson is one with a primary group.
func unixPerson(uid string, gid int) string {
	return strings.Replace(person(uid, "uidNumber: 1", fmt.Sprint("gidNumber: ", gid), "homeDirectory: /"), "\nuid:", "\nobjectClass: posixAccount\nuid:", 1)
}

// TestGroups: direct and nested members, circles, unique members, and members
// by user name; names of groups have no case and may be common names.
func TestGroups(t *testing.T) {
	const other = "ou=other," + suffix
	who := func(uid string) string { return "uid=" + uid + ",ou=people," + suffix }
	s := newSlapd(t, person("ann")+person("bob")+person("cy")+person("di")+person("ed")+person("dee")+
		unixPerson("fay", 9)+
		unixPerson("gil", 7)+
		groupLDIF("cn=chat,"+other, "groupOfNames", "member: "+strings.ToUpper(who("ann")), "member: cn=inner,"+other)+
		groupLDIF("cn=inner,"+other, "groupOfNames", "member: "+who("bob"), "member: cn=chat,"+other, "member: cn=unique,"+other)+
		groupLDIF("cn=unique,"+other, "groupOfUniqueNames", "uniqueMember: "+who("cy"), "uniqueMember: "+who("dee")+"#'0101'B")+
		groupLDIF("cn=unix,"+other, "posixGroup", "gidNumber: 7", "memberUid: di")+
		groupLDIF("cn=unix,ou=services,"+suffix, "posixGroup", "gidNumber: 8", "memberUid: ed")+
		groupLDIF("cn=primary,"+other, "posixGroup", "gidNumber: 9")+
		groupLDIF("cn=numbered,"+other, "extensibleObject\nobjectClass: groupOfNames", "gidNumber: 9", "member: "+who("ann")))
	tests := []struct {
		in, title string
		want      []string
	}{
		{"CN=Chat,OU=other,DC=example,DC=org", "inner", []string{"ann yes", "bob yes", "cy yes", "dee yes"}}, // chat is in inner too
		{"chat", "cn=unique," + other, []string{"ann no", "bob no", "cy yes", "dee yes"}},
		{"cn=unix," + other, "unique", []string{"di no", "gil no"}}, // it is gil's primary one
		{"primary", "cn=unix," + other, []string{"fay no"}},
		{"numbered", "primary", []string{"ann no"}}, // the number is of no Unix group
	}
	for _, tt := range tests {
		source, err := New(s.config(), groupMapping(t, tt.in, tt.title))
		if err != nil {
			t.Fatal(err)
		}
		got, err := source.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, id := range got.Identities {
			names = append(names, id.Profile[sync.Username]+" "+id.Profile[sync.Position])
		}
		if slices.Sort(names); !slices.Equal(names, tt.want) || got.Receipt.Excluded != 8-len(tt.want) {
			t.Errorf("%s: got %q, want %q", tt.in, names, tt.want)
		}
	}
	for name, want := range map[string]string{
		"nothing": "no such group", "cn=nothing," + other: "no such group", "unix": "2 groups have this name",
	} {
		source, err := New(s.config(), groupMapping(t, name, "chat"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := source.Read(t.Context()); err == nil || !strings.Contains(err.Error(), want) || len(got.Identities) > 0 {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

// TestOtherGroupsCostNothing: who is in a group that no expression reaches is
// not even asked, however many those are.
func TestOtherGroupsCostNothing(t *testing.T) {
	const other = "ou=other," + suffix
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf("member: uid=x%d,ou=people,%s", i, suffix))
	}
	s := newSlapd(t, person("ann")+person("bob")+
		groupLDIF("cn=big,"+other, "groupOfNames", append(many, "member: cn=chat,"+other)...)+
		groupLDIF("cn=chat,"+other, "groupOfNames", "member: cn=inner,"+other)+
		groupLDIF("cn=inner,"+other, "groupOfNames", "member: uid=ann,ou=people,"+suffix, "member: cn=chat,"+other))
	c := s.config()
	c.most = bounds{values: 9, members: 9, ranges: 9}
	all := searches(t, c, "chat")
	count := func(text string) (n int) {
		for _, line := range all {
			if strings.Contains(line, text) {
				n++
			}
		}
		return n
	}
	if count("-b 'cn=chat,") != 1 || count("-b 'cn=inner,") != 1 || count("cn=big") != 0 || count(" memberUid") != 2 {
		t.Errorf("got %q, want the members of chat and inner, each once", all)
	}
	source, err := New(c, groupMapping(t, "chat", "inner"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source.Read(t.Context()); err != nil || !slices.Equal(usernames(got), []string{"ann"}) {
		t.Errorf("got %q, %v, want ann", usernames(got), err)
	}
}

// TestLargeGroup: Active Directory sends the members of a large group in ranges.
func TestLargeGroup(t *testing.T) {
	const dn = "cn=chat,dc=example,dc=org"
	who := func(uid string) string { return "uid=" + uid + ",ou=people,dc=example,dc=org" }
	f := newFake(t, func(search, id int, c net.Conn) {
		switch {
		case skipSchema(search, id, c):
		case search == 2:
			_, _ = c.Write(somebody(id, dn, attr("cn", "chat")))
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		case search == 3:
			_, _ = c.Write(somebody(id, dn, attr("member"), attr("member;range=0-0", who("ann"))))
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		case search == 4:
			_, _ = c.Write(somebody(id, dn, attr("member;range=1-1", who("bob"))))
			_, _ = c.Write(done(id, opSearchDone, 0))
		case search == 5:
			_, _ = c.Write(somebody(id, dn, attr("member;range=2-*", who("cy"))))
			_, _ = c.Write(done(id, opSearchDone, 0))
		default:
			for _, uid := range []string{"ann", "bob", "cy", "di"} {
				_, _ = c.Write(full(id, uid))
			}
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		}
	})
	c := f.config()
	c.GroupBases = []string{suffix}
	source, err := New(c, groupMapping(t, "chat", dn))
	if err != nil {
		t.Fatal(err)
	}
	got, err := source.Read(t.Context())
	if names := usernames(got); err != nil || !slices.Equal(names, []string{"ann", "bob", "cy"}) {
		t.Errorf("got %q, %v", names, err)
	}
	if !f.wasAsked("member;range=1-*") || !f.wasAsked("member;range=2-*") {
		t.Error("the ranges were not asked for one after the other")
	}
}
