package ldapdir

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/directory-sync/syncd/sync"
)

// searches returns the commands that a read logs.
func searches(t *testing.T, c Config, group string) []string {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	c.Log = zap.New(core)
	m := mapping(t)
	if group != "" {
		m = groupMapping(t, group, group)
	}
	s, err := New(c, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range logs.FilterMessage("search").All() {
		all = append(all, e.ContextMap()["as"].(string))
	}
	return all
}

// TestSearchesCanBePasted: every search of a read is in the log, and the shell
// makes the same one of it with the same account. The password is not there.
func TestSearchesCanBePasted(t *testing.T) {
	const odd = "cn=it's (all),ou=other," + suffix
	s := newSlapd(t, person("ann")+person("bob")+groupLDIF(odd, "groupOfNames", "member: uid=ann,ou=people,"+suffix))
	ways := map[string]func(*Config){
		"simple":   func(*Config) {},
		"ldaps":    func(c *Config) { c.URLs, c.CAFile = []string{s.tlsURL}, s.ca },
		"StartTLS": func(c *Config) { c.StartTLS, c.CAFile = true, s.ca },
		"client certificate": func(c *Config) {
			c.URLs, c.CAFile, c.BindDN, c.Password = []string{s.tlsURL}, s.ca, "", nil
			c.CertFile, c.KeyFile = filepath.Join(s.dir, "client.pem"), filepath.Join(s.dir, "client.key")
		},
		"a base of its own": func(c *Config) { c.Bases = nil },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			c := s.config()
			c.GroupBases, c.Filter = []string{"ou=other," + suffix}, `(&(objectClass=inetOrgPerson)(!(cn=it's)))`
			way(&c)
			all := searches(t, c, odd)
			if want := []string{"subschemaSubentry", "attributeTypes", "uniqueMember", "entryUUID"}; len(all) < len(want) {
				t.Fatalf("got %d searches, want %d or more: %q", len(all), len(want), all)
			}
			var out string
			for _, line := range all {
				if strings.Contains(line, " -W ") != (c.Password != nil) || strings.Contains(line, " -w ") {
					t.Errorf("got %s, want it to ask for the password", line)
				}
				if strings.Contains(line, " -ZZ ") != c.StartTLS {
					t.Errorf("got %s, want -ZZ with start_tls alone", line)
				}
				sh := exec.Command("sh", "-c", strings.Replace(line, " -W ", " -w sync ", 1))
				text, err := sh.CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v\n%s", line, err, text)
				}
				out += string(text)
			}
			for _, want := range []string{"subschemaSubentry: ", "attributeTypes: ", "member: uid=ann", "\nuid: ann\n", "\nuid: bob\n", "entryUUID: "} {
				if !strings.Contains(out, want) {
					t.Errorf("the commands do not print %q", want)
				}
			}
		})
	}
}

// TestLinesOfKerberos: a ticket is got first.
func TestLinesOfKerberos(t *testing.T) {
	c := Config{CAFile: "/etc/ca.pem", Kerberos: Kerberos{Keytab: "/etc/key tab", Principal: "sync@X.ORG", Krb5Conf: "/etc/krb5.conf"}}
	got := c.ldapsearch(address{host: "dc1", port: "636", tls: true}, &search{filter: "(a=b)", most: 2, attrs: []string{"member;range=0-*"}})
	want := `KRB5_CONFIG=/etc/krb5.conf kinit -k -t '/etc/key tab' sync@X.ORG && KRB5_CONFIG=/etc/krb5.conf LDAPTLS_CACERT=/etc/ca.pem ` +
		`ldapsearch -LLL -o ldif-wrap=no -H ldaps://dc1:636 -Y GSSAPI -Q -O maxssf=0 -z 2 -b '' -s base '(a=b)' 'member;range=0-*'`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := (&Config{}).ldapsearch(address{host: "dc1", port: "389"}, &search{}); !strings.Contains(got, " -x -b ") {
		t.Errorf("got %s, want an anonymous bind", got)
	}
}

// TestLogsNameNobody: what is searched for somebody is in the log, and who it is
// is not.
func TestLogsNameNobody(t *testing.T) {
	const dn = "uid=ann,ou=people," + suffix
	s := newSlapd(t, person("ann"))
	core, logs := observer.New(zap.DebugLevel)
	c := s.config()
	c.Log = zap.New(core)
	source, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"ann", dn} {
		if got, _, err := source.Anchors(t.Context(), who); err != nil || got != dn {
			t.Errorf("got %q, %v", got, err)
		}
	}
	servers, err := source.addresses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := source.connect(t.Context(), servers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.close()
	if e, err := conn.look(t.Context(), dn, "(objectClass=*)", "uid"); err != nil || e == nil {
		t.Errorf("got %v, %v", e, err)
	}
	for _, e := range logs.All() {
		if line := e.ContextMap()["as"].(string); strings.Contains(line, "ann") || !strings.Contains(line, "WHO") && !strings.Contains(line, " -b DN ") {
			t.Errorf("got %s, want nobody named", line)
		}
	}
	if logs.Len() != 3 {
		t.Errorf("got %d searches, want 3", logs.Len())
	}
}

// TestRangesAreLogged: with the DN of a group, and without that of a person.
func TestRangesAreLogged(t *testing.T) {
	f := rangeServer(t, func(id int) [][]byte {
		return [][]byte{somebody(id, "uid=ann", attr("uid", "ann"), attr("entryUUID", "u"), attr("mail;range=0-0", "a@example.org"))}
	}, func(_, id int) []byte { return somebody(id, "uid=ann", attr("mail;range=1-*", "b@example.org")) })
	all := searches(t, f.config(), "")
	last := all[len(all)-1]
	if !strings.HasSuffix(last, " -b DN -s base '(objectClass=*)' 'mail;range=1-*'") || strings.Contains(strings.Join(all, "\n"), "uid=ann") {
		t.Errorf("got %q", all)
	}
	if len(all) != 3 || !strings.Contains(all[1], sync.Email.String()) && !strings.Contains(all[1], "mail") {
		t.Errorf("got %q, want the root DSE, the people and the range", all)
	}
}
