package mattermost

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// NewUnsigned returns a client that nobody is signed in with: it can do nothing
// but [Client.Login]. The config's Token is not asked for.
func NewUnsigned(c Config) (*Client, error) {
	c.Token = func() (string, error) { return "none", nil }
	client, err := New(c)
	if err != nil {
		return nil, err
	}
	client.conn.bearer = func() string { return "" }
	return client, nil
}

// Login signs somebody in with a user name or an e-mail, a password, and the code
// of a second factor, which is "" at first: [WantsCode] says that the server asks
// for one. It returns the token of the session, which [Client.Logout] ends.
func (c *Client) Login(ctx context.Context, name, password, code string) (token string, err error) {
	body := map[string]string{"login_id": name, "password": password}
	if code != "" {
		body["token"] = code
	}
	q := post(callLogin, "/users/login", body)
	q.heed = func(h http.Header) { token = strings.TrimSpace(h.Get("Token")) }
	u, err := fetch[User](ctx, c.conn, q)
	if err == nil && (token == "" || u.ID == "") {
		err = odd(callLogin)
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// WantsCode reports whether a login was refused for want of the code of a second
// factor.
func WantsCode(err error) bool { return Has(err, IDNoCode) || Has(err, IDBadCode) }

// Logout ends the session of the client's token.
func (c *Client) Logout(ctx context.Context) error {
	return c.tell(ctx, post(callLogout, "/users/logout", nil))
}

// A NewBot is a bot to be made.
type NewBot struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name"`
	Description string `json:"description"`
}

// CreateBot makes a bot, which belongs to whoever makes it, and returns its user
// id. The answer to somebody whom the server lets make none has the id
// [IDBotsOff]; bots themselves make none.
func (c *Client) CreateBot(ctx context.Context, b NewBot) (id string, err error) {
	made, err := fetch[struct {
		ID string `json:"user_id"`
	}](ctx, c.conn, post(callCreateBot, "/bots", b))
	if err == nil && made.ID == "" {
		err = odd(callCreateBot)
	}
	return made.ID, err
}

// CreateToken makes an access token of an account and returns its id and the
// token itself, which no later call shows again.
func (c *Client) CreateToken(ctx context.Context, userID, description string) (id, secret string, err error) {
	made, err := fetch[struct {
		ID     string `json:"id"`
		Secret string `json:"token"`
	}](ctx, c.conn, post(callCreateToken, "/users/"+url.PathEscape(userID)+"/tokens", map[string]string{"description": description}))
	if err == nil && (made.Secret == "" || made.ID == "") {
		err = odd(callCreateToken)
	}
	return made.ID, made.Secret, err
}
