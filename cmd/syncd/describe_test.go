package main

import (
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// A sign-in of which only the name changes is not said to be another one.
func TestDescribeMove(t *testing.T) {
	for want, s := range map[string]sync.Step{
		"signs in with saml, not ldap":                     {Was: sync.Auth{Service: "ldap", Data: "a"}, Auth: sync.Auth{Service: "saml", Data: "b"}},
		"signs in with saml under another name":            {Was: sync.Auth{Service: "saml", Data: "a"}, Auth: sync.Auth{Service: "saml", Data: "b"}},
		"signs in with saml, not email (cannot be undone)": {Was: sync.Auth{Service: "email"}, Auth: sync.Auth{Service: "saml", Data: "b"}},
	} {
		s.Kind = sync.MigrateAuth
		if got := describeMove(s, false); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
