package ldapdir

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// TestKerberosIsChecked: without the tag it is refused before a connection is
// made, with it a principal must be one.
func TestKerberosIsChecked(t *testing.T) {
	for principal, ok := range map[string]bool{
		"svc@EXAMPLE.ORG": true, "HTTP/host@EXAMPLE.ORG": true, "a@b@EXAMPLE.ORG": true, "svc": false, "svc@": false, "@EXAMPLE.ORG": false, "": false,
	} {
		want := errNoKerberos.Error()
		switch {
		case KerberosBuilt && ok:
			want = ""
		case KerberosBuilt:
			want = "is no principal"
		}
		c := Config{URLs: []string{"ldaps://dc1"}, Kerberos: Kerberos{Keytab: "x", Principal: principal}}
		if _, err := New(c, mapping(t)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", principal, err, want)
		}
	}
	if name, realm := (Kerberos{Principal: "a@b@EXAMPLE.ORG"}).names(); name != "a@b" || realm != "EXAMPLE.ORG" {
		t.Errorf("got %q and %q", name, realm)
	}
}

// TestKerberosIsExplained: a server that wants more than TLS says so in two
// ways.
func TestKerberosIsExplained(t *testing.T) {
	for want, err := range map[string]error{
		"allow_sasl_over_tls": ldap.NewError(ldap.LDAPResultStrongAuthRequired, errors.New("SASL bind over TLS")),
		"channel binding":     ldap.NewError(ldap.LDAPResultInvalidCredentials, errors.New("80090346: LdapErr: DSID-0C090588, comment: AcceptSecurityContext error, data 80090346, v4563")),
		"no ticket":           errors.New("no ticket"),
	} {
		if got := explainKerberos(err); got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("got %v, want %q", got, want)
		}
	}
	if err := explainKerberos(nil); err != nil {
		t.Errorf("got %v", err)
	}
}
