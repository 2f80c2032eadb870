package mattermost

import (
	"context"
	"net/http"
)

// IDs of the answer of a server that cannot move everybody, because it has no
// license for that sign-in.
const (
	IDNoLDAP = "api.admin.ldap.not_available"
	IDNoSAML = "api.admin.saml.not_available"
)

// MigrateToLDAP moves every account that signs in with one service to LDAP.
// matchField is what account and entry have in common: "email" or "username".
// force goes on although several entries match. The server works as long as it
// takes, and answers at the end.
func (c *Client) MigrateToLDAP(ctx context.Context, from, matchField string, force bool) error {
	return c.tell(ctx, request{call: callToLDAP, method: http.MethodPost, path: "/users/migrate_auth/ldap", most: smallAnswer, write: true,
		body: map[string]any{"from": from, "match_field": matchField, "force": force}})
}

// MigrateToSAML moves accounts that sign in with one service to SAML: those
// whose e-mail is in matches, under the name that it has there, or with auto
// everybody, under the e-mail.
func (c *Client) MigrateToSAML(ctx context.Context, from string, auto bool, matches map[string]string) error {
	if matches == nil {
		matches = map[string]string{}
	}
	return c.tell(ctx, request{call: callToSAML, method: http.MethodPost, path: "/users/migrate_auth/saml", most: smallAnswer, write: true,
		body: map[string]any{"from": from, "auto": auto, "matches": matches}})
}
