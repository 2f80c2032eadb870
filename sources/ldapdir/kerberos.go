package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// A Kerberos says how to bind with a key table instead of a password. A program
// has it only if it was built with the tag gssapi: see [KerberosBuilt].
//
// It asks for no protection of what follows and binds to no channel, so the
// connection must be encrypted, and a domain controller that insists on channel
// binding refuses it.
type Kerberos struct {
	Keytab    string // file with the keys of the principal; "": no Kerberos
	Principal string // name@REALM
	Krb5Conf  string // says where the realm is; "": /etc/krb5.conf
	SPN       string // name of the server's service; "": ldap/HOST
}

// A ticket is what a server of Kerberos gave for one service.
type ticket interface {
	ldap.GSSAPIClient
	Close() error
}

var errNoKerberos = errors.New("this program was built without Kerberos: build it with go build -tags gssapi ./cmd/syncd")

// bindKerberos gets a ticket for the server and shows it.
func (s *Source) bindKerberos(ctx context.Context, c *conn) error {
	k := s.config.Kerberos
	spn := k.SPN
	if spn == "" {
		spn = "ldap/" + c.server.host
	}
	t, err := k.ticket(ctx, spn)
	if err != nil {
		return err
	}
	defer t.Close()
	return c.do(ctx, func() error { return explainKerberos(c.ldap.GSSAPIBind(t, spn, "")) })
}

// explainKerberos says what to do about a server that wants more than TLS.
func explainKerberos(err error) error {
	if ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired) {
		return errors.New("bind: Kerberos: the server wants signing or channel binding, which this program does not offer (code 8): " +
			"bind with a password; or, on Samba, set ldap server require strong auth = allow_sasl_over_tls")
	}
	return explainBind(err)
}

// HasPrincipal reports whether the principal has a name and a realm.
func (k Kerberos) HasPrincipal() bool {
	name, realm := k.names()
	return name != "" && realm != ""
}

// names splits the principal.
func (k Kerberos) names() (name, realm string) {
	i := strings.LastIndexByte(k.Principal, '@')
	return k.Principal[:max(i, 0)], k.Principal[i+1:]
}

// check says what is missing.
func (k Kerberos) check() error {
	switch {
	case k.Keytab == "":
		return nil
	case !KerberosBuilt:
		return errNoKerberos
	}
	if !k.HasPrincipal() {
		return fmt.Errorf("%q is no principal: want NAME@REALM, whose keys are in the keytab", k.Principal)
	}
	return nil
}
