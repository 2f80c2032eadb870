//go:build gssapi

package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources/ldapdir"
)

func TestKerberosIsBuilt(t *testing.T) {
	c, err := Parse("/etc/syncd/syncd.yaml", []byte(bound(`keytab: svc.keytab, principal: svc@EXAMPLE.ORG, spn: ldap/dc1.example.org`)), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := ldapdir.Kerberos{Keytab: "/etc/syncd/svc.keytab", Principal: "svc@EXAMPLE.ORG", Krb5Conf: "/etc/krb5.conf", SPN: "ldap/dc1.example.org"}
	if diff := cmp.Diff(c.Sources[0].LDAP.Kerberos, want); diff != "" {
		t.Errorf("got (-) and want (+):\n%s", diff)
	}
	wantFault(t, `keytab: a, principal: svc@EXAMPLE.ORG, dn: svc`, "sources[0].bind.keytab: dn or password are here too, keep one of the two")
	wantFault(t, `keytab: a, principal: svc`, "sources[0].bind.principal: a keytab needs its principal, write NAME@REALM")
	wantFault(t, `keytab: a`, "sources[0].bind.principal: a keytab needs its principal, write NAME@REALM")
}
