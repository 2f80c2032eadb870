package ldapdir

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// A Finding is what one step of [Source.Diagnose] found.
type Finding struct {
	Step string // "resolve", "connect", …
	Text string
	Err  error // with what to do; then no step follows for this server
}

// soon is how long before its end a certificate is spoken of.
const soon = 21 * 24 * time.Hour

// Diagnose goes step by step through what a read needs, with every server, and
// tells what it finds. It reports whether all was well. An account that one
// server refuses is not tried with the next: each would count it, and lock it.
func (s *Source) Diagnose(ctx context.Context, tell func(Finding)) bool {
	servers, err := s.addresses(ctx)
	if err != nil {
		tell(Finding{Step: "servers", Err: err})
		return false
	}
	well, refused := true, false
	for _, a := range servers {
		d := &diagnosis{source: s, server: a, tell: tell}
		steps := []func(context.Context) Finding{d.resolve, d.connect, d.bind, d.root, d.base, d.filter, d.paging, d.anchor, d.mapping, d.people}
		if refused {
			steps = append(steps[:2], d.spared)
		}
		err := d.walk(ctx, steps)
		d.close()
		well = well && err == nil
		refused = refused || errors.As(err, new(*BindError))
	}
	return well
}

// walk goes step by step until one finds an error, and returns it.
func (d *diagnosis) walk(ctx context.Context, steps []func(context.Context) Finding) error {
	for _, step := range steps {
		f := step(ctx)
		d.tell(f)
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// spared says why no password is sent.
func (d *diagnosis) spared(context.Context) Finding {
	return Finding{Step: "bind", Text: "not tried: another server refused the account, and wrong passwords lock it"}
}

// A diagnosis is one server being looked at.
type diagnosis struct {
	source *Source
	server address
	tell   func(Finding)
	conn   *conn
	schema *schema   // nil: the directory does not publish it
	sample []glimpse // the first page of people
}

func (d *diagnosis) close() {
	if d.conn != nil {
		d.conn.close()
	}
}

func (d *diagnosis) resolve(ctx context.Context) Finding {
	addresses, err := net.DefaultResolver.LookupHost(ctx, d.server.host)
	if err != nil {
		err = fmt.Errorf("%w: check the name in urls", err)
	}
	return Finding{"resolve", d.server.host + " is " + strings.Join(addresses, ", "), err}
}

// connect connects and encrypts.
func (d *diagnosis) connect(ctx context.Context) Finding {
	ctx, cancel := d.source.limit(ctx)
	defer cancel()
	p, secure, err := d.source.dial(ctx, d.server)
	if err != nil {
		return Finding{Step: "connect", Err: err}
	}
	d.conn = d.source.newConn(d.server, p, secure)
	text := d.server.String() + ", not encrypted"
	if c, ok := secure.(*tls.Conn); ok {
		text = d.server.String() + ", " + describeTLS(c.ConnectionState(), d.source.config.Now())
	}
	return Finding{"connect", text, nil}
}

// describeTLS says who the certificate is for, who signed it and until when it
// holds.
func describeTLS(s tls.ConnectionState, now time.Time) string {
	text := tls.VersionName(s.Version)
	if len(s.PeerCertificates) == 0 {
		return text
	}
	c := s.PeerCertificates[0]
	text += fmt.Sprintf(", certificate for %s by %s, valid until %s", strings.Join(namesOf(c), " "), c.Issuer.CommonName, c.NotAfter.UTC().Format(time.DateOnly))
	return text + adviseRenewal(c.NotAfter.Sub(now))
}

// adviseRenewal says how long a certificate holds, if that is soon over.
func adviseRenewal(left time.Duration) string {
	days := int(left / (24 * time.Hour))
	switch {
	case left >= soon:
		return ""
	case days < 1:
		return ": it ends within a day, renew it"
	case days == 1:
		return ": only 1 day is left, renew it"
	}
	return fmt.Sprintf(": only %d days are left, renew it", days)
}

func namesOf(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	return names
}

func (d *diagnosis) bind(ctx context.Context) Finding {
	ctx, cancel := d.source.limit(ctx)
	defer cancel()
	cfg := &d.source.config
	who := "as " + cfg.BindDN
	switch {
	case cfg.Kerberos.Keytab != "":
		who = "by Kerberos as " + cfg.Kerberos.Principal
	case cfg.Password == nil && len(d.source.tls.certs) > 0:
		who = "with the client certificate"
	case cfg.Password == nil:
		who = "as nobody: most directories show nobody anything, set bind"
	}
	return Finding{"bind", who, d.source.bind(ctx, d.conn)}
}

func (d *diagnosis) root(ctx context.Context) Finding {
	e, err := d.conn.look(ctx, "", "(objectClass=*)", "vendorName", "vendorVersion", "defaultNamingContext", "namingContexts", "supportedControl")
	if err != nil || e == nil {
		return Finding{Step: "root DSE", Err: orNone(err)}
	}
	text := strings.TrimSpace(e.GetAttributeValue("vendorName") + " " + e.GetAttributeValue("vendorVersion"))
	text = strings.TrimSpace(text + " holds " + strings.Join(e.GetAttributeValues("namingContexts"), " and "))
	if controls := e.GetAttributeValues("supportedControl"); len(controls) > 0 && !slices.Contains(controls, ldap.ControlTypePaging) {
		return Finding{Step: "root DSE", Err: errors.New("the server does not offer paged searches, without which no read is known to be whole")}
	}
	return Finding{"root DSE", text, nil}
}

func (d *diagnosis) base(ctx context.Context) Finding {
	bases, err := d.source.bases(ctx, d.conn)
	if err != nil {
		return Finding{Step: "base", Err: err}
	}
	for _, base := range bases {
		if _, err := d.conn.lookAt(ctx, base, "(objectClass=*)", "objectClass"); err != nil {
			return Finding{Step: "base", Err: fmt.Errorf("%s: %w", base, err)}
		}
	}
	return Finding{"base", strings.Join(bases, " and ") + " is there", nil}
}
