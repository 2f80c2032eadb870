package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/go-ldap/ldap/v3"
)

// A conn is a bound connection to one server. One goroutine uses it.
type conn struct {
	source *Source
	server address
	pulse  *pulse
	tap    *tap
	ldap   *ldap.Conn
}

// connect connects and binds. Its error names the server.
func (s *Source) connect(ctx context.Context, a address) (*conn, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	p, secure, err := s.dial(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	c := s.newConn(a, p, secure)
	if err := s.bind(ctx, c); err != nil {
		c.close()
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	return c, nil
}

// limit bounds connecting and binding.
func (s *Source) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.config.Timeout, fmt.Errorf("no answer within %s", s.config.Timeout))
}

func (s *Source) newConn(a address, p *pulse, secure net.Conn) *conn {
	t := newTap(secure)
	c := &conn{source: s, server: a, pulse: p, tap: t, ldap: ldap.NewConn(t, a.tls || a.startTLS)}
	c.ldap.Start()
	return c
}

func (c *conn) close() {
	c.pulse.stop()
	_ = c.ldap.Close()
}

// do makes a call of the library that ends when the context does, or when the
// server is silent for too long. The first error of the tap wins: the library
// makes a text of it.
func (c *conn) do(ctx context.Context, call func() error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.pulse.expect(true)
	stop := context.AfterFunc(ctx, c.pulse.stop)
	err := call()
	stop()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if broken := c.tap.broken(); broken != nil {
		return c.explainBroken(ctx, broken)
	}
	c.pulse.expect(false)
	return err
}

// bind says who we are.
func (s *Source) bind(ctx context.Context, c *conn) error {
	cfg := &s.config
	if cfg.Kerberos.Keytab != "" {
		return s.bindKerberos(ctx, c)
	}
	return c.do(ctx, func() error {
		switch {
		case cfg.Password != nil:
			password, err := cfg.Password()
			if err != nil {
				return err
			}
			if password == "" || cfg.BindDN == "" {
				return errors.New("bind: the name and the password must not be empty")
			}
			return explainBind(c.ldap.Bind(cfg.BindDN, password))
		case len(s.tls.certs) > 0:
			return explainBind(c.ldap.ExternalBind())
		}
		return nil
	})
}
