//go:build !gssapi

package ldapdir

import "context"

// KerberosBuilt says whether this program can bind with a key table.
const KerberosBuilt = false

func (k Kerberos) ticket(context.Context, string) (ticket, error) { return nil, errNoKerberos }
