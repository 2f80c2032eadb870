package metrics

import (
	"context"
	"log"
	"log/slog"
	"slices"
	"strings"
)

// A wire takes what the HTTP server says of its connections.
type wire struct{ log *slog.Logger }

// logger returns the wire as what the HTTP server takes.
func (w wire) logger() *log.Logger { return log.New(w, "", 0) }

// Write implements [io.Writer]. What a client does to a handshake is nothing that
// whoever runs the server can mend.
func (w wire) Write(line []byte) (int, error) {
	text, level := strings.TrimSpace(string(line)), slog.LevelError
	if strings.Contains(text, "TLS handshake error") && clientsDoing(text) {
		level = slog.LevelDebug
	}
	w.log.Log(context.Background(), level, text)
	return len(line), nil
}

// clientsDoing reports whether an error of a handshake is one that the client
// made: a certificate that cannot be read is not.
func clientsDoing(text string) bool {
	ends := []string{": EOF", "connection reset by peer", "broken pipe", "i/o timeout", "client sent an HTTP request to an HTTPS server"}
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(text, end) }) ||
		strings.Contains(text, ": remote error: tls: ") || strings.Contains(text, ": tls: client ") || strings.Contains(text, ": tls: first record ")
}
