package metrics

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestWire: what clients do is told to whoever debugs, what is wrong here to all.
func TestWire(t *testing.T) {
	for text, loud := range map[string]bool{
		"http: TLS handshake error from 127.0.0.1:1: EOF":                                                      false,
		"http: TLS handshake error from 127.0.0.1:1: client sent an HTTP request to an HTTPS server":           false,
		"http: TLS handshake error from 127.0.0.1:1: read tcp 127.0.0.1:2->127.0.0.1:1: i/o timeout":           false,
		"http: TLS handshake error from 127.0.0.1:1: remote error: tls: unknown certificate authority":         false,
		"http: TLS handshake error from 127.0.0.1:1: tls: first record does not look like a TLS handshake":     false,
		"http: TLS handshake error from 127.0.0.1:1: tls: client offered only unsupported versions: [302 301]": false,
		"http: TLS handshake error from 127.0.0.1:1: open server.pem: no such file or directory":               true,
		"http: Accept error: too many open files; retrying in 5ms":                                             true,
	} {
		var b bytes.Buffer
		wire{slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))}.logger().Print(text)
		level := "level=DEBUG"
		if loud {
			level = "level=ERROR"
		}
		if got := b.String(); !strings.Contains(got, level) || !strings.Contains(got, text) {
			t.Errorf("%s: got %q, want %s", text, got, level)
		}
	}
}
