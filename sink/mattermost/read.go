package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// The names of the calls.
const (
	callMe         = "read_me"
	callUser       = "read_user"
	callByIDs      = "read_users_by_id"
	callByNames    = "read_users_by_username"
	callByEmail    = "read_user_by_email"
	callPage       = "read_users_page"
	callCount      = "count_users"
	callBot        = "read_bot"
	callLimits     = "read_limits"
	callConfig     = "read_config"
	callLicense    = "read_license"
	callPing       = "ping"
	callCreate     = "create_user"
	callPatch      = "patch_user"
	callActivate   = "activate_user"
	callDeactivate = "deactivate_user"
	callDelete     = "delete_user"
	callAuth       = "set_auth"
	callPassword   = "set_password"
	callRevoke     = "revoke_sessions"
	callToLDAP     = "migrate_all_to_ldap"
	callToSAML     = "migrate_all_to_saml"

	callSessions      = "read_sessions"
	callTokens        = "read_tokens"
	callSettings      = "read_settings"
	callRevokeOne     = "revoke_session"
	callRevokeAll     = "revoke_all_sessions"
	callDisableToken  = "disable_token"
	callEnableToken   = "enable_token"
	callRevokeToken   = "revoke_token"
	callMFA           = "reset_mfa"
	callErase         = "erase_user"
	callRoles         = "set_roles"
	callPromote       = "promote_guest"
	callDemote        = "demote_to_guest"
	callVerify        = "verify_email"
	callReset         = "send_password_reset"
	callByName        = "read_user_by_username"
	callReplace       = "replace_user"
	callSearch        = "search_users"
	callSetPicture    = "set_picture"
	callRemovePicture = "remove_picture"
	callPost          = "create_post"
	callAudits        = "read_audits"
	callLogin         = "login"
	callLogout        = "logout"
	callCreateBot     = "create_bot"
	callCreateToken   = "create_token"
)

// Calls returns every value of Call.Name.
func Calls() []string {
	return []string{callMe, callUser, callByIDs, callByNames, callByEmail, callPage, callCount, callBot, callLimits,
		callConfig, callLicense, callPing, callCreate, callPatch, callActivate, callDeactivate, callDelete, callAuth,
		callPassword, callRevoke, callToLDAP, callToSAML, callSessions, callTokens, callSettings, callRevokeOne, callRevokeAll, callDisableToken,
		callEnableToken, callRevokeToken, callMFA, callErase, callRoles, callPromote, callDemote, callVerify, callReset, callByName, callReplace, callSearch, callSetPicture, callRemovePicture, callPost,
		callAudits,
		callLogin, callLogout, callCreateBot, callCreateToken}
}

// PageSize is the largest page that the server gives.
const PageSize = 200

// get returns a request that reads something small.
func get(call, path string) request {
	return request{call: call, method: http.MethodGet, path: path, most: smallAnswer}
}

// Version returns the server's version as its last answer stated it, such as
// "11.6.0"; "" before the first answer.
func (r *Reader) Version() string {
	if v := r.conn.version.Load(); v != nil {
		return *v
	}
	return ""
}

// Trouble returns how many requests so far ended in a way that asks for a
// slower pace.
func (r *Reader) Trouble() uint64 { return r.conn.trouble.Load() }

// Limited reports whether somebody counts requests, so that few are better
// than fast ones.
func (r *Reader) Limited() bool {
	return r.conn.RequestsPerSecond > 0 || r.conn.pace.limited()
}

// Me returns the token's own account.
func (r *Reader) Me(ctx context.Context) (User, error) {
	return readUser(ctx, r.conn, get(callMe, "/users/me"))
}

// User returns an account by its id.
func (r *Reader) User(ctx context.Context, id string) (User, error) {
	return readUser(ctx, r.conn, get(callUser, "/users/"+url.PathEscape(id)))
}

// UserByEmail returns an account by its e-mail, in any case.
func (r *Reader) UserByEmail(ctx context.Context, email string) (User, error) {
	return readUser(ctx, r.conn, get(callByEmail, "/users/email/"+url.PathEscape(email)))
}

// UsersByIDs returns the accounts with the given ids, in any order; some
// servers return one twice. Ids that no account has are left out.
func (r *Reader) UsersByIDs(ctx context.Context, ids []string) ([]User, error) {
	return readUsers(ctx, r.conn, request{call: callByIDs, method: http.MethodPost, path: "/users/ids", body: ids, most: bulkAnswer}, len(ids))
}

// UsersByUsernames returns the accounts with the given user names, which must
// be in lower case. Names that no account has are left out.
func (r *Reader) UsersByUsernames(ctx context.Context, names []string) ([]User, error) {
	if r.Local() {
		return r.usersOneByOne(ctx, names)
	}
	return readUsers(ctx, r.conn, request{call: callByNames, method: http.MethodPost, path: "/users/usernames", body: names, most: bulkAnswer}, len(names))
}

// Page returns a page of PageSize of all accounts, sorted by user name. Pages
// shift while accounts are made or renamed.
func (r *Reader) Page(ctx context.Context, page int) ([]User, error) {
	return r.page(ctx, page, "")
}

// page is Page with more conditions in the query.
func (r *Reader) page(ctx context.Context, page int, more string) ([]User, error) {
	q := get(callPage, fmt.Sprintf("/users?page=%d&per_page=%d%s", page, PageSize, more))
	q.most = bulkAnswer
	return readUsers(ctx, r.conn, q, PageSize)
}

// Count returns the number of accounts of every kind, active or not.
func (r *Reader) Count(ctx context.Context) (int, error) {
	if r.Local() {
		return r.countPages(ctx, "")
	}
	return r.count(ctx, "/users/stats/filtered?include_deleted=true&include_bots=true&include_remote_users=true")
}

// CountSeats returns the number of accounts that take a seat; over the socket
// of active ones, bots included.
func (r *Reader) CountSeats(ctx context.Context) (int, error) {
	if r.Local() {
		return r.countPages(ctx, "&active=true")
	}
	return r.count(ctx, "/users/stats/filtered")
}

// CountAdmins returns the number of active system administrators, bots left
// out.
func (r *Reader) CountAdmins(ctx context.Context) (int, error) {
	if r.Local() {
		return r.countListedAdmins(ctx)
	}
	return r.count(ctx, "/users/stats/filtered?roles=system_admin")
}

func (r *Reader) count(ctx context.Context, path string) (int, error) {
	said, err := fetch[struct {
		Total *int `json:"total_users_count"`
	}](ctx, r.conn, get(callCount, path))
	if err == nil && said.Total == nil {
		return 0, odd(callCount)
	}
	if err != nil {
		return 0, err
	}
	return *said.Total, nil
}

// Bot returns what the server says of a bot.
func (r *Reader) Bot(ctx context.Context, id string) (Bot, error) {
	return fetch[Bot](ctx, r.conn, get(callBot, "/bots/"+url.PathEscape(id)+"?include_deleted=true"))
}

// Limits returns how many accounts the server bears. Servers before 10 do not
// say: ErrNoRoute.
func (r *Reader) Limits(ctx context.Context) (Limits, error) {
	return fetch[Limits](ctx, r.conn, get(callLimits, "/limits/server"))
}

// ClientConfig returns the settings that the server tells its clients.
func (r *Reader) ClientConfig(ctx context.Context) (map[string]string, error) {
	return fetch[map[string]string](ctx, r.conn, get(callConfig, "/config/client?format=old"))
}

// License returns what the server tells its clients of its license.
func (r *Reader) License(ctx context.Context) (map[string]string, error) {
	return fetch[map[string]string](ctx, r.conn, get(callLicense, "/license/client?format=old"))
}

// readUser makes a request that answers with one account.
func readUser(ctx context.Context, c *conn, q request) (User, error) {
	u, err := fetch[User](ctx, c, q)
	if err == nil && u.ID == "" {
		e := odd(q.call)
		e.unknown = q.write
		return User{}, e
	}
	return u, err
}

// readUsers makes a request that answers with about n accounts.
func readUsers(ctx context.Context, c *conn, q request, n int) ([]User, error) {
	var users []User
	err := c.do(ctx, q, func(body []byte) error {
		users = make([]User, 0, n) // growing would take three times the memory
		return json.Unmarshal(body, &users)
	})
	if err != nil {
		return nil, err
	}
	if users == nil { // "null" is no list, and a failure is never an absence
		return nil, odd(q.call)
	}
	for _, u := range users {
		if u.ID == "" {
			return nil, odd(q.call)
		}
	}
	return users, nil
}

// odd is an answer of another shape than Mattermost gives.
func odd(call string) *Error {
	return &Error{Call: call, class: ErrUnavailable, outcome: outcomeGarbled,
		Cause: errors.New("an answer without what was asked for: is url the address of a Mattermost server?")}
}
