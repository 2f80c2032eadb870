package config

import (
	"strings"
	"testing"
)

// TestDigest: the same text and assignments have the same digest, and any other
// ones another.
func TestDigest(t *testing.T) {
	text := "version: 1\npolicy: observe\nmattermost: { url: https://chat.example.org, token: env:TOKEN }\n" +
		"sources: [{ name: hr, type: csv, path: p.csv, anchor: { attribute: id }, mapping: { username: login, email: mail } }]\n"
	digest := func(text string, assignments ...string) string {
		t.Helper()
		c, err := Parse("syncd.yaml", []byte(text), assignments)
		if err != nil {
			t.Fatalf("%+v", err)
		}
		return c.Digest()
	}
	first := digest(text)
	if len(first) != 64 || strings.Trim(first, "0123456789abcdef") != "" || digest(text) != first {
		t.Errorf("got %q, then %q", first, digest(text))
	}
	seen := map[string]string{first: "the text"}
	for name, other := range map[string]string{
		"another value":     digest(strings.Replace(text, "observe", "sync", 1)),
		"an assignment":     digest(text, "policy=sync"),
		"two assignments":   digest(text, "policy=sync", "web.listen=127.0.0.1:1"),
		"in another order":  digest(text, "web.listen=127.0.0.1:1", "policy=sync"),
		"a line at the end": digest(text + "# end\n"),
	} {
		if twin := seen[other]; twin != "" {
			t.Errorf("%s has the digest of %s", name, twin)
		}
		seen[other] = name
	}
	if digestOf([]byte("ab"), []string{"c"}) == digestOf([]byte("a"), []string{"bc"}) {
		t.Error("what moved from the text into an assignment is not seen")
	}
}

// TestDecidingIsTheSame: the same file decides the same, however often it is
// read.
func TestDecidingIsTheSame(t *testing.T) {
	text := minimal[:strings.Index(minimal, "  - name")] + `  - { name: ad, type: activedirectory, urls: ["ldaps://dc1.example.org"], bind: { dn: a, password: cred:ad } }`
	want := ""
	for range 20 {
		c, err := Parse("syncd.yaml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = c.Deciding()
		}
		if got := c.Deciding(); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

// TestDeciding: what decides who is in is in the digest, and how either side is
// reached is not.
func TestDeciding(t *testing.T) {
	digest := func(old, now string) string {
		t.Helper()
		if !strings.Contains(minimal, old) {
			t.Fatalf("no %q in the minimal configuration", old)
		}
		c, err := Parse("syncd.yaml", []byte(strings.Replace(minimal, old, now, 1)), nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Deciding()
	}
	same := digest("", "")
	for _, change := range [][2]string{
		{"policy: upsert-only", "policy: sync"}, {"username: login", "username: lower(login)"}, {"attribute: id", "attribute: login"},
		{"path: people.csv", "path: people.csv\n    comment: '#'"}, {"path: people.csv", "path: people.csv\n    filter: login != ''"},
		{"version: 1", "version: 1\nleavers: { absent: { after: 1h } }"}, {"version: 1", "version: 1\nkeep_admins: 0"}, {"version: 1", "version: 1\nprotect: []"},
	} {
		if digest(change[0], change[1]) == same {
			t.Errorf("%q does not count", change[1])
		}
	}
	for _, change := range [][2]string{
		{"version: 1", "version: 1 # a comment"}, {"version: 1", "version: 1\nlimits: { create: { count: 7 } }"}, {"version: 1", "version: 1\nschedule: { cron: '@hourly' }"},
		{"chat.example.org", "chat.example.net"},
	} {
		if digest(change[0], change[1]) != same {
			t.Errorf("%q counts", change[1])
		}
	}
}

// TestDecidingRoles: who becomes what decides too; a file without roles has the
// digest that it had when there were none.
func TestDecidingRoles(t *testing.T) {
	digest := func(text string) string {
		t.Helper()
		c, err := Parse("syncd.yaml", []byte(text), nil)
		if err != nil {
			t.Fatalf("%+v", err)
		}
		return c.Deciding()
	}
	with := func(old, now string) string { return digest(strings.Replace(minimal, old, now, 1)) }
	same := digest(minimal)
	if with("version: 1", "version: 1\nroles: { mode: additive }") != same {
		t.Error("the default, said, counts")
	}
	if with("version: 1", "version: 1\nroles: { mode: authoritative }") == same {
		t.Error("roles.mode does not count")
	}
	rule := with("username: login", "username: login, role: may")
	if rule == same || rule == with("username: login", "username: login, role: { from: might }") {
		t.Error("mapping.role does not count")
	}
	if rule != with("username: login", "username: login, role: { from: may }") {
		t.Error("the same rule, written longer, is another one")
	}
}
