package ldapdir

import (
	"net"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// TestSentinels: they are found by whatever their name is written like, and by
// their anchor, people or not, read or rejected.
func TestSentinels(t *testing.T) {
	extra := "dn: cn=Lee\\2C Ann+uid=lee,ou=people," + suffix + "\nobjectClass: inetOrgPerson\nuid: lee\ncn: Lee, Ann\nsn: Lee\nmail: lee@example.org\n\n" +
		"dn: cn=Jörg Ü,ou=people," + suffix + "\nobjectClass: inetOrgPerson\nuid: joe\ncn: Jörg Ü\nsn: robot\n\n"
	s := newSlapd(t, person("ann", "entryUUID: 3b2118e2-f39c-40ec-af57-6190389660df")+extra)
	c := s.config()
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Include: `sn != "robot"`,
		Fields: map[sync.Field]sources.FieldSpec{sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c.Sentinels = []string{
		"uid=ann,ou=people," + suffix, "UID = Ann, OU=People,DC=example,DC=ORG", `uid=\61nn,ou=people,` + suffix, "3b2118e2-f39c-40ec-af57-6190389660df",
		`cn=Lee\, ann+uid=LEE,ou=people,` + suffix, `UID=lee+CN=Lee\2c Ann,ou=people,` + suffix,
		"cn=jÖrg ü,ou=people," + suffix, `cn=j\c3\b6rg \c3\9c,ou=people,` + suffix,
	}
	got, err := newSource(t, c, m).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Receipt.Sentinels != len(c.Sentinels) || got.Receipt.Excluded != 1 || len(got.Identities) != 2 {
		t.Errorf("got %+v, want all sentinels", got.Receipt)
	}
	if seen := look(t, newSource(t, c, m), "ldap:x"); seen["ldap:x"] != "absent" {
		t.Errorf("a second look: got %q", seen)
	}
}

// TestMissingSentinel: no read without it, and the error says what became of
// it.
func TestMissingSentinel(t *testing.T) {
	const anchor = "3b2118e2-f39c-40ec-af57-6190389660df"
	s := newSlapd(t, person("ann")+person("bob", "employeeType: robot")+
		"dn: uid=cy,ou=other,"+suffix+"\nobjectClass: inetOrgPerson\nuid: cy\ncn: cy\nsn: cy\nentryUUID: "+anchor+"\n\n")
	const missing = ": it did not come, so the read is not whole: "
	tests := map[string]struct {
		sentinels []string
		change    func(*Config)
		want      string
	}{
		"not there": {[]string{"uid=none,ou=people," + suffix}, nil, "sentinel uid=none,ou=people," + suffix + missing + "the directory does not show it to this account"},
		"not there, by anchor": {[]string{"00000000-0000-0000-0000-000000000000"}, nil,
			"sentinel 00000000-0000-0000-0000-000000000000" + missing + "the directory shows this account no entry with this anchor"},
		"outside of base":            {[]string{"uid=cy,ou=other," + suffix}, nil, missing + "it is outside of base, at uid=cy,ou=other," + suffix},
		"outside of base, by anchor": {[]string{anchor}, nil, missing + "it is outside of base, at uid=cy,ou=other," + suffix},
		"the base":                   {[]string{"ou=people," + suffix}, nil, missing + "the directory has it, but the filter leaves it out, so it can never come"},
		"the base, one level":        {[]string{"ou=people," + suffix}, func(c *Config) { c.Scope = "one" }, missing + "it is outside of base"},
		"outside of the filter": {[]string{"uid=bob,ou=people," + suffix}, func(c *Config) { c.Filter = "(!(employeeType=robot))" },
			missing + "the directory has it, but the filter leaves it out"},
		"one of two": {[]string{"uid=ann,ou=people," + suffix, "uid=none,ou=people," + suffix}, nil, "sentinel uid=none,ou=people," + suffix + missing},
		"both":       {[]string{"uid=nobody,ou=people," + suffix, "uid=none,ou=people," + suffix}, nil, "deleted; sentinel uid=none,ou=people," + suffix + missing},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := s.config()
			c.Sentinels = tt.sentinels
			if tt.change != nil {
				tt.change(&c)
			}
			source := newSource(t, c, mapping(t))
			got, err := source.Read(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(got.Identities) > 0 {
				t.Errorf("got %d people and error %v, want one with %q", len(got.Identities), err, tt.want)
			}
			_, fate, _ := strings.Cut(tt.want, missing)
			if seen, err := source.Look(t.Context(), []sync.Key{"ldap:x"}); err == nil || !strings.Contains(err.Error(), fate) || seen != nil {
				t.Errorf("a second look: got %+v and error %v, want one with %q", seen, err, fate)
			}
		})
	}
}

// TestLostRights: an account that no longer may read some of the people gets
// fewer of them, with success. Only a sentinel among them shows it.
func TestLostRights(t *testing.T) {
	s := newSlapd(t, person("ann")+"dn: uid=bob,ou=other,"+suffix+"\nobjectClass: inetOrgPerson\nuid: bob\ncn: bob\nsn: bob\nmail: bob@example.org\n\n")
	c := s.config()
	c.Bases, c.BindDN, c.Password = []string{suffix}, blind, password("blind")
	source := newSource(t, c, mapping(t))
	if got, err := source.Read(t.Context()); err != nil || len(got.Identities) != 1 {
		t.Fatalf("got %d people, %v: this is what no receipt shows", len(got.Identities), err)
	}
	c.Sentinels = []string{"uid=ann,ou=people," + suffix}
	source = newSource(t, c, mapping(t))
	const want = "the directory does not show it to this account"
	if got, err := source.Read(t.Context()); err == nil || !strings.Contains(err.Error(), want) || len(got.Identities) > 0 {
		t.Errorf("got %d people, %v", len(got.Identities), err)
	}
	if seen, err := source.Look(t.Context(), []sync.Key{"ldap:x"}); err == nil || !strings.Contains(err.Error(), want) || seen != nil {
		t.Errorf("a second look: got %+v, %v", seen, err)
	}
}

// TestSentinelInTheMiddle: a server that leaves out an entry which it has did not
// answer to the end; another one may.
func TestSentinelInTheMiddle(t *testing.T) {
	script := func(more ...string) func(search, id int, c net.Conn) {
		return func(search, id int, c net.Conn) {
			switch search {
			case 1:
			case 2:
				for _, uid := range append(more, "bob") {
					_, _ = c.Write(full(id, uid))
				}
			default:
				_, _ = c.Write(full(id, "ann"))
			}
			_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
		}
	}
	half, whole := newFake(t, script()), newFake(t, script("ann"))
	c := half.config()
	c.Sentinels = []string{"uid=ann,ou=people,dc=example,dc=org"}
	if got, err := read(t, c); err == nil || !strings.Contains(err.Error(), "the server did not answer to the end") || len(got.Identities) > 0 {
		t.Errorf("got %d people, %v", len(got.Identities), err)
	}
	c.URLs = append(c.URLs, whole.url)
	if got, err := read(t, c); err != nil || len(got.Identities) != 2 || got.Receipt.Sentinels != 1 {
		t.Errorf("got %d people, %v, want two of the second server", len(got.Identities), err)
	}
}

func TestSentinelsAreChecked(t *testing.T) {
	for text, e := range map[string]Encoding{
		"": Text, "CN=a,b": Text, " ": Text, "=": Text, "a\tb": Text, "3b2118e2": GUIDMixed, "4hghO5zz7ECvV2GQOJZg3": Base64, "xyz": Hex,
		"CN=a,b ": GUID, strings.Repeat("x", 300): Text,
	} {
		c := Config{URLs: []string{"ldaps://dc1"}, Anchor: e, Sentinels: []string{text}}
		if _, err := New(c, mapping(t)); err == nil || !strings.Contains(err.Error(), "is neither a DN nor an anchor") {
			t.Errorf("%q as %s: got %v, want an error", text, e, err)
		}
	}
	for text, e := range map[string]Encoding{
		"4hghO5zz7ECvV2GQOJZg3w==": Base64, "3B2118E2-F39C-40EC-AF57-6190389660DF": GUIDMixed, "3b2118e2-f39c-40ec-af57-6190389660df": Text, "E218": Hex, "4711": Text,
	} {
		c := Config{URLs: []string{"ldaps://dc1"}, Anchor: e, Sentinels: []string{text}}
		s, err := New(c, mapping(t))
		if err != nil || s.sentinels[0].dn != nil {
			t.Errorf("%q as %s: got %v, want an anchor", text, e, err)
		}
	}
}

// TestPlainNames: a name that is compared as it is, is compared as a parsed one
// would be.
func TestPlainNames(t *testing.T) {
	names := []string{
		"cn=a,dc=x", "CN=A,DC=X", "cn=a, dc=x", "cn = a,dc=x", `cn=\61,dc=x`, " cn=a,dc=x ", "cn=a+sn=b,dc=x", "sn=b+cn=a,dc=x", "cn=a=b,dc=x",
		`cn=a\,b,dc=x`, `cn=a\2cb,dc=x`, `cn=a\20,dc=x`, "cn=ä ö,dc=x", "CN=Ä Ö,DC=X", `cn=\c3\a4 ö,dc=x`, "cn=#0401,dc=x", "cn=,dc=x", "dc=x", "cn=a,dc=y", "cn=a,b",
	}
	for _, configured := range names {
		want, err := ldap.ParseDN(configured)
		if err != nil {
			continue
		}
		for _, came := range names {
			parsed, err := ldap.ParseDN(came)
			w := newWatch([]sentinel{{text: configured, dn: want, plain: plainly(want)}})
			w.see([]byte(came), "")
			if isPlain([]byte(came)) && testing.AllocsPerRun(1, func() { w.see([]byte(came), ""); w.left = 1 }) > 0 {
				t.Errorf("%q was parsed", came)
			}
			if same := err == nil && parsed.EqualFold(want); w.came[0] != same {
				t.Errorf("%q and %q: got %t, want %t", configured, came, w.came[0], same)
			}
		}
	}
}
