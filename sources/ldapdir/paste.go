package ldapdir

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"go.uber.org/zap"
)

// tell says at debug how to make a search by hand.
func (c *conn) tell(log *zap.Logger, s *search) {
	if e := log.Check(zap.DebugLevel, "search"); e != nil {
		e.Write(zap.String("as", c.source.config.ldapsearch(c.server, s)))
	}
}

// ldapsearch returns the command that makes the same search by hand, as the same
// account. It asks for the password.
func (c *Config) ldapsearch(a address, s *search) string {
	words := append(c.surroundings(), "ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-H", quote(a.String()))
	if a.startTLS {
		words = append(words, "-ZZ")
	}
	words = append(words, c.account()...)
	if s.page > 0 {
		words = append(words, "-E", fmt.Sprintf("pr=%d/noprompt", s.page))
	}
	if s.most > 0 {
		words = append(words, "-z", strconv.Itoa(s.most))
	}
	scope := map[int]string{ldap.ScopeBaseObject: "base", ldap.ScopeSingleLevel: "one", ldap.ScopeWholeSubtree: "sub"}[s.scope]
	words = append(words, "-b", quote(s.base), "-s", scope, quote(s.filter))
	for _, name := range s.attrs {
		words = append(words, quote(name))
	}
	return strings.Join(words, " ")
}

// surroundings returns what must stand before the command: the certificates,
// and a ticket.
func (c *Config) surroundings() []string {
	var words []string
	if k := c.Kerberos; k.Keytab != "" {
		conf := "KRB5_CONFIG=" + quote(k.Krb5Conf)
		words = append(words, conf, "kinit", "-k", "-t", quote(k.Keytab), quote(k.Principal), "&&", conf)
	}
	for _, file := range []struct{ name, path string }{
		{"LDAPTLS_CACERT", c.CAFile}, {"LDAPTLS_CERT", c.CertFile}, {"LDAPTLS_KEY", c.KeyFile},
	} {
		if file.path != "" {
			words = append(words, file.name+"="+quote(file.path))
		}
	}
	return words
}

// account returns the words that say who searches, as bind does.
func (c *Config) account() []string {
	switch {
	case c.Kerberos.Keytab != "":
		return []string{"-Y", "GSSAPI", "-Q", "-O", "maxssf=0"} // no protection beside that of TLS
	case c.Password != nil:
		return []string{"-x", "-D", quote(c.BindDN), "-W"}
	case c.CertFile != "":
		return []string{"-Y", "EXTERNAL", "-Q"}
	}
	return []string{"-x"}
}

// quote puts text into quotes for a shell, unless it needs none.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@,+%", r)
	}
	if s != "" && strings.TrimLeftFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
