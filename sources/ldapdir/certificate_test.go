package ldapdir

import (
	"crypto/tls"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCertificateIsTold: whether or not it is believed, and by StartTLS as well
// as without.
func TestCertificateIsTold(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	server := rawServer(t, afterStartTLS(0, func(c net.Conn) {
		_ = tls.Server(c, &tls.Config{Certificates: web.TLS.Certificates}).Handshake() // the client says what is wrong
	}))
	for what, ca := range map[string]string{"believed": ca, "not believed": ""} {
		var got []time.Time
		c := (&fake{url: server}).config()
		c.StartTLS, c.CAFile = true, ca
		c.OnCertificate = func(end time.Time) { got = append(got, end) }
		if _, err := read(t, c); err == nil {
			t.Errorf("%s: got no error of a server that says nothing", what)
		}
		if want := web.Certificate().NotAfter; len(got) != 1 || !got[0].Equal(want) {
			t.Errorf("%s: got told %v, want %v", what, got, want)
		}
	}
}
