//go:build gssapi

package ldapdir

import (
	"context"
	"fmt"

	"github.com/go-ldap/ldap/v3/gssapi"
	"github.com/jcmturner/gokrb5/v8/client"
)

// KerberosBuilt says whether this program can bind with a key table.
const KerberosBuilt = true

// ticket signs in and gets a ticket for the service. The library's calls know no
// context, and give up after some seconds each; they are left to that when the
// context ends.
func (k Kerberos) ticket(ctx context.Context, spn string) (ticket, error) {
	name, realm := k.names()
	// Old domain controllers do not know FAST, without which a key is as safe.
	c, err := gssapi.NewClientWithKeytab(name, realm, k.Keytab, k.Krb5Conf, client.DisablePAFXFAST(true))
	if err != nil {
		return nil, fmt.Errorf("bind: Kerberos: %w", err)
	}
	end := make(chan error, 1)
	go func() {
		err := k.obtain(c, spn)
		if err != nil {
			c.Close()
		}
		end <- err
	}()
	select {
	case <-ctx.Done():
		go func() {
			if err := <-end; err == nil {
				c.Close()
			}
		}()
		return nil, context.Cause(ctx)
	case err := <-end:
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// obtain asks for the tickets. A principal that is not accepted is not tried
// with the next server: each try counts as a wrong password.
func (k Kerberos) obtain(c *gssapi.Client, spn string) error {
	if err := c.Login(); err != nil {
		return &BindError{fmt.Sprintf("bind: Kerberos: sign in as %s: %v: check the principal, the keytab and %s", k.Principal, err, k.Krb5Conf)}
	}
	if _, _, err := c.GetServiceTicket(spn); err != nil {
		return fmt.Errorf("bind: Kerberos: get a ticket for %s: %w: set spn to the name that the server has in Kerberos", spn, err)
	}
	return nil
}
