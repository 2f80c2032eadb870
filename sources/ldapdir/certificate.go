package ldapdir

import (
	"crypto/tls"
	"errors"
	"time"
)

// tellCertificate tells whoever wants to know when the first certificate of a
// chain ends. One that was not believed, perhaps because it has ended, counts
// too.
func (s *Source) tellCertificate(c *tls.Conn, handshake error) {
	if s.config.OnCertificate == nil {
		return
	}
	chain := c.ConnectionState().PeerCertificates
	var wrong *tls.CertificateVerificationError
	if errors.As(handshake, &wrong) {
		chain = wrong.UnverifiedCertificates
	}
	var first time.Time
	for _, cert := range chain {
		if first.IsZero() || cert.NotAfter.Before(first) {
			first = cert.NotAfter
		}
	}
	if !first.IsZero() {
		s.config.OnCertificate(first)
	}
}
