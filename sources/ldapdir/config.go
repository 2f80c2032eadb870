package ldapdir

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sources"
)

// The kinds of directory.
const (
	ActiveDirectory = "activedirectory"
	FreeIPA         = "freeipa"
	LDAP            = "ldap"
)

// A Config says where the directory is and who is in it.
type Config struct {
	Name string // of the source, as in the mapping

	URLs       []string // tried in order: ldaps://host, ldap://host:port
	SRV        string   // or the domain whose SRV records name them
	StartTLS   bool     // required on ldap:// addresses where set, never tried otherwise
	AllowPlain bool     // allow clear text to other machines
	CAFile     string   // PEM certificates to trust besides the system's
	ServerName string   // that the certificate must have; "": the host of the address
	MinTLS     uint16   // tls.VersionTLS12 (default) or tls.VersionTLS13
	CertFile   string   // client certificate, with which EXTERNAL binds
	KeyFile    string

	BindDN   string
	Password func() (string, error) // nil: EXTERNAL, or anonymous without a certificate
	Kerberos Kerberos               // instead of both

	Bases      []string // none: the directory's own
	GroupBases []string // where the groups are that memberOf names; none: the directory's own
	Chain      bool     // let the server follow groups in groups; Active Directory alone can
	Scope      string   // "sub" (default) or "one"
	Filter     string
	Ignored    []string // bases below which referrals may point elsewhere
	Anchor     Encoding
	Sentinels  []string // DNs or anchors of entries without which no read is whole
	Preset     []string // parts of the mapping that are the preset's: the directory need not know what they read
	Page       int      // entries asked for at a time; 1000
	MaxPicture int      // bytes of a picture that are taken; 2,000,000

	Timeout time.Duration // of connecting and binding; 30 s
	Idle    time.Duration // of silence in a search; 60 s

	Now    func() time.Time  // nil is time.Now
	OnRead func(entries int) // is told now and then how many entries were read

	OnCertificate func(end time.Time) // is told when the first certificate of a server's chain ends, believed or not; nil: nobody

	Log    *zap.Logger // searches at debug, fail-overs; nil: none
	lookup func(context.Context, string) ([]*net.SRV, error)
	most   bounds // the zero value is the default
}

// A Source reads a directory anew each time it is asked.
type Source struct {
	config  Config
	mapping *sources.Mapping
	tls     tlsSettings

	sentinels []sentinel
}

// A ConfigError is a value that cannot be used.
type ConfigError struct {
	Key string // in the configuration, below the source: "ca_file", "urls[0]"
	Err error
}

// Error says what is wrong with it.
func (e *ConfigError) Error() string { return "ldap: " + e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *ConfigError) Unwrap() error { return e.Err }

// New returns a source. It makes no connection. Its error has a [ConfigError]
// for each mistake.
func New(c Config, m *sources.Mapping) (*Source, error) {
	c.fill()
	settings, wrong := c.tlsSettings()
	wrong = append(wrong, c.mistakes()...)
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	sentinels, err := c.sentinels(m)
	if err != nil {
		return nil, err
	}
	return &Source{config: c, mapping: m, tls: settings, sentinels: sentinels}, nil
}

// mistakes returns what is wrong beside the certificates.
func (c *Config) mistakes() []error {
	var all []error
	if (len(c.URLs) == 0) == (c.SRV == "") {
		all = append(all, &ConfigError{"urls", errors.New("name the servers by urls: or by srv:, one of them")})
	}
	for i, u := range c.URLs {
		if _, err := c.address(u); errors.Is(err, errTLSTwice) {
			all = append(all, &ConfigError{"start_tls", err})
		} else if err != nil {
			all = append(all, &ConfigError{fmt.Sprintf("urls[%d]", i), err})
		}
	}
	if err := c.Kerberos.check(); err != nil {
		all = append(all, &ConfigError{"bind.keytab", err})
	}
	if err := checkFilter(c.Filter); err != nil {
		all = append(all, &ConfigError{"filter", err})
	}
	return all
}

var errTLSTwice = errors.New("it is encrypted already: use ldap:// with start_tls, or leave start_tls out")

// Name implements [sync.Source].
func (s *Source) Name() string { return s.config.Name }

func (c *Config) fill() {
	if c.Filter == "" {
		c.Filter = "(objectClass=*)"
	}
	if c.Page == 0 {
		c.Page = 1000
	}
	if c.MaxPicture == 0 {
		c.MaxPicture = sources.MaxPicture
	}
	if c.MinTLS == 0 {
		c.MinTLS = tls.VersionTLS12
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Idle == 0 {
		c.Idle = time.Minute
	}
	if c.Kerberos.Krb5Conf == "" {
		c.Kerberos.Krb5Conf = "/etc/krb5.conf"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnRead == nil {
		c.OnRead = func(int) {}
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.most == (bounds{}) {
		c.most = defaultBounds()
	}
	if c.lookup == nil {
		domain := c.SRV
		c.lookup = func(ctx context.Context, service string) ([]*net.SRV, error) {
			_, records, err := net.DefaultResolver.LookupSRV(ctx, service, "tcp", domain)
			return records, err
		}
	}
}

// An address is where one server is and how it is spoken to.
type address struct {
	host     string
	port     string
	tls      bool // from the first byte
	startTLS bool
}

func (a address) String() string {
	scheme := "ldap://"
	if a.tls {
		scheme = "ldaps://"
	}
	return scheme + net.JoinHostPort(a.host, a.port)
}

// address reads a URL. Clear text to another machine must be allowed by name.
func (c *Config) address(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.User != nil || u.RawQuery != "" {
		return address{}, fmt.Errorf("%q is no address: want ldaps://HOST or ldap://HOST, with a port if it is not the usual one", text)
	}
	a := address{host: u.Hostname(), port: u.Port()}
	usual := "389"
	switch u.Scheme {
	case "ldaps":
		a.tls, usual = true, "636"
		if c.StartTLS {
			return a, fmt.Errorf("%s: %w", text, errTLSTwice)
		}
	case "ldap":
		a.startTLS = c.StartTLS
	default:
		return a, fmt.Errorf("%q is no address: want ldaps:// or ldap://", text)
	}
	if a.port == "" {
		a.port = usual
	}
	if !a.tls && !a.startTLS && !c.AllowPlain && !loopback(a.host) {
		return a, fmt.Errorf("%s would send the password in clear text: use ldaps://, or start_tls: true", text)
	}
	return a, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// addresses returns the servers in the order in which they are tried.
func (s *Source) addresses(ctx context.Context) ([]address, error) {
	c := &s.config
	if c.SRV == "" {
		all := make([]address, len(c.URLs))
		for i, u := range c.URLs {
			all[i], _ = c.address(u) // New has seen to it
		}
		return all, nil
	}
	service, scheme := "ldaps", "ldaps"
	if c.StartTLS || c.AllowPlain {
		service, scheme = "ldap", "ldap"
	}
	records, err := c.lookup(ctx, service)
	if err != nil || len(records) == 0 {
		return nil, fmt.Errorf("look up the SRV records _%s._tcp.%s: %w: name the servers by urls: instead", service, c.SRV, orNone(err))
	}
	all := make([]address, 0, len(records))
	for _, r := range records {
		a, err := c.address(fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(strings.TrimSuffix(r.Target, "."), fmt.Sprint(r.Port))))
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func orNone(err error) error {
	if err == nil {
		return errors.New("there are none")
	}
	return err
}
