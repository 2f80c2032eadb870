package ldapdir

import (
	"net"
	"slices"
	"strings"
	"testing"
)

// TestChain: the server is asked for the group and for who is in it, not for
// groups; whoever has one of those as primary group is in it too.
func TestChain(t *testing.T) {
	const dn = `CN=Chat (all)\2A,DC=example,DC=org`
	who := func(uid string) string { return "uid=" + uid + ",ou=people,dc=example,dc=org" }
	f := newFake(t, func(search, id int, c net.Conn) {
		switch {
		case skipSchema(search, id, c):
			return
		case search == 2:
			_, _ = c.Write(somebody(id, dn, attr("primaryGroupToken", "1101")))
		case search == 3:
			_, _ = c.Write(somebody(id, strings.ToUpper(who("ann"))))
			_, _ = c.Write(somebody(id, "CN=Inner,DC=example,DC=org", attr("primarygrouptoken", "1102")))
		default:
			for uid, primary := range map[string]string{"ann": "513", "bob": "1101", "cy": "1102", "di": "513"} {
				_, _ = c.Write(somebody(id, who(uid), attr("uid", uid), attr("mail", uid+"@example.org"), attr("entryUUID", "uuid-"+uid), attr("primaryGroupID", primary)))
			}
		}
		_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
	})
	c := f.config()
	c.Chain, c.GroupBases = true, []string{"ou=groups,dc=example,dc=org", "DC=example,DC=org"} // one search, with the base
	source, err := New(c, groupMapping(t, "chat", "chat"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := source.Read(t.Context())
	if names := usernames(got); err != nil || !slices.Equal(names, []string{"ann", "bob", "cy"}) {
		t.Errorf("got %q, %v", names, err)
	}
	if !f.wasAsked(inChain) || !f.wasAsked(dn) || f.wasAsked("groupOfNames") {
		t.Error("the server was not asked for the chain, with the name as it is")
	}
}

// TestChainIsRefused: a group that cannot be told from an empty one ends the
// read.
func TestChainIsRefused(t *testing.T) {
	group := func(id int) []byte { return somebody(id, "CN=Chat,DC=example,DC=org", attr("cn", "Chat")) }
	twin := func(id int) []byte { return somebody(id, "CN=Chat,OU=x,DC=example,DC=org", attr("cn", "Chat")) }
	end := func(id int, code byte) []byte { return done(id, opSearchDone, code, paging("")) }
	tests := map[string]struct {
		name string
		find func(id int) [][]byte
		in   func(id int) [][]byte
		want string
	}{
		"no such DN":         {"CN=Chat,DC=x", func(id int) [][]byte { return [][]byte{end(id, 32)} }, nil, `memberOf("CN=Chat,DC=x"): the directory has no such group`},
		"no such name":       {"Chat", func(id int) [][]byte { return [][]byte{end(id, 0)} }, nil, `memberOf("Chat"): the directory has no such group`},
		"no such place":      {"Chat", func(id int) [][]byte { return [][]byte{end(id, 32)} }, nil, "code 32"},
		"two of the name":    {"Chat", func(id int) [][]byte { return [][]byte{group(id), twin(id), end(id, 0)} }, nil, "2 groups have this name"},
		"no right to search": {"CN=Chat,DC=x", func(id int) [][]byte { return [][]byte{end(id, 50)} }, nil, "code 50"},
		"nobody, and no number": {"Chat", func(id int) [][]byte { return [][]byte{group(id), end(id, 0)} },
			func(id int) [][]byte { return [][]byte{end(id, 0)} }, `memberOf("Chat"): nobody is in the group, or this account may not see who is`},
		"members not to the end": {"Chat", func(id int) [][]byte { return [][]byte{group(id), end(id, 0)} },
			func(id int) [][]byte { return [][]byte{full(id, "ann"), end(id, 3)} }, "code 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, func(search, id int, c net.Conn) {
				if skipSchema(search, id, c) {
					return
				}
				parts := tt.find
				if search > 2 {
					parts = tt.in
				}
				for _, p := range parts(id) {
					_, _ = c.Write(p)
				}
			})
			c := f.config()
			c.Chain, c.GroupBases = true, []string{"DC=example,DC=org"}
			source, err := New(c, groupMapping(t, tt.name, tt.name))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := source.Read(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) || len(got.Identities) > 0 {
				t.Errorf("got %d people, %v, want %q", len(got.Identities), err, tt.want)
			}
		})
	}
}

func TestOutermost(t *testing.T) {
	tests := []struct{ bases, want []string }{
		{nil, nil},
		{[]string{"ou=a,dc=x", "dc=x"}, []string{"dc=x"}},
		{[]string{"DC=X", "dc=x", "ou=a, dc=x"}, []string{"DC=X"}},
		{[]string{"ou=a,dc=x", "ou=b,dc=x"}, []string{"ou=a,dc=x", "ou=b,dc=x"}},
		{[]string{"nonsense", "dc=x"}, []string{"nonsense", "dc=x"}},
	}
	for _, tt := range tests {
		if got := outermost(tt.bases, true); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.bases, got, tt.want)
		}
	}
}
