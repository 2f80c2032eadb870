//go:build gssapi

package ldapdir

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"
)

// TestKerberos binds to a real domain controller with a key table that it
// exported, and never with another's.
func TestKerberos(t *testing.T) {
	if testing.Short() {
		t.Skip("a domain controller takes seconds")
	}
	dc := newSambaWith(t, "ldap, kdc", "allow_sasl_over_tls")
	for _, login := range []string{"ann.lee", "svc.syncd", "bob.kay"} {
		dc.tool(t, "user", "create", login, "Passw0rd-x1", "--given-name="+login, "--mail-address="+login+"@example.org")
	}
	// The controller enters its names by a script that needs DNS.
	run(t, "samba-tool", "spn", "add", "ldap/dc1.syncd.test", "DC1$", "-s", dc.dir+"/etc/smb.conf", "-H", dc.dir+"/private/sam.ldb")
	keytab := func(principal string) string {
		path := filepath.Join(dc.dir, principal+".keytab")
		run(t, "samba-tool", "domain", "exportkeytab", path, "--principal="+principal, "-s", dc.dir+"/etc/smb.conf")
		return path
	}
	own, bobs := keytab("svc.syncd"), keytab("bob.kay")
	write(t, dc.dir, "krb5.conf", "[libdefaults]\n default_realm = SYNCD.TEST\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"+
		"[realms]\n SYNCD.TEST = {\n  kdc = "+dc.ip+":88\n }\n")
	write(t, dc.dir, "nobody.conf", "[libdefaults]\n default_realm = SYNCD.TEST\n dns_lookup_kdc = false\n[realms]\n SYNCD.TEST = {\n  kdc = "+freePort(t)+"\n }\n")
	krb := Kerberos{Keytab: own, Principal: "svc.syncd@SYNCD.TEST", Krb5Conf: filepath.Join(dc.dir, "krb5.conf"), SPN: "ldap/dc1.syncd.test"}
	with := func(change func(*Config)) *Source {
		in := *dc.source(t)
		in.config.BindDN, in.config.Password, in.config.Kerberos = "", nil, krb
		change(&in.config)
		source, err := New(in.config, in.mapping)
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
	for name, change := range map[string]func(*Config){
		"ldaps":           func(*Config) {},
		"StartTLS":        func(c *Config) { c.URLs, c.StartTLS = []string{"ldap://" + dc.ip}, true },
		"small pages":     func(c *Config) { c.Page = 1 },
		"several servers": func(c *Config) { c.URLs = append([]string{"ldap://" + freePort(t)}, c.URLs...) },
	} {
		t.Run(name, func(t *testing.T) {
			if got := people(t, with(change)); len(got) != 3 || got["ann.lee"].Key == "" {
				t.Errorf("got %+v, want 3 people", got)
			}
		})
	}
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"another's keytab":    {func(c *Config) { c.Kerberos.Keytab = bobs }, "sign in as svc.syncd@SYNCD.TEST"},
		"no such principal":   {func(c *Config) { c.Kerberos.Principal = "nobody@SYNCD.TEST" }, "sign in as nobody@SYNCD.TEST"},
		"no such service":     {func(c *Config) { c.Kerberos.SPN = "ldap/dc9.syncd.test" }, "get a ticket for ldap/dc9.syncd.test"},
		"the name of the URL": {func(c *Config) { c.Kerberos.SPN = "" }, "get a ticket for ldap/" + dc.ip},
		"no keytab":           {func(c *Config) { c.Kerberos.Keytab = "/nowhere" }, "/nowhere"},
		"no krb5.conf":        {func(c *Config) { c.Kerberos.Krb5Conf = "/nowhere" }, "/nowhere"},
		"nobody there":        {func(c *Config) { c.Kerberos.Krb5Conf = filepath.Join(dc.dir, "nobody.conf") }, "sign in as svc.syncd@SYNCD.TEST"},
		"clear text":          {func(c *Config) { c.URLs = []string{"ldap://" + dc.ip} }, "the server wants signing or channel binding"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := with(tt.change).Read(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(got.Identities) > 0 {
				t.Errorf("got %d people, %v, want %q", len(got.Identities), err, tt.want)
			}
			if refused := strings.Contains(tt.want, "sign in as"); worthAnother(err) == refused {
				t.Errorf("the next server is asked after %v: %t", err, !refused)
			}
		})
	}
	// By default Samba wants more than TLS. It comes last: the setting is read at the start.
	dc.restart(t, "allow_sasl_over_tls", "yes")
	if got, err := with(func(*Config) {}).Read(t.Context()); err == nil || !strings.Contains(err.Error(), "allow_sasl_over_tls") {
		t.Errorf("got %d people, %v, want what to set", len(got.Identities), err)
	}
}

// restart starts the controller again with one word of its settings replaced.
func (s *samba) restart(t *testing.T, old, by string) {
	t.Helper()
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	_ = s.cmd.Wait()
	settings, err := os.ReadFile(s.dir + "/etc/smb.conf")
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.dir+"/etc", "smb.conf", strings.Replace(string(settings), old, by, 1))
	s.start(t)
}

// TestKerberosEndsWithItsContext: a server of tickets that says nothing does
// not hold up a read.
func TestKerberosEndsWithItsContext(t *testing.T) {
	dir, keys := t.TempDir(), keytab.New()
	if err := keys.AddEntry("svc", "SYNCD.TEST", "secret", time.Now(), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
		t.Fatal(err)
	}
	raw, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "svc.keytab", string(raw))
	write(t, dir, "krb5.conf", "[libdefaults]\n default_realm = SYNCD.TEST\n udp_preference_limit = 1\n[realms]\n SYNCD.TEST = {\n  kdc = "+
		strings.TrimPrefix(rawServer(t, silent), "ldap://")+"\n }\n")
	c := (&fake{url: rawServer(t, silent)}).config()
	c.Timeout, c.Password = 300*time.Millisecond, nil
	c.Kerberos = Kerberos{Keytab: filepath.Join(dir, "svc.keytab"), Principal: "svc@SYNCD.TEST", Krb5Conf: filepath.Join(dir, "krb5.conf")}
	if _, err := read(t, c); err == nil || !strings.Contains(err.Error(), "no answer within 300ms") {
		t.Errorf("got %v", err)
	}
}
