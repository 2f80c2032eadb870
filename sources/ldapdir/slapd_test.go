package ldapdir

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A slapd is an OpenLDAP server of the test's own.
type slapd struct {
	dir, url, tlsURL, ca string
	cmd                  *exec.Cmd
}

// The accounts of every test server; the password is the name.
const (
	suffix  = "dc=example,dc=org"
	syncDN  = "cn=sync,ou=services," + suffix
	limited = "cn=limited,ou=services," + suffix
	blind   = "cn=blind,ou=services," + suffix
	mute    = "cn=mute,ou=services," + suffix // reads anchors, and may not search by them
)

const slapdConf = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
loglevel none
threads 4
TLSCACertificateFile $dir/ca.pem
TLSCertificateFile $dir/server.pem
TLSCertificateKeyFile $dir/server.key
TLSVerifyClient allow
authz-regexp "^cn=client$" cn=sync,ou=services,dc=example,dc=org
database mdb
suffix dc=example,dc=org
rootdn cn=admin,dc=example,dc=org
rootpw admin
directory $dir/db
maxsize 4294967296
dbnosync
index objectClass,entryUUID eq
sizelimit size.soft=500 size.hard=500
limits dn.exact="cn=sync,ou=services,dc=example,dc=org" size=unlimited time=unlimited
limits dn.exact="cn=paged,ou=services,dc=example,dc=org" size=500 size.pr=200 size.prtotal=unlimited
limits dn.exact="cn=narrow,ou=services,dc=example,dc=org" size=unlimited size.unchecked=300
access to attrs=userPassword by anonymous auth by * none
access to attrs=entryUUID by dn.exact="cn=mute,ou=services,dc=example,dc=org" =r by * break
access to dn.subtree="ou=people,dc=example,dc=org" by dn.exact="cn=blind,ou=services,dc=example,dc=org" none by users read
access to * by users read by anonymous auth
`

// newSlapd starts a server with the people of an LDIF. Without slapd on the
// machine the test is skipped; in CI that is a failure.
func newSlapd(t testing.TB, people string) *slapd {
	t.Helper()
	if _, err := exec.LookPath("slapd"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("slapd is not installed: run tools/needs.sh")
		}
		t.Skip("slapd is not installed: run tools/needs.sh")
	}
	s := &slapd{dir: t.TempDir()}
	s.certificates(t)
	if err := os.Mkdir(filepath.Join(s.dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, s.dir, "slapd.conf", strings.ReplaceAll(slapdConf, "$dir", s.dir))
	write(t, s.dir, "people.ldif", baseLDIF()+people)
	load := exec.Command("slapd", "-Ta", "-q", "-w", "-f", filepath.Join(s.dir, "slapd.conf"), "-l", filepath.Join(s.dir, "people.ldif"))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	s.start(t)
	return s
}

func baseLDIF() string {
	var b strings.Builder
	b.WriteString("dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n")
	for _, ou := range []string{"people", "services", "other"} {
		fmt.Fprintf(&b, "dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n\n", ou, suffix, ou)
	}
	for _, name := range []string{"sync", "limited", "blind", "mute"} {
		b.WriteString(account(name))
	}
	return b.String()
}

// account is one that may sign in.
func account(name string) string {
	return fmt.Sprintf("dn: cn=%s,ou=services,%s\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: %s\nuserPassword: %s\n\n", name, suffix, name, name)
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start starts the server on free ports and waits until it answers.
func (s *slapd) start(t testing.TB) {
	t.Helper()
	for range 5 {
		plain, secure := freePort(t), freePort(t)
		s.url, s.tlsURL = "ldap://"+plain, "ldaps://"+secure
		var errs bytes.Buffer
		s.cmd = exec.Command("slapd", "-f", filepath.Join(s.dir, "slapd.conf"), "-d", "0", "-h", s.url+" "+s.tlsURL)
		s.cmd.Stderr = &errs
		s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if s.answers(plain) {
			t.Cleanup(s.stop)
			return
		}
		s.stop()
	}
	t.Fatal("slapd did not start")
}

// answers sends an anonymous bind until there is an answer: slapd listens
// before its database is open.
func (s *slapd) answers(addr string) bool {
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_, _ = c.Write([]byte("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"))
			n, _ := c.Read(make([]byte, 14))
			c.Close()
			if n == 14 {
				return true
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

func (s *slapd) stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certificates makes an authority and a server's certificate for 127.0.0.1.
func (s *slapd) certificates(t testing.TB) {
	t.Helper()
	s.certificatesFor(t, "127.0.0.1")
}

func (s *slapd) certificatesFor(t testing.TB, ip string) {
	t.Helper()
	caKey, ca := certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	key, cert := certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "ldap"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.ParseIP(ip)}}, ca, caKey)
	clientKey, client := certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "client"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ca, caKey)
	s.ca = filepath.Join(s.dir, "ca.pem")
	writeKey(t, s.dir, "client.key", clientKey)
	write(t, s.dir, "client.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client.Raw})))
	write(t, s.dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})))
	write(t, s.dir, "server.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})))
	writeKey(t, s.dir, "server.key", key)
}

func writeKey(t testing.TB, dir, name string, key *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, name, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func certificate(t testing.TB, c, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// person is one inetOrgPerson as LDIF.
func person(uid string, more ...string) string {
	return fmt.Sprintf("dn: uid=%s,ou=people,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: %s\nsn: %s\n%s\n\n",
		uid, suffix, uid, uid, uid, strings.Join(append([]string{"mail: " + uid + "@example.org"}, more...), "\n"))
}

// crowd is n people.
func crowd(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(person(fmt.Sprintf("user%06d", i), "givenName: User", "title: Engineer"))
	}
	return b.String()
}
