package ldapdir

import (
	"crypto/tls"
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

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

const adPassword = "Adm1n-pass!"

// A samba is an Active Directory domain controller of the test's own, on an
// address of its own: its ports are fixed.
type samba struct {
	dir, ip, ca string
	cmd         *exec.Cmd
}

// newSamba provisions and starts one, which needs root. Without it the test is
// skipped; in CI that is a failure.
func newSamba(t *testing.T) *samba {
	t.Helper()
	return newSambaWith(t, "ldap", "yes")
}

// newSambaWith starts one with more of its services than the directory, or that
// asks for less than it should.
func newSambaWith(t *testing.T, services, strongAuth string) *samba {
	t.Helper()
	if _, err := exec.LookPath("samba-tool"); err != nil || os.Getuid() != 0 {
		why := "a domain controller needs samba-tool and root: run tools/needs.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	s := &samba{dir: t.TempDir(), ip: freeAddress(t)}
	run(t, "samba-tool", "domain", "provision", "--targetdir="+s.dir, "--realm=SYNCD.TEST", "--domain=SYNCD", "--server-role=dc",
		"--dns-backend=NONE", "--use-rfc2307", "--adminpass="+adPassword, "--host-name=dc1", "--host-ip="+s.ip,
		"--option=interfaces="+s.ip+"/8", "--option=bind interfaces only=yes")
	certs := &slapd{dir: s.dir}
	certs.certificatesFor(t, s.ip)
	s.ca = certs.ca
	for _, d := range []string{"run", "log", "ncalrpc", "winbindd", "ntp"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(s.dir, "etc"), "smb.conf", strings.NewReplacer("$dir", s.dir, "$ip", s.ip, "$services", services, "$strong", strongAuth).Replace(smbConf))
	s.start(t)
	return s
}

const smbConf = `[global]
realm = SYNCD.TEST
workgroup = SYNCD
netbios name = DC1
server role = active directory domain controller
server services = $services
dcerpc endpoint servers = -*
interfaces = $ip/8
bind interfaces only = yes
private dir = $dir/private
state directory = $dir/state
cache directory = $dir/cache
lock directory = $dir
pid directory = $dir/run
ncalrpc dir = $dir/ncalrpc
winbindd socket directory = $dir/winbindd
ntp signd socket directory = $dir/ntp
binddns dir = $dir/bind-dns
log file = $dir/log/log.%m
log level = 0
idmap_ldb:use rfc2307 = yes
ldap server require strong auth = $strong
tls enabled = yes
tls keyfile = $dir/server.key
tls certfile = $dir/server.pem
tls cafile = $dir/ca.pem
panic action = /bin/false
[sysvol]
path = $dir/state/sysvol
read only = no
[netlogon]
path = $dir/state/sysvol/syncd.test/scripts
read only = no
`

// freeAddress returns an address of this machine on which nobody has the port
// for ldaps.
func freeAddress(t *testing.T) string {
	t.Helper()
	for n := 60 + os.Getpid()%100; n < 250; n++ {
		ip := fmt.Sprintf("127.0.0.%d", n)
		if l, err := net.Listen("tcp", ip+":636"); err == nil {
			l.Close()
			return ip
		}
	}
	t.Fatal("no address is free")
	return ""
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// tool changes the directory while the controller runs.
func (s *samba) tool(t *testing.T, args ...string) {
	t.Helper()
	run(t, "samba-tool", append(args, "-s", s.dir+"/etc/smb.conf", "-H", s.dir+"/private/sam.ldb")...)
}

func (s *samba) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("samba", "-i", "-M", "single", "--debug-stdout", "-d", "0", "-s", s.dir+"/etc/smb.conf")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		_ = s.cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		c, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", s.ip+":636", &tls.Config{InsecureSkipVerify: true}) // is anybody there?
		if err == nil {
			c.Close()
			return
		}
	}
	t.Fatal("samba did not start")
}

// adMapping is the preset's, with a condition.
func adMapping(t *testing.T, include string) *sources.Mapping {
	t.Helper()
	return adMappingWith(t, func(s *sources.Spec) { s.Include = include })
}

func adMappingWith(t *testing.T, change func(*sources.Spec)) *sources.Mapping {
	t.Helper()
	p := PresetOf(ActiveDirectory)
	spec := sources.Spec{Source: "ad", Anchor: p.Anchor, Disabled: p.Disabled, Expired: p.Expired, Fields: map[sync.Field]sources.FieldSpec{}}
	for f, from := range p.Fields {
		spec.Fields[f] = sources.FieldSpec{From: from}
	}
	change(&spec)
	m, faults := sources.Compile(spec)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

// source reads the directory with what every Active Directory gets.
func (s *samba) source(t *testing.T) *Source {
	t.Helper()
	p := PresetOf(ActiveDirectory)
	m := adMapping(t, "")
	source, err := New(Config{
		Name: "ad", URLs: []string{"ldaps://" + s.ip}, CAFile: s.ca, BindDN: "Administrator@syncd.test", Password: password(adPassword),
		Filter: p.Filter, Ignored: p.Ignored, Anchor: p.Encoding, Timeout: 20 * time.Second,
	}, m)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// people returns who of the given first names is there, and how.
func people(t *testing.T, s *Source) map[string]sync.Identity {
	t.Helper()
	snapshot, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]sync.Identity)
	for _, id := range snapshot.Identities {
		if first := id.Profile[sync.FirstName]; first != "" {
			all[first] = id
		}
	}
	return all
}

// TestActiveDirectory follows people through a real directory: renamed, moved,
// disabled, expired, deleted and made again.
func TestActiveDirectory(t *testing.T) {
	if testing.Short() {
		t.Skip("a domain controller takes seconds")
	}
	dc := newSamba(t)
	user := func(login, first, last string) {
		dc.tool(t, "user", "create", login, "Passw0rd-x1", "--given-name="+first, "--surname="+last,
			"--mail-address="+login+"@example.org", "--job-title=Chef")
	}
	user("ann.lee", "Ann", "Lee")
	user("bob.kay", "Bob", "Kay")
	user("cy.dee", "Cy", "Dee")
	source := dc.source(t)
	before := people(t, source)
	if len(before) != 3 || before["Ann"].Profile[sync.Username] != "ann.lee" || before["Ann"].Profile[sync.Position] != "Chef" {
		t.Fatalf("got %+v", before)
	}
	if key := string(before["Ann"].Key); len(key) != 39 || strings.Count(key, "-") != 4 {
		t.Errorf("got the key %s, want a GUID", key)
	}

	dc.tool(t, "ou", "create", "OU=Sales,DC=syncd,DC=test")
	dc.tool(t, "user", "move", "ann.lee", "OU=Sales,DC=syncd,DC=test")
	dc.tool(t, "user", "rename", "ann.lee", "--surname=Moss", "--samaccountname=ann.moss")
	dc.tool(t, "user", "disable", "bob.kay")
	dc.tool(t, "user", "setexpiry", "cy.dee", "--days=-2")
	after := people(t, source)
	if ann := after["Ann"]; ann.Key != before["Ann"].Key || ann.Profile[sync.Username] != "ann.moss" || ann.Status != sync.Enabled {
		t.Errorf("renamed and moved: got %+v", ann)
	}
	if bob := after["Bob"]; bob.Key != before["Bob"].Key || bob.Status != sync.Disabled {
		t.Errorf("disabled: got %+v", bob)
	}
	if cy := after["Cy"]; cy.Key != before["Cy"].Key || cy.Status != sync.Expired {
		t.Errorf("expired: got %+v", cy)
	}

	testRecords(t, source, after)
	testNesting(t, dc, source)

	dc.tool(t, "user", "setpassword", "ann.moss", "--newpassword=Passw0rd-x2", "--must-change-at-next-login")
	strict := *source
	strict.mapping = adMappingWith(t, func(s *sources.Spec) { s.Expired = `passwordExpired(attr("msDS-User-Account-Control-Computed"))` })
	if got := people(t, &strict); got["Ann"].Status != sync.Expired || got["Cy"].Status != sync.Enabled {
		t.Errorf("password expired: got %+v", got)
	}

	dc.tool(t, "user", "delete", "bob.kay")
	user("bob.kay", "Bob", "Kay")
	if bob := people(t, source)["Bob"]; bob.Key == before["Bob"].Key || bob.Status != sync.Enabled {
		t.Errorf("made again: got %+v, want another key", bob)
	}

	testLookAD(t, dc, source, before)

	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"wrong password": {func(c *Config) { c.Password = password("nonsense") }, "wrong password, or no such account"},
		"port of ldaps":  {func(c *Config) { c.URLs = []string{"ldap://" + dc.ip + ":636"} }, "the port speaks TLS: use ldaps://"},
		"clear text":     {func(c *Config) { c.URLs = []string{"ldap://" + dc.ip} }, "use ldaps://, or start_tls: true"},
	} {
		c := source.config
		tt.change(&c)
		other, err := New(c, source.mapping)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Read(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// testRecords: somebody is found by the key and by the name, and one who is
// out of the base is found all the same.
func testRecords(t *testing.T, source *Source, people map[string]sync.Identity) {
	t.Helper()
	in := *source
	in.config.Bases = []string{"CN=Users,DC=syncd,DC=test"}
	for who, want := range map[string]string{
		string(people["Ann"].Key): "Ann", "ann.moss": "Ann", people["Ann"].Origin.Place: "Ann", "bob.kay@example.org": "Bob",
	} {
		found, err := in.Record(t.Context(), who)
		if err != nil || len(found) != 1 {
			t.Errorf("%s: got %+v, %v, want one", who, found, err)
			continue
		}
		f := found[0]
		if !f.Trace.Mapped.Identity.Equal(people[want]) || (f.Out != "") != (want == "Ann") {
			t.Errorf("%s: got %+v, %s", who, f.Trace.Mapped, f.Out)
		}
	}
}

// testNesting: the server's chain and our own walk find the same people, in
// groups in groups, in a circle of them, in primary groups, and in groups whose
// names must be escaped in a filter.
func testNesting(t *testing.T, dc *samba, source *Source) {
	t.Helper()
	const odd, oddDN = `Odd (all)`, `CN=Odd (all),CN=Users,DC=syncd,DC=test`
	for group, members := range map[string]string{
		"Inner": "cy.dee", "Chat": "ann.moss", odd: "bob.kay", "Everybody": "", "Nobody": "",
	} {
		dc.tool(t, "group", "add", group)
		if members != "" {
			dc.tool(t, "group", "addmembers", group, members)
		}
	}
	dc.tool(t, "group", "addmembers", "Chat", "Inner")
	dc.tool(t, "group", "addmembers", "Inner", "Chat")
	dc.tool(t, "group", "addmembers", odd, "Inner")
	dc.tool(t, "group", "addmembers", "Everybody", "Domain Users") // their primary group
	tests := map[string][]string{
		"Chat": {"Ann", "Cy"}, "inner": {"Ann", "Cy"}, "CN=chat,CN=Users,DC=syncd,DC=test": {"Ann", "Cy"},
		oddDN: {"Ann", "Bob", "Cy"}, odd: {"Ann", "Bob", "Cy"},
		"Domain Users": {"Ann", "Bob", "Cy"}, "Everybody": {"Ann", "Bob", "Cy"}, "Nobody": nil,
	}
	for group, want := range tests {
		for _, chain := range []bool{false, true} {
			in := *source
			in.config.Chain = chain
			in.config.Bases = []string{"DC=syncd,DC=test"}
			in.mapping = adMapping(t, fmt.Sprintf("memberOf(%q) and givenName != ''", group))
			if got := slices.Sorted(maps.Keys(people(t, &in))); !slices.Equal(got, want) {
				t.Errorf("memberOf(%q), chain %t: got %q, want %q", group, chain, got, want)
			}
		}
	}
	for _, group := range []string{"Nothing", "CN=Nothing,CN=Users,DC=syncd,DC=test", "CN=ann.moss,CN=Users,DC=syncd,DC=test"} {
		in := *source
		in.config.Chain, in.mapping = true, adMapping(t, fmt.Sprintf("memberOf(%q)", group))
		if got, err := in.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "no such group") || len(got.Identities) > 0 {
			t.Errorf("%s: got %d people, %v", group, len(got.Identities), err)
		}
	}
}

// testLookAD: somebody whose unit was renamed, who is disabled, whose time is
// over and who is deleted, after they were read.
func testLookAD(t *testing.T, dc *samba, source *Source, before map[string]sync.Identity) {
	t.Helper()
	dc.tool(t, "ou", "rename", "OU=Sales,DC=syncd,DC=test", "OU=Vertrieb (neu)")
	dc.tool(t, "user", "disable", "bob.kay")
	bob := people(t, source)["Bob"]
	c := source.config
	c.Bases = []string{"cn=users,dc=syncd,dc=test"}
	want := map[sync.Key]string{
		before["Ann"].Key: "enabled, in false, at CN=Ann Moss,OU=Vertrieb (neu),DC=syncd,DC=test",
		before["Bob"].Key: "absent", // deleted; another one has his name
		bob.Key:           "disabled, in true, at CN=Bob Kay,CN=Users,DC=syncd,DC=test",
		before["Cy"].Key:  "expired, in true, at CN=Cy Dee,CN=Users,DC=syncd,DC=test",
		"ad:x":            `error "x" is no anchor in the encoding guid-mixed-endian: was it another one when the account was linked?`,
	}
	keys := slices.Sorted(maps.Keys(want))
	if diff := cmp.Diff(look(t, newSource(t, c, source.mapping), keys...), want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	c.Ignored = nil
	if got, err := newSource(t, c, source.mapping).Look(t.Context(), keys); err == nil || !strings.Contains(err.Error(), "on another server") || got != nil {
		t.Errorf("parts on other servers: got %+v, %v", got, err)
	}
}
