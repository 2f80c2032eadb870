package mmsim

import (
	"slices"
	"strconv"
)

// listTokens is GET /users/{id}/tokens. Disabled ones and those of somebody
// inactive are in the list; nobody's is empty.
func listTokens(c *call) (reply, *failure) {
	if !c.admin() {
		return reply{}, forbidden()
	}
	query := c.r.URL.Query()
	page, size := paging(query.Get("page"), query.Get("per_page"))
	c.mu.RLock()
	defer c.mu.RUnlock()
	owned := c.sessions.owned[c.arg]
	skip := min(page*size, len(owned))
	body := []byte{'['}
	for i, t := range owned[skip:min(skip+size, len(owned))] {
		if i > 0 {
			body = append(body, ',')
		}
		o := object{b: append(body, '{')}
		o.text("id", t.id)
		o.text("user_id", t.userID)
		o.text("description", t.description)
		o.key("is_active")
		body = append(strconv.AppendBool(o.b, !t.off), '}')
	}
	return reply{body: append(body, ']')}, nil
}

// createToken is POST /users/{id}/tokens. Only its answer has the secret.
func createToken(c *call) (reply, *failure) {
	description := c.fields()["description"]
	u := c.lookUp(c.arg)
	switch {
	case description == "":
		return reply{}, badBody("description")
	case !c.admin():
		return reply{}, forbidden()
	case u == nil:
		return reply{}, noAccount()
	case c.config.NoUserTokens && !u.IsBot:
		return reply{}, refuse(501, "app.user_access_token.disabled", "Access tokens of people are switched off.")
	}
	t := c.newToken(u.ID, description)
	o := object{b: []byte{'{'}}
	o.text("id", t.id)
	o.text("token", t.token)
	o.text("user_id", t.userID)
	o.text("description", t.description)
	o.flag("is_active", true)
	return reply{body: append(o.b, '}')}, nil
}

// newToken stores an access token.
func (s *Server) newToken(userID, description string) *accessToken {
	t := &accessToken{id: s.tokenIDs.next(), token: s.tokenIDs.next(), userID: userID, description: description}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions.tokens[t.token] = t
	s.sessions.owned[userID] = append(s.sessions.owned[userID], t)
	return t
}

// disableToken is POST /users/tokens/disable: the token and its session are of
// no use from now on. A second time is no error.
func disableToken(c *call) (reply, *failure) {
	return c.onToken(func(t *accessToken) {
		t.off = true
		c.sessions.endOf(t)
	})
}

// enableToken is POST /users/tokens/enable, which also works for somebody who
// is inactive.
func enableToken(c *call) (reply, *failure) {
	return c.onToken(func(t *accessToken) { t.off = false })
}

// revokeToken is POST /users/tokens/revoke: the token is gone.
func revokeToken(c *call) (reply, *failure) {
	return c.onToken(func(t *accessToken) {
		c.sessions.endOf(t)
		delete(c.sessions.tokens, t.token)
		c.sessions.owned[t.userID] = slices.DeleteFunc(c.sessions.owned[t.userID], func(o *accessToken) bool { return o == t })
	})
}

// onToken does something to the token that the body names. Whatever does not
// name one, nothing too, is a token that is not there.
func (c *call) onToken(act func(*accessToken)) (reply, *failure) {
	if !c.admin() {
		return reply{}, forbidden()
	}
	id := c.fields()["token_id"]
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.sessions.tokens {
		if t.id != id {
			continue
		}
		if !c.ignored {
			act(t)
		}
		return ok()
	}
	return reply{}, refuse(404, "app.user_access_token.get_by_user.app_error", "There is no such token.")
}

// endOf ends the session of an access token.
func (ss *sessions) endOf(t *accessToken) {
	if s := ss.byToken[t.token]; s != nil {
		ss.endOne(s)
	}
}
