package ldapdir

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

const dsBackend = `dn: cn=userroot,cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsBackendInstance
cn: userroot
nsslapd-suffix: dc=example,dc=org
nsslapd-directory: $dir/db/userroot

dn: cn=dc\3Dexample\2Cdc\3Dorg,cn=mapping tree,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsMappingTree
cn: dc=example,dc=org
cn: dc\3Dexample\2Cdc\3Dorg
nsslapd-state: backend
nsslapd-backend: userroot

`

// newDS389 starts a 389 Directory Server with the people of an LDIF, which needs
// root. Without it the test is skipped; in CI that is a failure.
func newDS389(t *testing.T, people string) (url string) {
	t.Helper()
	return newDS389With(t, people, "")
}

// newDS389With starts one with more attributes and classes than it comes with.
func newDS389With(t *testing.T, people, schema string) (url string) {
	t.Helper()
	if _, err := exec.LookPath("ns-slapd"); err != nil || os.Getuid() != 0 {
		why := "389 Directory Server needs ns-slapd and root: run tools/needs.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	dir, err := os.MkdirTemp("", "ds389-") // its own user must reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	addr := freePort(t)
	_, port, _ := net.SplitHostPort(addr)
	write(t, dir, "ds.inf", dsInf(dir, port))
	_ = exec.Command("dscreate", "from-file", filepath.Join(dir, "ds.inf")).Run() // it gives up after the part that is wanted
	config := filepath.Join(dir, "etc", "dse.ldif")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatalf("dscreate made no configuration: %v", err)
	}
	write(t, filepath.Dir(config), "dse.ldif", dsConfig(string(text))+strings.ReplaceAll(dsBackend, "$dir", dir))
	for _, d := range []string{"dbhome", "t", "inst", "var"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "ldif"), "people.ldif", people)
	if schema != "" {
		write(t, filepath.Join(dir, "etc", "schema"), "98test.ldif", schema)
	}
	run(t, "chown", "-R", "dirsrv:dirsrv", dir)
	run(t, "chmod", "755", dir)
	run(t, "ns-slapd", "ldif2db", "-D", filepath.Dir(config), "-n", "userroot", "-i", filepath.Join(dir, "ldif", "people.ldif"))
	cmd := exec.Command("ns-slapd", "-D", filepath.Dir(config), "-i", filepath.Join(dir, "run", "ns.pid"), "-d", "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return "ldap://" + addr
		}
	}
	t.Fatal("389 Directory Server did not start")
	return ""
}

func dsInf(dir, port string) string {
	lines := []string{"[general]", "config_version = 2", "full_machine_name = localhost", "strict_host_checking = False",
		"selinux = False", "systemd = False", "start = False", "[slapd]", "instance_name = lab", "port = " + port,
		"root_password = Adm1n-pass", "user = dirsrv", "group = dirsrv", "self_sign_cert = False", "ldapi = " + dir + "/run/ldapi"}
	for _, pair := range []string{"config:etc", "schema:etc/schema", "cert:etc", "db:db", "db_home:dbhome", "ldif:ldif", "backup:bak",
		"log:log", "run:run", "lock:lock", "inst:inst", "local_state:var", "tmp:t"} {
		name, sub, _ := strings.Cut(pair, ":")
		lines = append(lines, fmt.Sprintf("%s_dir = %s/%s", name, dir, sub))
	}
	return strings.Join(append(lines, "[backend-userroot]", "suffix = dc=example,dc=org", "create_suffix_entry = False", "sample_entries = no"), "\n") + "\n"
}

// dsConfig makes it listen on this machine only, and takes the password in the
// clear: the hash that dscreate stores is refused.
func dsConfig(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "nsslapd-port:"):
			line += "nsslapd-listenhost: 127.0.0.1\n"
		case strings.HasPrefix(line, "nsslapd-rootpw:"):
			line = "nsslapd-rootpw: {CLEAR}Adm1n-pass\nnsslapd-rootpwstoragescheme: CLEAR\n"
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

// Test389DS: its anchor, its lock, and its cookie that never changes.
func Test389DS(t *testing.T) {
	if testing.Short() {
		t.Skip("389 Directory Server takes seconds")
	}
	base := "dn: dc=example,dc=org\nobjectClass: domain\ndc: example\n\ndn: ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\nou: people\n\n"
	url := newDS389(t, base+crowd(450)+person("ann", "title: Chef")+person("bob", "nsAccountLock: true"))
	p := PresetOf(LDAP)
	spec := sources.Spec{Source: "ds", Anchor: "nsUniqueId", Disabled: p.Disabled, Expired: p.Expired, Fields: map[sync.Field]sources.FieldSpec{}}
	for f, from := range p.Fields {
		spec.Fields[f] = sources.FieldSpec{From: from}
	}
	m, faults := sources.Compile(spec)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	source, err := New(Config{
		Name: "ds", URLs: []string{url}, BindDN: "cn=Directory Manager", Password: password("Adm1n-pass"),
		Bases: []string{"ou=people," + suffix}, Filter: p.Filter, Anchor: Text, Preset: []string{"status.disabled", "status.expired"}, Page: 100, Timeout: 20 * time.Second,
	}, m)
	if err != nil {
		t.Fatal(err)
	}
	by := *source // it compares by the syntax what has no rule
	by.config.Filter = "(&(objectClass=inetOrgPerson)(uid<=carl)(uid>=b)(nsAccountLock=t*))"
	if got, err := by.Read(t.Context()); err != nil || len(got.Identities) != 1 {
		t.Errorf("got %d people, %v, want bob", len(got.Identities), err)
	}
	got, err := source.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]sync.Status{}
	for _, id := range got.Identities {
		status[id.Profile[sync.Username]] = id.Status
		if strings.Count(string(id.Key), "-") != 3 {
			t.Fatalf("got the key %s, want four groups", id.Key)
		}
	}
	if len(status) != 452 || status["ann"] != sync.Enabled || status["bob"] != sync.Disabled {
		t.Errorf("got %d people, ann %s, bob %s", len(status), status["ann"], status["bob"])
	}
	testLook389(t, url, source, got)
}

// testLook389: somebody who was moved, who is locked and who is deleted.
func testLook389(t *testing.T, url string, source *Source, before sync.Snapshot) {
	t.Helper()
	key := map[string]sync.Key{}
	for _, id := range before.Identities {
		key[id.Profile[sync.Username]] = id.Key
	}
	c, err := ldap.DialURL(url)
	must(t, err)
	defer c.Close()
	must(t, c.Bind("cn=Directory Manager", "Adm1n-pass"))
	must(t, c.ModifyDN(ldap.NewModifyDNRequest("uid=ann,ou=people,"+suffix, "uid=anna", true, suffix)))
	must(t, c.Del(ldap.NewDelRequest("uid=user000001,ou=people,"+suffix, nil)))
	want := map[sync.Key]string{
		key["ann"]:        "enabled, in false, at uid=anna," + suffix,
		key["bob"]:        "disabled, in true, at uid=bob,ou=people," + suffix,
		key["user000000"]: "enabled, in true, at uid=user000000,ou=people," + suffix,
		key["user000001"]: "absent",
	}
	keys := slices.Sorted(maps.Keys(want))
	if diff := cmp.Diff(look(t, source, keys...), want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}
