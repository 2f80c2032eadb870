//go:build !gssapi

package config

import "testing"

// TestKerberosIsNotBuilt: a program without it says how to get one.
func TestKerberosIsNotBuilt(t *testing.T) {
	wantFault(t, `keytab: syncd.keytab, principal: svc@EXAMPLE.ORG`,
		"sources[0].bind.keytab: this program was built without Kerberos, build it with go build -tags gssapi ./cmd/syncd")
}
