package ldapdir

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// errPortTLS is a port that waits for a handshake.
var errPortTLS = errors.New("the port speaks TLS: use ldaps://")

// A lostError is a connection that ended without a word.
type lostError struct {
	entries int // that came before
	err     error
}

// Error says where to look.
func (e *lostError) Error() string {
	after := ""
	if e.entries > 0 {
		after = fmt.Sprintf(" after %d entries", e.entries)
	}
	return fmt.Sprintf("the connection was lost%s (%v): was the server stopped? Its log says; else a firewall or a load balancer ends connections", after, e.err)
}

// Unwrap returns how it ended.
func (e *lostError) Unwrap() error { return e.err }

// isLost reports whether the connection is gone.
func isLost(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// explainBroken says what to do about a connection that cannot be used any more.
func (c *conn) explainBroken(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the server was silent for %s: %w", c.pulse.idle, err)
	case !c.tap.heard() && c.source.speaksTLS(ctx, c.server, err):
		return errPortTLS
	case isLost(err):
		return &lostError{err: err}
	}
	return err
}

// speaksTLS reports whether a server that did not answer a request in clear text
// waits for a handshake instead. Nothing is sent beside that, so it does not
// matter who the server is.
func (s *Source) speaksTLS(ctx context.Context, a address, err error) bool {
	if a.tls || !isLost(err) && !errors.Is(err, errBER) {
		return false
	}
	ctx, cancel := s.limit(ctx)
	defer cancel()
	a.tls, a.startTLS = true, false
	_, secure, err := s.dial(ctx, a)
	if err == nil {
		secure.Close()
		return true
	}
	return errors.As(err, new(*tls.CertificateVerificationError))
}
