package mattermost

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// A Session is one sign-in. Times are in milliseconds since 1970.
type Session struct {
	ID           string            `json:"id"`
	CreateAt     int64             `json:"create_at"`
	ExpiresAt    int64             `json:"expires_at"` // 0: never
	LastActivity int64             `json:"last_activity_at"`
	Props        map[string]string `json:"props"`
}

// OfToken reports whether an access token made the session. When it is ended
// the token makes another one.
func (s Session) OfToken() bool { return s.Props["type"] == "UserAccessToken" }

// A Token is a personal access token, without its secret.
type Token struct {
	ID     string `json:"id"`
	Active bool   `json:"is_active"`
}

// Sessions returns how an account is signed in. Of an id that no account has
// there are none.
func (r *Reader) Sessions(ctx context.Context, id string) ([]Session, error) {
	list, err := fetch[[]Session](ctx, r.conn, get(callSessions, "/users/"+url.PathEscape(id)+"/sessions"))
	if err == nil && list == nil { // "null" is no list, and no proof
		return nil, odd(callSessions)
	}
	return list, err
}

// Tokens returns the access tokens of an account, disabled ones too. Of an id
// that no account has there are none.
func (r *Reader) Tokens(ctx context.Context, id string) ([]Token, error) {
	var all []Token
	for page := 0; ; page++ {
		path := fmt.Sprintf("/users/%s/tokens?page=%d&per_page=%d", url.PathEscape(id), page, PageSize)
		list, err := fetch[[]Token](ctx, r.conn, get(callTokens, path))
		if err == nil && list == nil {
			err = odd(callTokens)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if len(list) < PageSize {
			return all, nil
		}
	}
}

// ErasesUsers reports whether the server deletes accounts for good when it is
// asked to.
func (r *Reader) ErasesUsers(ctx context.Context) (bool, error) {
	said, err := fetch[struct {
		Service struct {
			Erases *bool `json:"EnableAPIUserDeletion"`
		} `json:"ServiceSettings"`
	}](ctx, r.conn, get(callSettings, "/config"))
	if err != nil {
		return false, err
	}
	if said.Service.Erases == nil {
		return false, odd(callSettings)
	}
	return *said.Service.Erases, nil
}

// post returns a request that writes, and answers with no more than yes.
func post(call, path string, body any) request {
	return request{call: call, method: http.MethodPost, path: path, body: body, most: smallAnswer, write: true}
}

// RevokeSession ends one session of an account.
func (c *Client) RevokeSession(ctx context.Context, id, session string) error {
	return c.tell(ctx, post(callRevokeOne, "/users/"+url.PathEscape(id)+"/sessions/revoke", map[string]string{"session_id": session}))
}

// RevokeEverySession ends the sessions of everybody on the server. Access
// tokens, the client's own too, make new ones.
func (c *Client) RevokeEverySession(ctx context.Context) error {
	return c.tell(ctx, post(callRevokeAll, "/users/sessions/revoke/all", nil))
}

// DisableToken switches an access token off, also when it is off already.
func (c *Client) DisableToken(ctx context.Context, token string) error {
	return c.tell(ctx, post(callDisableToken, "/users/tokens/disable", map[string]string{"token_id": token}))
}

// EnableToken switches an access token on, also when it is on already.
func (c *Client) EnableToken(ctx context.Context, token string) error {
	return c.tell(ctx, post(callEnableToken, "/users/tokens/enable", map[string]string{"token_id": token}))
}

// RevokeToken makes an access token be no more.
func (c *Client) RevokeToken(ctx context.Context, token string) error {
	return c.tell(ctx, post(callRevokeToken, "/users/tokens/revoke", map[string]string{"token_id": token}))
}

// ResetMFA takes the second factor of an account away, and mails its owner. It
// does so as well where there is none.
func (c *Client) ResetMFA(ctx context.Context, id string) error {
	return c.tell(ctx, put(callMFA, id, "/mfa", map[string]bool{"activate": false}))
}

// EraseUser deletes one account and all that it wrote, for good. Where the
// server is not set to do that, the answer has the id [IDEraseOff].
func (c *Client) EraseUser(ctx context.Context, id string) error {
	q := put(callErase, id, "?permanent=true", nil)
	q.method = http.MethodDelete
	return c.tell(ctx, q)
}
