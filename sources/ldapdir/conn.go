package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/go-ldap/ldap/v3"
)

// A conn is a bound connection to one server. One goroutine uses it.
type conn struct {
	server address
	pulse  *pulse
	tap    *tap
	ldap   *ldap.Conn
}

// connect connects and binds. Its error names the server.
func (s *Source) connect(ctx context.Context, a address) (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.Timeout, fmt.Errorf("no answer within %s", s.config.Timeout))
	defer cancel()
	p, secure, err := s.dial(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("ldap: %s: %w", a, err)
	}
	t := newTap(secure)
	c := &conn{server: a, pulse: p, tap: t, ldap: ldap.NewConn(t, a.tls || a.startTLS)}
	c.ldap.Start()
	if err := s.bind(ctx, c); err != nil {
		c.close()
		return nil, fmt.Errorf("ldap: %s: %w", a, err)
	}
	return c, nil
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
		if errors.Is(broken, os.ErrDeadlineExceeded) {
			return fmt.Errorf("the server was silent for %s: %w", c.pulse.idle, broken)
		}
		return broken
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
