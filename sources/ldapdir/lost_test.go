package ldapdir

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"net"
	"regexp"
	"strings"
	stdsync "sync"
	"testing"
)

// TestServerKilledInARead: the error says how far the read came.
func TestServerKilledInARead(t *testing.T) {
	s := newSlapd(t, crowd(5300))
	c := s.config()
	var once stdsync.Once
	c.OnRead = func(int) { once.Do(s.stop) }
	got, err := read(t, c)
	want := regexp.MustCompile(`page \d: the connection was lost after \d+ entries \(.+\): was the server stopped\? Its log says`)
	if err == nil || !want.MatchString(err.Error()) || len(got.Identities) > 0 {
		t.Errorf("got %d people, %v, want %s", len(got.Identities), err, want)
	}
}

// TestPortsOfTLS: one that waits for a handshake, and one that does not.
func TestPortsOfTLS(t *testing.T) {
	s := newSlapd(t, person("ann"))
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"ldap:// to the port for ldaps":       {func(c *Config) { c.URLs = []string{asPlain(s.tlsURL)} }, "the port speaks TLS: use ldaps://"},
		"and nobody signs in":                 {func(c *Config) { c.URLs, c.Password = []string{asPlain(s.tlsURL)}, nil }, "the port speaks TLS: use ldaps://"},
		"and the authority is known":          {func(c *Config) { c.URLs, c.CAFile = []string{asPlain(s.tlsURL)}, s.ca }, "the port speaks TLS: use ldaps://"},
		"StartTLS to the port for ldaps":      {func(c *Config) { c.URLs, c.StartTLS = []string{asPlain(s.tlsURL)}, true }, "the port speaks TLS: use ldaps://, without start_tls"},
		"ldaps:// to the other port":          {func(c *Config) { c.URLs = []string{"ldaps" + strings.TrimPrefix(s.url, "ldap")} }, "is this the port for ldaps? Else use ldap:// with start_tls: true"},
		"a port that ends every connection":   {func(c *Config) { c.URLs = []string{rawServer(t, func(c net.Conn) { c.Close() })} }, "the connection was lost ("},
		"ldaps:// to one that says hello":     {func(c *Config) { c.URLs = []string{"ldaps" + strings.TrimPrefix(rawServer(t, greet), "ldap")} }, "is this the port for ldaps?"},
		"ldap:// to one that is no directory": {func(c *Config) { c.URLs = []string{rawServer(t, greet)} }, "not LDAP"},
	}
	for name, tt := range tests {
		c := s.config()
		tt.change(&c)
		source, err := New(c, mapping(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := source.Read(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
		var last error
		source.Diagnose(t.Context(), func(f Finding) { last = f.Err })
		if last == nil || !strings.Contains(last.Error(), tt.want) {
			t.Errorf("%s: doctor: got %v, want %q", name, last, tt.want)
		}
	}
}

// asPlain returns the address of the port for TLS as if it were the other one.
func asPlain(url string) string { return strings.Replace(url, "ldaps:", "ldap:", 1) }

// greet says hello like a server for mail.
func greet(c net.Conn) { _, _ = c.Write([]byte("220 mail.example.org ESMTP\r\n")); silent(c) }

// TestCertificateWithoutNames: those that have the host in their common name
// alone are not taken any more.
func TestCertificateWithoutNames(t *testing.T) {
	key, cert := certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: "localhost"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}, nil, nil)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); c.Close() }()
		}
	}()
	dir := t.TempDir()
	write(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})))
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for host, want := range map[string]string{"localhost": "DNS:localhost", "127.0.0.1": "IP:127.0.0.1"} {
		c := (&fake{url: "ldaps://" + host + ":" + port}).config()
		c.CAFile = dir + "/ca.pem"
		if _, err := read(t, c); err == nil || !strings.HasSuffix(err.Error(), "the server's certificate must be reissued with a subject alternative name, "+want) {
			t.Errorf("%s: got %v, want %s", host, err, want)
		}
	}
}
