package mattermost

import (
	"context"
	"net/http"
	"net/url"
)

// put returns a request that writes to an account.
func put(call, id, what string, body any) request {
	return request{call: call, method: http.MethodPut, path: "/users/" + url.PathEscape(id) + what, body: body, most: smallAnswer, write: true}
}

// CreateUser makes an account. An open server makes a plain one, without a
// word, for a token that it does not accept: compare what comes back.
func (c *Client) CreateUser(ctx context.Context, u NewUser) (User, error) {
	return readUser(ctx, c.conn, request{call: callCreate, method: http.MethodPost, path: "/users", body: u, most: smallAnswer, write: true})
}

// PatchUser changes fields of an account. Servers may answer with success and
// the old value: compare what comes back.
func (c *Client) PatchUser(ctx context.Context, id string, p Patch) (User, error) {
	if c.Local() {
		return c.replaceUser(ctx, id, p)
	}
	return readUser(ctx, c.conn, put(callPatch, id, "/patch", p))
}

// Activate brings an account back.
func (c *Client) Activate(ctx context.Context, id string) error {
	return c.tell(ctx, put(callActivate, id, "/active", map[string]bool{"active": true}))
}

// Deactivate ends an account and its sessions.
func (c *Client) Deactivate(ctx context.Context, id string) error {
	return c.tell(ctx, put(callDeactivate, id, "/active", map[string]bool{"active": false}))
}

// DeactivateByDelete does what Deactivate does, by the call that servers allow
// for accounts of their own LDAP sign-in. Nothing is deleted.
func (c *Client) DeactivateByDelete(ctx context.Context, id string) error {
	q := put(callDelete, id, "", nil)
	q.method = http.MethodDelete
	return c.tell(ctx, q)
}

// SetAuth changes how an account signs in. Neither value may be empty. The
// server says yes to ids that no account has: read the account afterwards.
func (c *Client) SetAuth(ctx context.Context, id, authService, authData string) error {
	return c.tell(ctx, put(callAuth, id, "/auth", map[string]string{"auth_service": authService, "auth_data": authData}))
}

// SetPasswordHash makes an account sign in with e-mail and the password that
// has the given hash. Nobody is mailed and sessions live on.
func (c *Client) SetPasswordHash(ctx context.Context, id, hash string) error {
	return c.tell(ctx, put(callPassword, id, "/password", map[string]string{"new_password": hash, "already_hashed": "true"}))
}

// RevokeSessions ends all sessions of an account. Personal access tokens make
// new ones. The server says yes to ids that no account has.
func (c *Client) RevokeSessions(ctx context.Context, id string) error {
	if c.Local() {
		return notServed(callRevoke)
	}
	q := put(callRevoke, id, "/sessions/revoke/all", nil)
	q.method = http.MethodPost
	return c.tell(ctx, q)
}

// SetRoles replaces all roles of an account on the whole server, separated by
// spaces.
func (c *Client) SetRoles(ctx context.Context, id, roles string) error {
	return c.tell(ctx, put(callRoles, id, "/roles", map[string]string{"roles": roles}))
}

// Promote makes a guest a member, in all their teams and channels too.
func (c *Client) Promote(ctx context.Context, id string) error {
	q := put(callPromote, id, "/promote", nil)
	q.method = http.MethodPost
	return c.tell(ctx, q)
}

// Demote makes a member a guest, in all their teams and channels too. Servers of
// today take all other roles with it.
func (c *Client) Demote(ctx context.Context, id string) error {
	q := put(callDemote, id, "/demote", nil)
	q.method = http.MethodPost
	return c.tell(ctx, q)
}

// VerifyEmail marks the present e-mail of an account as its owner's. Some
// servers answer with the hash of the password, so nobody reads the answer.
func (c *Client) VerifyEmail(ctx context.Context, id string) error {
	q := put(callVerify, id, "/email/verify/member", nil)
	q.method = http.MethodPost
	return c.conn.do(ctx, q, func([]byte) error { return nil })
}

// SendPasswordReset mails whoever has the e-mail a link by which they set a
// password. The server says yes to an e-mail that no account has.
func (c *Client) SendPasswordReset(ctx context.Context, email string) error {
	return c.tell(ctx, request{call: callReset, method: http.MethodPost, path: "/users/password/reset/send",
		body: map[string]string{"email": email}, most: smallAnswer, write: true})
}

// tell makes a request whose answer says nothing but yes.
func (c *Client) tell(ctx context.Context, q request) error {
	_, err := fetch[map[string]any](ctx, c.conn, q)
	return err
}
