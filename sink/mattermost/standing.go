package mattermost

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync/atomic"
	"time"
)

// A Bucket is what the server last said of its rate limit.
type Bucket struct {
	Size    int           // requests in a burst; 0: the server counts none
	Left    int           // of them
	Spacing time.Duration // that is left between two requests because of it
}

// bucket returns what is known of the server's rate limit.
func (p *pace) bucket() Bucket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Bucket{Size: p.limit, Left: p.left, Spacing: p.gap}
}

// certificates remember when the chain ends that the server presented last.
type certificates struct{ end atomic.Int64 }

// note takes the chain of an answer.
func (c *certificates) note(s *tls.ConnectionState) {
	if s != nil {
		c.keep(s.PeerCertificates)
	}
}

// refused takes the chain that was not believed: one that has ended is seen
// nowhere else.
func (c *certificates) refused(err error) {
	var e *tls.CertificateVerificationError
	if errors.As(err, &e) {
		c.keep(e.UnverifiedCertificates)
	}
}

// keep remembers when the first of the chain ends.
func (c *certificates) keep(chain []*x509.Certificate) {
	var first time.Time
	for _, cert := range chain {
		if first.IsZero() || cert.NotAfter.Before(first) {
			first = cert.NotAfter
		}
	}
	if !first.IsZero() {
		c.end.Store(first.Unix())
	}
}

// until returns when the chain ends; zero: none was seen.
func (c *certificates) until() time.Time {
	if end := c.end.Load(); end != 0 {
		return time.Unix(end, 0)
	}
	return time.Time{}
}
