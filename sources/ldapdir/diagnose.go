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

	"github.com/directory-sync/syncd/sync"
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
// tells what it finds. It reports whether all was well.
func (s *Source) Diagnose(ctx context.Context, tell func(Finding)) bool {
	servers, err := s.addresses(ctx)
	if err != nil {
		tell(Finding{Step: "servers", Err: err})
		return false
	}
	well := true
	for _, a := range servers {
		d := &diagnosis{source: s, server: a, tell: tell}
		for _, step := range []func(context.Context) Finding{d.resolve, d.connect, d.bind, d.root, d.base, d.filter, d.people} {
			f := step(ctx)
			tell(f)
			if f.Err != nil {
				well = false
				break
			}
		}
		d.close()
	}
	return well
}

// A diagnosis is one server being looked at.
type diagnosis struct {
	source *Source
	server address
	tell   func(Finding)
	conn   *conn
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
	ctx, cancel := context.WithTimeout(ctx, d.source.config.Timeout)
	defer cancel()
	p, secure, err := d.source.dial(ctx, d.server)
	if err != nil {
		return Finding{Step: "connect", Err: err}
	}
	t := newTap(secure)
	d.conn = &conn{server: d.server, pulse: p, tap: t, ldap: ldap.NewConn(t, false)}
	d.conn.ldap.Start()
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
	if left := c.NotAfter.Sub(now); left < soon {
		text += fmt.Sprintf(": only %.0f hours are left, renew it", max(0, left.Hours()))
	}
	return text
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
		if _, err := d.conn.look(ctx, base, "(objectClass=*)", "objectClass"); err != nil {
			return Finding{Step: "base", Err: fmt.Errorf("%s: %w", base, err)}
		}
	}
	return Finding{"base", strings.Join(bases, " and ") + " is there", nil}
}

func (d *diagnosis) filter(ctx context.Context) Finding {
	err := d.conn.checkSchema(ctx, d.source.config.Filter)
	return Finding{"filter", d.source.config.Filter, err}
}

// people reads everybody, as a run does.
func (d *diagnosis) people(ctx context.Context) Finding {
	s, err := d.source.readFrom(ctx, d.server)
	if err != nil {
		return Finding{Step: "people", Err: err}
	}
	d.tell(Finding{"read", fmt.Sprintf("%d entries in pages of %d", s.Receipt.Entries, d.source.config.Page), nil})
	n := map[sync.Status]int{}
	for _, id := range s.Identities {
		n[id.Status]++
	}
	d.tell(Finding{"status", fmt.Sprintf("%d enabled, %d disabled, %d expired", n[sync.Enabled], n[sync.Disabled], n[sync.Expired]), nil})
	for i, r := range s.Rejects {
		if i == 3 {
			d.tell(Finding{"reject", fmt.Sprintf("and %d more", len(s.Rejects)-i), nil})
			break
		}
		d.tell(Finding{"reject", r.Origin.Place + ": " + r.Detail, nil})
	}
	if len(s.Identities) == 0 {
		return Finding{Step: "people", Err: errors.New("every entry is a reject: see above")}
	}
	id := s.Identities[max(0, slices.IndexFunc(s.Identities, func(id sync.Identity) bool { return id.Status == sync.Enabled }))]
	return Finding{"people", fmt.Sprintf("the first one is %s: user name %s, %s, fields %s", id.Key, id.Profile[sync.Username], id.Status, id.States), nil}
}
