package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ldapPlaceholder is the address in every configuration until there is a
// directory.
const ldapPlaceholder = "ldap://127.0.0.1:3890"

const slapdConf = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel none
database mdb
suffix dc=example,dc=org
rootdn cn=admin,dc=example,dc=org
rootpw admin
directory $WORK/ldap
maxsize 67108864
dbnosync
sizelimit size.soft=2 size.hard=2
limits dn.exact="cn=admin,dc=example,dc=org" size=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
`

// hasSlapd is the condition of scripts that need OpenLDAP. In CI it is an error
// not to have it.
func hasSlapd() (bool, error) {
	_, err := exec.LookPath("slapd")
	if err != nil && os.Getenv("CI") != "" {
		return false, errors.New("slapd is not installed: run tools/needs.sh")
	}
	return err == nil, nil
}

// openldap starts a real OpenLDAP with the entries of an LDIF file, puts its
// address into every *.yaml and $LDAP_URL into the environment.
func openldap(ts *testscript.TestScript, _ *world, args []string) {
	want(ts, args, 1, "openldap FILE.ldif")
	conf, db := ts.MkAbs("slapd.conf"), ts.MkAbs("ldap")
	ts.Check(os.Mkdir(db, 0o700))
	ts.Check(os.WriteFile(conf, []byte(strings.ReplaceAll(slapdConf, "$WORK/ldap", db)), 0o600))
	load := exec.Command("slapd", "-Ta", "-q", "-f", conf, "-l", ts.MkAbs(args[0]))
	if out, err := load.CombinedOutput(); err != nil {
		ts.Fatalf("slapadd: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	addr := l.Addr().String()
	ts.Check(l.Close())
	cmd := exec.Command("slapd", "-f", conf, "-d", "0", "-h", "ldap://"+addr)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if exec.Command("ldapwhoami", "-x", "-H", "ldap://"+addr, "-D", "cn=admin,dc=example,dc=org", "-w", "admin").Run() == nil {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("slapd does not answer")
		}
	}
	ts.Setenv("LDAP_URL", "ldap://"+addr)
	replaceInYAML(ts, ldapPlaceholder, "ldap://"+addr)
}
