package metrics

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// secret is "letmein", as htpasswd writes it at its lowest cost.
const secret = "$2b$04$ZNzR1FQkdHULjvkaK8WosetXV6cadit4Nj7H1veH1uIERt6jkzaCO"

// webConfig writes a web configuration file with a certificate of this machine
// beside it.
func webConfig(t *testing.T, text string) (path string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, content := range map[string][]byte{
		"server.pem": chain, "server.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), "web.yaml": []byte(text),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	return filepath.Join(dir, "web.yaml"), roots
}

const bothConfig = `tls_server_config: { cert_file: server.pem, key_file: server.key }
basic_auth_users: { prometheus: ` + secret + ` }
`

// TestEncryptedPage: with a web configuration file, the pages are for those who
// trust the certificate and know the password, the health page too.
func TestEncryptedPage(t *testing.T) {
	path, roots := webConfig(t, bothConfig)
	_, reg := newMetrics()
	var said bytes.Buffer
	s, err := Listen(Page{Addr: anyPort, ConfigFile: path, Metrics: reg, Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	client := http.Client{Transport: transport}
	for _, tt := range []struct {
		path, user, password string
		status               int
	}{
		{"/metrics", "prometheus", "letmein", 200},
		{"/-/healthy", "prometheus", "letmein", 200},
		{"/metrics", "prometheus", "wrong", 401},
		{"/metrics", "other", "letmein", 401},
		{"/metrics", "", "", 401},
		{"/-/healthy", "", "", 401},
	} {
		req := request(t, "GET", s, tt.path)
		req.URL.Scheme = "https"
		if tt.user != "" {
			req.SetBasicAuth(tt.user, tt.password)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%s as %q with %q: got %d, want %d", tt.path, tt.user, tt.password, res.StatusCode, tt.status)
		}
	}
	if res, err := http.DefaultClient.Do(request(t, "GET", s, "/metrics")); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("in clear text: got %d, want %d", res.StatusCode, http.StatusBadRequest)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if strings.Contains(said.String(), "letmein") {
		t.Errorf("the log holds a password: %s", &said)
	}
}

// TestUsersAloneNeedNoTLS: a password without a certificate is possible, for
// behind a proxy.
func TestUsersAloneNeedNoTLS(t *testing.T) {
	path, _ := webConfig(t, "basic_auth_users: { prometheus: "+secret+" }\n")
	s, err := Listen(Page{Addr: anyPort, ConfigFile: path, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown(t.Context())
	if status, _, _ := ask(t, "GET", s, "/metrics"); status != http.StatusUnauthorized {
		t.Errorf("got %d, want %d", status, http.StatusUnauthorized)
	}
}

// TestWebConfigMistakes are told before anything listens.
func TestWebConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"tls_server_config: { cert_file: server.pem }":                     "key",
		"tls_server_config: { cert_file: none.pem, key_file: server.key }": "none.pem",
		"basic_auth_users: { prometheus: letmein }":                        "bcrypt",
		"users: {}": "users",
	} {
		path, _ := webConfig(t, text+"\n")
		_, err := Listen(Page{Addr: anyPort, ConfigFile: path, Metrics: prometheus.NewRegistry()})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want the file and %q", text, err, want)
		}
	}
	if err := CheckConfigFile(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a file that is not there: got no error")
	}
	if err := CheckConfigFile(""); err != nil {
		t.Errorf("no file: got %v", err)
	}
}
