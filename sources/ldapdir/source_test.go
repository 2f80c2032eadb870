package ldapdir

import (
	"context"
	"crypto/tls"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// Accounts that only these tests have. One gets 200 entries a page, the other
// has 300 looked at for it.
const (
	paged  = "cn=paged,ou=services," + suffix
	narrow = "cn=narrow,ou=services," + suffix
)

// mapping is a plain one over inetOrgPerson.
func mapping(t testing.TB) *sources.Mapping {
	t.Helper()
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID",
		Disabled: `employeeType == "left"`,
		Fields: map[sync.Field]sources.FieldSpec{
			sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"},
			sync.LastName: {From: "sn"}, sync.Position: {From: "title"},
		},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

// config reads the people of a test server, as the account that may.
func (s *slapd) config() Config {
	return Config{
		Name: "ldap", URLs: []string{s.url}, BindDN: syncDN, Password: password("sync"),
		Bases: []string{"ou=people," + suffix}, Filter: "(objectClass=inetOrgPerson)", Anchor: Text,
		Timeout: 10 * time.Second,
	}
}

func password(p string) func() (string, error) {
	return func() (string, error) { return p, nil }
}

func read(t testing.TB, c Config) (sync.Snapshot, error) {
	t.Helper()
	s, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	return s.Read(t.Context())
}

func usernames(s sync.Snapshot) []string {
	var names []string
	for _, id := range s.Identities {
		names = append(names, id.Profile[sync.Username])
	}
	slices.Sort(names)
	return names
}

func TestReadsPeople(t *testing.T) {
	s := newSlapd(t, account("paged")+person("ann", "title: Chef")+person("bob", "employeeType: left", "mail: second@example.org")+
		"dn: uid=cy,ou=other,"+suffix+"\nobjectClass: inetOrgPerson\nuid: cy\ncn: cy\nsn: cy\n\n")
	ways := map[string]func(*Config){
		"plain":     func(*Config) {},
		"ldaps":     func(c *Config) { c.URLs, c.CAFile = []string{s.tlsURL}, s.ca },
		"StartTLS":  func(c *Config) { c.StartTLS, c.CAFile = true, s.ca },
		"one level": func(c *Config) { c.Scope = "one" },
		"TLS 1.3":   func(c *Config) { c.URLs, c.CAFile, c.MinTLS = []string{s.tlsURL}, s.ca, tls.VersionTLS13 },
		"client certificate": func(c *Config) {
			c.URLs, c.CAFile, c.BindDN, c.Password = []string{s.tlsURL}, s.ca, "", nil
			c.CertFile, c.KeyFile = filepath.Join(s.dir, "client.pem"), filepath.Join(s.dir, "client.key")
		},
		"small pages":             func(c *Config) { c.Page = 1 },
		"no more than 200 a page": func(c *Config) { c.BindDN, c.Password = paged, password("paged") },
		"fail-over":               func(c *Config) { c.URLs = []string{"ldap://" + freePort(t), s.url} },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			c := s.config()
			way(&c)
			got, err := read(t, c)
			if err != nil {
				t.Fatal(err)
			}
			if names := usernames(got); !slices.Equal(names, []string{"ann", "bob"}) {
				t.Errorf("got %q, want ann and bob", names)
			}
			for _, id := range got.Identities {
				ann := id.Profile[sync.Username] == "ann"
				if ann != (id.Status == sync.Enabled) || !strings.HasPrefix(string(id.Key), "ldap:") || len(id.Key) != 41 {
					t.Errorf("got %+v", id)
				}
			}
			if got.Receipt.Entries != 2 || got.Receipt.Server != "127.0.0.1" {
				t.Errorf("got %+v, want 2 entries of 127.0.0.1", got.Receipt)
			}
		})
	}
}

// TestReadIsRefused: what makes a read worthless is an error that says what to
// do.
func TestReadIsRefused(t *testing.T) {
	s := newSlapd(t, account("narrow")+crowd(700))
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"size limit, paged too":     {func(c *Config) { c.BindDN, c.Password = limited, password("limited") }, "code 4): the server gives this account only so many"},
		"too many to look at":       {func(c *Config) { c.BindDN, c.Password = narrow, password("narrow") }, "code 11): the server refuses to look at so many entries: lift the look-through limit for this account, or index the attributes of the filter; pages of 100 are refused like larger ones"},
		"wrong password":            {func(c *Config) { c.Password = password("nonsense") }, "code 49): check the name and the password"},
		"empty password":            {func(c *Config) { c.Password = password("") }, "must not be empty"},
		"no such base":              {func(c *Config) { c.Bases = []string{"ou=nowhere," + suffix} }, "code 32): the base does not exist, or"},
		"nobody found":              {func(c *Config) { c.Filter = "(uid=nobody)" }, "found nobody"},
		"unknown attribute":         {func(c *Config) { c.Filter = "(&(objectClass=inetOrgPerson)(!(unknownThing=1)))" }, "does not know the attribute unknownThing"},
		"no right to read":          {func(c *Config) { c.BindDN, c.Password = blind, password("blind") }, "may not see it"},
		"no encryption offered":     {func(c *Config) { c.URLs = []string{strings.Replace(s.url, "ldap:", "ldaps:", 1)} }, "TLS"},
		"unknown authority":         {func(c *Config) { c.URLs = []string{s.tlsURL} }, "set ca_file"},
		"name not in certificate":   {func(c *Config) { c.URLs, c.CAFile, c.ServerName = []string{s.tlsURL}, s.ca, "dc1.example.org" }, "set server_name"},
		"nobody there":              {func(c *Config) { c.URLs = []string{"ldap://" + freePort(t)} }, "connection refused"},
		"anonymous":                 {func(c *Config) { c.Password = nil }, "may not"},
		"a wrong one does not help": {func(c *Config) { c.URLs, c.Filter = []string{s.url, s.url}, "(uid=nobody)" }, "found nobody"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := s.config()
			tt.change(&c)
			got, err := read(t, c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %d people and error %v, want one with %q", len(got.Identities), err, tt.want)
			}
			if len(got.Identities)+len(got.Rejects) > 0 {
				t.Errorf("got %d people beside the error", len(got.Identities))
			}
			if strings.Contains(err.Error(), "nonsense") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	s := newSlapd(t, crowd(3000))
	ctx, cancel := context.WithCancelCause(t.Context())
	c := s.config()
	c.Page = 100
	why := errors.New("somebody pressed Ctrl-C")
	c.OnRead = func(int) { cancel(why) }
	source, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source.Read(ctx); !errors.Is(err, why) || len(got.Identities) > 0 {
		t.Errorf("got %d people, %v, want %v", len(got.Identities), err, why)
	}
}

// TestSizeLimitOfTheServer: all of a directory arrive although the server gives
// 500 entries at most, and 200 a page.
func TestSizeLimitOfTheServer(t *testing.T) {
	if testing.Short() {
		t.Skip("a large directory takes seconds")
	}
	const n = 100_000
	s := newSlapd(t, account("paged")+crowd(n))
	got, err := read(t, s.pagedConfig())
	if err != nil || len(got.Identities) != n || got.Receipt.Entries != n {
		t.Errorf("got %d people, %v, want %d", len(got.Identities), err, n)
	}
}

// pagedConfig reads as the account with 500 entries at most.
func (s *slapd) pagedConfig() Config {
	c := s.config()
	c.BindDN, c.Password = paged, password("paged")
	return c
}

func TestManyPages(t *testing.T) {
	s := newSlapd(t, crowd(5300))
	got, err := read(t, s.config())
	if err != nil || len(got.Identities) != 5300 || got.Receipt.Filled[sync.Email] != 5300 {
		t.Errorf("got %d people, %v, want 5300", len(got.Identities), err)
	}
}

func TestConfigIsRefused(t *testing.T) {
	tests := map[string]Config{
		"no server":         {},
		"urls and srv":      {URLs: []string{"ldaps://x"}, SRV: "example.org"},
		"clear text":        {URLs: []string{"ldap://dc1.example.org"}},
		"TLS twice":         {URLs: []string{"ldaps://dc1.example.org"}, StartTLS: true},
		"no address":        {URLs: []string{"dc1.example.org"}},
		"a base in the URL": {URLs: []string{"ldaps://dc1/dc=x"}},
		"broken filter":     {URLs: []string{"ldaps://dc1"}, Filter: "(a=b"},
		"no such CA":        {URLs: []string{"ldaps://dc1"}, CAFile: "/nowhere.pem"},
	}
	for name, c := range tests {
		if _, err := New(c, mapping(t)); err == nil || !strings.HasPrefix(err.Error(), "ldap: ") {
			t.Errorf("%s: got %v, want an error", name, err)
		}
	}
	for _, url := range []string{"ldap://127.0.0.1:3890", "ldap://localhost", "ldap://[::1]:389", "ldaps://dc1"} {
		if _, err := New(Config{URLs: []string{url}}, mapping(t)); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
