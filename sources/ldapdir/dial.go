package ldapdir

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// A tlsSettings is what every connection shares.
type tlsSettings struct {
	roots *x509.CertPool // nil: the system's
	certs []tls.Certificate
}

func (c *Config) tlsSettings() (s tlsSettings, wrong []error) {
	if c.CAFile != "" {
		if err := s.trust(c.CAFile); err != nil {
			wrong = append(wrong, &ConfigError{"ca_file", err})
		}
	}
	if c.CertFile != "" || c.KeyFile != "" {
		cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			wrong = append(wrong, &ConfigError{"client_cert", fmt.Errorf("client certificate and its key: %w", err)})
		}
		s.certs = []tls.Certificate{cert}
	}
	return s, wrong
}

// trust adds the authorities of a file to the system's.
func (s *tlsSettings) trust(file string) error {
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if s.roots, err = x509.SystemCertPool(); err != nil {
		s.roots = x509.NewCertPool()
	}
	if !s.roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("there is no certificate in %s: want PEM", file)
	}
	return nil
}

// dial connects to a server and encrypts, or fails. The context bounds all of
// it.
func (s *Source) dial(ctx context.Context, a address) (*pulse, net.Conn, error) {
	plain, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(a.host, a.port))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	p := &pulse{Conn: plain, idle: s.config.Idle}
	stop := context.AfterFunc(ctx, p.stop)
	defer stop()
	secure, err := s.secure(ctx, p, a)
	if err != nil {
		plain.Close()
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		return nil, nil, err
	}
	return p, secure, nil
}

func (s *Source) secure(ctx context.Context, p *pulse, a address) (net.Conn, error) {
	if !a.tls && !a.startTLS {
		return p, nil
	}
	if a.startTLS {
		if err := startTLS(p); err != nil {
			if s.speaksTLS(ctx, a, err) {
				err = fmt.Errorf("%w, without start_tls", errPortTLS)
			}
			return nil, fmt.Errorf("start TLS: %w", err)
		}
	}
	name := s.config.ServerName
	if name == "" {
		name = a.host
	}
	secure := tls.Client(p, &tls.Config{
		ServerName: name, RootCAs: s.tls.roots, Certificates: s.tls.certs, MinVersion: s.config.MinTLS,
	})
	err := secure.HandshakeContext(ctx)
	s.tellCertificate(secure, err)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w%s", err, adviseTLS(err, name))
	}
	return secure, nil
}

// adviseTLS says what to do about a handshake that failed with a server of this
// name.
func adviseTLS(err error, name string) string {
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &host) && len(host.Certificate.DNSNames)+len(host.Certificate.IPAddresses) == 0:
		kind := "DNS"
		if net.ParseIP(name) != nil {
			kind = "IP"
		}
		return fmt.Sprintf(": the server's certificate must be reissued with a subject alternative name, %s:%s", kind, name)
	case errors.As(err, &host):
		return ": use a name that is in the certificate, or set server_name"
	case errors.As(err, &unknown):
		return ": set ca_file to the certificate of the authority that signed it"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return ": the server's certificate must be renewed"
	case isLost(err), errors.As(err, new(tls.RecordHeaderError)):
		return ": is this the port for ldaps? Else use ldap:// with start_tls: true"
	}
	return ""
}

// startTLS asks for encryption (RFC 4511, 4.14) and reads the answer byte by
// byte, so that no byte of the handshake is swallowed. Anything but success is
// an error: nobody goes on in clear text.
func startTLS(c net.Conn) error {
	const oid = "1.3.6.1.4.1.1466.20037"
	request := append([]byte{tagSequence, byte(len(oid) + 7), tagInteger, 1, 1, 0x77, byte(len(oid) + 2), 0x80, byte(len(oid))}, oid...)
	if _, err := c.Write(request); err != nil {
		return err
	}
	answer := make([]byte, 2, 512)
	if _, err := io.ReadFull(c, answer); err != nil {
		return err
	}
	for more := int(answer[1] & 0x7f); answer[1] >= 0x80 && more > 0; more-- {
		if err := readByte(c, &answer); err != nil {
			return err
		}
	}
	n, _, err := length(answer[1:])
	if err != nil || n > 4096 {
		return errBER
	}
	for range n {
		if err := readByte(c, &answer); err != nil {
			return err
		}
	}
	_, op, content, err := message(answer)
	if err != nil || op != opExtendedDone {
		return errBER
	}
	code, _, err := want(content, tagEnum)
	if err != nil {
		return err
	}
	if n, err := integer(code); err != nil || n != 0 {
		return fmt.Errorf("the server refused with code %d: use ldaps:// if it offers that", n)
	}
	return nil
}

func readByte(c net.Conn, into *[]byte) error {
	var b [1]byte
	if _, err := io.ReadFull(c, b[:]); err != nil {
		return err
	}
	*into = append(*into, b[0])
	return nil
}
