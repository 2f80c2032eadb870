package ldapdir

import (
	"cmp"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// A station is where the real command runs on a real directory, beside a
// simulated server.
type station struct {
	program, dir string
	server       *mmsim.Server
	web          *httptest.Server
}

func newStation(t *testing.T, program string) *station {
	t.Helper()
	s := &station{program: program, dir: t.TempDir(), server: mmsim.New(mmsim.Config{SeatLimit: -1})}
	s.web = httptest.NewServer(s.server)
	t.Cleanup(s.web.Close)
	admin := s.server.Add(mmsim.User{Username: "sysadmin", Email: "it@example.org", Roles: "system_user system_admin"})
	bot := s.server.Add(mmsim.User{Username: "syncd", Roles: "system_user system_admin", IsBot: true, OwnerID: admin})
	write(t, s.dir, "token", s.server.Token(bot))
	return s
}

// run runs the command, which must end with the code.
func (s *station) run(t *testing.T, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command(s.program, args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("syncd %s: got %v, want exit code %d\n%s", strings.Join(args, " "), err, code, out)
	}
	return string(out)
}

// configure writes a configuration, with some of its text replaced.
func (s *station) configure(t *testing.T, text string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in\n%s", pairs[i], text)
		}
	}
	write(t, s.dir, "syncd.yaml", strings.NewReplacer(pairs...).Replace(text))
}

// recipe returns a configuration around the recipe of the manual for a kind of
// directory.
func (s *station) recipe(t *testing.T, kind string) string {
	t.Helper()
	manual, err := os.ReadFile("../../docs/directories.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(manual), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		if strings.HasPrefix(text, "sources:") && strings.Contains(text, "type: "+kind+"\n") {
			return "version: 1\npolicy: observe\nstate: syncd.db\nmattermost: { url: \"https://chat.example.org\", token: file:token }\n" + text
		}
	}
	t.Fatalf("the manual has no recipe for %s", kind)
	return ""
}

// init returns what syncd init writes.
func (s *station) init(t *testing.T, kind string) string {
	t.Helper()
	return strings.ReplaceAll(s.run(t, 0, "init", kind), "/var/lib/syncd/syncd.db", "syncd.db")
}

// plans wants a plan that creates exactly these, twice the same bytes.
func (s *station) plans(t *testing.T, names ...string) {
	t.Helper()
	s.run(t, 0, "check", "-c", "syncd.yaml")
	first := s.run(t, 0, "plan", "-c", "syncd.yaml")
	if again := s.run(t, 0, "plan", "-c", "syncd.yaml"); again != first {
		t.Errorf("got\n%s\nand then\n%s", first, again)
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^ {6}(\S+) +(?:ldap|ad|ipa|people):`).FindAllStringSubmatch(first, -1) {
		got = append(got, m[1])
	}
	if slices.Sort(got); !slices.Equal(got, names) || !strings.Contains(first, fmt.Sprintf(" %d create;", len(names))) {
		t.Errorf("got %q, want %q to be created\n%s", got, names, first)
	}
	if out := s.run(t, 0, "doctor", "ldap", "-c", "syncd.yaml"); !strings.Contains(out, "All is well. Next, see") {
		t.Errorf("got\n%s\nwant all to be well", out)
	}
}

// lives wants what the table of the design demands after ann was renamed and
// moved, bob disabled, cy expired, and di deleted and made again; ed stays.
func (s *station) lives(t *testing.T, change func()) {
	t.Helper()
	set := []string{"-c", "syncd.yaml", "--set", "policy=sync", "--set", "leavers.expired.after=0s"}
	s.run(t, 0, append([]string{"sync"}, set...)...)
	change()
	plan := s.run(t, 0, append([]string{"plan"}, set...)...)
	if again := s.run(t, 0, append([]string{"plan"}, set...)...); again != plan {
		t.Errorf("got\n%s\nand then\n%s", plan, again)
	}
	for _, want := range []string{`ann +username "ann" -> "ann.moss"`, `bob +disabled in the source`, `cy +expired in the source`, `di +SYD-H-REPLACED`, `di +SYD-H-(USERNAME-HELD|TAKEN)`, `1 unchanged`} {
		if !regexp.MustCompile(want).MatchString(strings.Join(strings.Fields(plan), " ")) {
			t.Errorf("got\n%s\nwant %s", plan, want)
		}
	}
	s.run(t, 4, append([]string{"sync"}, set...)...) // di's new record is held
	var got []string
	for _, u := range s.server.Users() {
		if status := cmp.Or(u.DeleteAt, 1) == 1; u.Roles == "system_user" {
			got = append(got, fmt.Sprint(u.Username, " ", status))
		}
	}
	if want := []string{"ann.moss true", "bob false", "cy false", "di true", "ed true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRealCommand plans with the recipes of the manual and what syncd init
// writes, and follows people through their lives.
func TestRealCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("directories take seconds")
	}
	program := filepath.Join(t.TempDir(), "syncd")
	run(t, "go", "build", "-o", program, "../../cmd/syncd")
	t.Run("openldap", func(t *testing.T) { testOpenLDAP(t, newStation(t, program)) })
	t.Run("activedirectory", func(t *testing.T) { testDomain(t, newStation(t, program)) })
	t.Run("389", func(t *testing.T) { test389(t, newStation(t, program)) })
	t.Run("csv", func(t *testing.T) {
		s := newStation(t, program)
		write(t, s.dir, "people.csv", "employee_id,login,mail,given_name,family_name,title,state\n1,Ann,ann@example.org,Ann,Lee,Chef,\n2,bob,bob@example.org,Bob,Kay,,left\n")
		s.configure(t, s.init(t, "csv"), "https://chat.example.org", s.web.URL)
		if out := s.run(t, 0, "plan", "-c", "syncd.yaml"); !regexp.MustCompile(`create +1\n +ann +people:1 ann@example.org`).MatchString(out) {
			t.Errorf("got\n%s\nwant ann alone", out)
		}
	})
}

// writer signs in as somebody who may write.
func writer(t *testing.T, url, dn, password string) *ldap.Conn {
	t.Helper()
	c, err := ldap.DialURL(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Bind(dn, password); err != nil {
		t.Fatal(err)
	}
	return c
}

// A tree is a part of a directory whose people have names of the form uid=….
type tree struct {
	conn    *ldap.Conn
	base    string
	classes []string
}

func (tr tree) name(uid string) string { return "uid=" + uid + "," + tr.base }

func (tr tree) add(t *testing.T, uid string, more ...string) {
	t.Helper()
	r := ldap.NewAddRequest(tr.name(uid), nil)
	r.Attribute("objectClass", append([]string{"inetOrgPerson"}, tr.classes...))
	for i := 0; i < len(more); i += 2 {
		r.Attribute(more[i], more[i+1:i+2])
	}
	for _, name := range []string{"uid", "cn", "sn"} {
		r.Attribute(name, []string{uid})
	}
	r.Attribute("mail", []string{uid + "@example.org"})
	if err := tr.conn.Add(r); err != nil {
		t.Fatal(err)
	}
}

// change does all of it; the last arguments say how somebody is disabled, and
// how they expire.
func (tr tree) change(t *testing.T, disabled, expired [2]string, more ...string) {
	t.Helper()
	set := func(uid string, pair [2]string) error {
		r := ldap.NewModifyRequest(tr.name(uid), nil)
		r.Replace(pair[0], []string{pair[1]})
		return tr.conn.Modify(r)
	}
	unit := ldap.NewAddRequest("ou=sales,"+tr.base, nil)
	unit.Attribute("objectClass", []string{"organizationalUnit"})
	err := errors.Join(tr.conn.Add(unit),
		tr.conn.ModifyDN(ldap.NewModifyDNRequest(tr.name("ann"), "uid=ann.moss", true, "ou=sales,"+tr.base)),
		set("bob", disabled), set("cy", expired), tr.conn.Del(ldap.NewDelRequest(tr.name("di"), nil)))
	if err != nil {
		t.Fatal(err)
	}
	tr.add(t, "di", more...)
}

// testOpenLDAP: the recipe and init's file are for StartTLS.
func testOpenLDAP(t *testing.T, s *station) {
	d := newSlapd(t, "")
	tr := tree{writer(t, d.url, "cn=admin,"+suffix, "admin"), "ou=people," + suffix, []string{"shadowAccount"}}
	for _, uid := range []string{"ann", "bob", "cy", "di", "ed"} {
		tr.add(t, uid, "employeeNumber", "7"+uid)
	}
	write(t, s.dir, "ldap-password", "sync")
	all := []string{"ann", "bob", "cy", "di", "ed"}
	s.configure(t, s.recipe(t, "ldap"), "https://chat.example.org", s.web.URL, "ldap://ldap.example.org", d.url, "start_tls: true", "start_tls: true\n    ca_file: "+d.ca)
	s.plans(t, all...)
	s.configure(t, s.init(t, "openldap"), "https://chat.example.org", s.web.URL, "ldap://ldap.example.org", d.url,
		"# ca_file: company-ca.pem", "ca_file: "+d.ca, "# status:", "status:", "# anchor:", "anchor:", "# filter:", "filter:")
	s.plans(t, all...)
	t.Run("join", func(t *testing.T) { testComesBack(t, newStation(t, s.program), tr, s) })
	s.lives(t, func() {
		tr.change(t, [2]string{"employeeType", "left"}, [2]string{"shadowExpire", "10"}, "employeeNumber", "7di")
	})
}

// testComesBack: with a join value, whoever is deleted and made again keeps the
// account, as the manual says.
func testComesBack(t *testing.T, s *station, tr tree, as *station) {
	text, err := os.ReadFile(filepath.Join(as.dir, "syncd.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.dir, "ldap-password", "sync")
	s.configure(t, string(text), as.web.URL, s.web.URL, "policy: observe", "policy: sync", "    start_tls: true", "    join: first(employeeNumber)\n    start_tls: true")
	s.run(t, 0, "sync", "-c", "syncd.yaml")
	before := s.server.Users()
	if err := tr.conn.Del(ldap.NewDelRequest(tr.name("di"), nil)); err != nil {
		t.Fatal(err)
	}
	tr.add(t, "di", "employeeNumber", "7di")
	if out := s.run(t, 0, "sync", "-c", "syncd.yaml"); !strings.Contains(out, "0 pending, 0 held, 5 unchanged") {
		t.Errorf("got\n%s\nwant nothing to do", out)
	}
	for i, u := range s.server.Users() {
		if u.ID != before[i].ID || u.DeleteAt != before[i].DeleteAt {
			t.Errorf("got %+v, want %+v", u, before[i])
		}
	}
}

// testDomain: any domain user may read.
func testDomain(t *testing.T, s *station) {
	dc := newSamba(t)
	const staff = "OU=Staff,DC=syncd,DC=test"
	dc.tool(t, "ou", "create", staff)
	dc.tool(t, "ou", "create", "OU=Sales,"+staff)
	dc.tool(t, "user", "create", "svc-syncd", "Passw0rd-svc")
	user := func(login string) {
		dc.tool(t, "user", "create", login, "Passw0rd-x1", "--userou=OU=Staff", "--given-name="+login, "--mail-address="+login+"@example.org")
	}
	all := []string{"ann", "bob", "cy", "di", "ed"}
	for _, login := range all {
		user(login)
	}
	dc.tool(t, "computer", "create", "pc1", "--computerou=OU=Staff")
	write(t, s.dir, "ad-password", "Passw0rd-svc")
	pairs := []string{"https://chat.example.org", s.web.URL, "ldaps://dc1.example.org", "ldaps://" + dc.ip, ", ldaps://dc2.example.org", "", "svc-syncd@example.org", "svc-syncd@syncd.test", "OU=Staff,DC=example,DC=org", staff}
	s.configure(t, s.recipe(t, "activedirectory"), append(pairs, "company-ca.pem", dc.ca)...)
	s.plans(t, all...)
	s.configure(t, s.init(t, "ad"), append(pairs, "# ca_file: company-ca.pem", "ca_file: "+dc.ca)...)
	s.plans(t, all...)
	s.lives(t, func() {
		dc.tool(t, "user", "move", "ann", "OU=Sales,"+staff)
		dc.tool(t, "user", "rename", "ann", "--samaccountname=ann.moss")
		dc.tool(t, "user", "disable", "bob")
		dc.tool(t, "user", "setexpiry", "cy", "--days=-2")
		dc.tool(t, "user", "delete", "di")
		user("di")
	})
}

// ipaSchema is what FreeIPA's people have beside those of 389 Directory Server,
// on which it is built.
const ipaSchema = `dn: cn=schema
attributeTypes: ( 2.16.840.1.113730.3.8.3.1 NAME 'ipaUniqueID' DESC 'Unique identifier' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE X-ORIGIN 'IPA v2' )
attributeTypes: ( 2.16.840.1.113719.1.301.4.6.1 NAME 'krbPrincipalExpiration' EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
objectClasses: ( 2.16.840.1.113730.3.8.4.5 NAME 'testIPAPerson' AUXILIARY MAY ( ipaUniqueID $ krbPrincipalExpiration ) X-ORIGIN 'IPA v2' )
`

// test389: as OpenLDAP, with its own anchor; and FreeIPA, in the same server.
func test389(t *testing.T, s *station) {
	entry := func(dn string, lines ...string) string {
		return "dn: " + dn + suffix + "\n" + strings.Join(lines, "\n") + "\n\n"
	}
	account := func(dn, password string) string {
		return entry(dn, "objectClass: account", "objectClass: simpleSecurityObject", "uid: syncd", "userPassword: {CLEAR}"+password)
	}
	url := newDS389With(t, entry("", "objectClass: domain", "dc: example", `aci: (targetattr="*")(version 3.0; acl "r"; allow (read,search,compare) userdn="ldap:///all";)`)+
		entry("ou=people,", "objectClass: organizationalUnit")+entry("ou=services,", "objectClass: organizationalUnit")+
		entry("cn=accounts,", "objectClass: nsContainer")+entry("cn=users,cn=accounts,", "objectClass: nsContainer")+
		entry("cn=etc,", "objectClass: nsContainer")+entry("cn=sysaccounts,cn=etc,", "objectClass: nsContainer")+
		account("uid=syncd,cn=sysaccounts,cn=etc,", "ipa")+account("uid=syncd,ou=services,", "sync"), ipaSchema)
	admin := writer(t, url, "cn=Directory Manager", "Adm1n-pass")
	all := []string{"ann", "bob", "cy", "di", "ed"}
	t.Run("ldap", func(t *testing.T) {
		tr := tree{admin, "ou=people," + suffix, []string{"shadowAccount"}}
		for _, uid := range all {
			tr.add(t, uid)
		}
		s := newStation(t, s.program)
		write(t, s.dir, "ldap-password", "sync")
		s.configure(t, s.recipe(t, "ldap"), "https://chat.example.org", s.web.URL, "ldap://ldap.example.org", url, "cn=sync,ou", "uid=syncd,ou",
			"start_tls: true", "anchor: { attribute: nsUniqueId }")
		s.plans(t, all...)
		s.lives(t, func() { tr.change(t, [2]string{"nsAccountLock", "true"}, [2]string{"shadowExpire", "10"}) })
	})
	t.Run("freeipa", func(t *testing.T) {
		tr := tree{admin, "cn=users,cn=accounts," + suffix, []string{"posixAccount", "testIPAPerson"}}
		more := func(anchor string) []string {
			return []string{"ipaUniqueID", anchor, "uidNumber", "1", "gidNumber", "1", "homeDirectory", "/"}
		}
		for _, uid := range all {
			tr.add(t, uid, more("id-of-"+uid)...)
		}
		write(t, s.dir, "ipa-password", "ipa")
		pairs := []string{"https://chat.example.org", s.web.URL, "ldaps://ipa1.example.org", url, "ca_file: /etc/ipa/ca.crt", ""}
		s.configure(t, s.recipe(t, "freeipa"), pairs...)
		s.plans(t, all...)
		s.configure(t, s.init(t, "freeipa"), pairs...)
		s.plans(t, all...)
		s.lives(t, func() {
			tr.change(t, [2]string{"nsAccountLock", "TRUE"}, [2]string{"krbPrincipalExpiration", time.Now().Add(-time.Hour).UTC().Format("20060102150405Z")}, more("another-id")...)
		})
	})
}
