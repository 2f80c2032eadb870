package config

import (
	"strings"
	"testing"
)

// bound is a configuration of a directory with the given keys in its bind.
func bound(keys string) string {
	return minimal[:strings.Index(minimal, "  - name")] +
		`  - { name: ad, type: activedirectory, urls: ["ldaps://dc1.example.org"], bind: { ` + keys + " } }\n"
}

func wantFault(t *testing.T, keys, want string) {
	t.Helper()
	if _, err := Parse("syncd.yaml", []byte(bound(keys)), nil); err == nil || strings.Count(err.Error(), "sources[0]") != 1 || !strings.Contains(err.Error(), want) {
		t.Errorf("{%s}: got %v, want only %q", keys, err, want)
	}
}

// TestBindIsOneOfTwo: a name and a password, or a key table.
func TestBindIsOneOfTwo(t *testing.T) {
	if _, err := Parse("syncd.yaml", []byte(bound(`dn: svc, password: cred:ad, keytab: ""`)), nil); err != nil {
		t.Error(err)
	}
	wantFault(t, `dn: svc`, "sources[0].bind.password: the key is missing")
	wantFault(t, `dn: svc, keytab: ""`, "sources[0].bind.password: the key is missing")
	wantFault(t, `dn: svc, password: cred:ad, principal: svc@EXAMPLE.ORG`, "sources[0].bind.principal: there is no keytab beside it")
	wantFault(t, `dn: svc, password: cred:ad, spn: ldap/dc1`, "sources[0].bind.spn: there is no keytab beside it")
}
