package mmsim

import (
	"net/http"
	"slices"
	"strings"
)

// sessions are who is signed in, and the tokens that sign people in. The
// server's lock guards them.
type sessions struct {
	byToken map[string]*session
	byUser  map[string][]*session
	tokens  map[string]*accessToken
	owned   map[string][]*accessToken
}

// A session is one sign-in.
type session struct {
	id, token, userID string
	tokenID           string // of the access token that made it; "": a browser's
	createAt          int64
}

// An accessToken is a personal access token.
type accessToken struct {
	id, token, userID, description string
	off                            bool // disabled
}

func newSessions() *sessions {
	return &sessions{
		byToken: map[string]*session{}, byUser: map[string][]*session{},
		tokens: map[string]*accessToken{}, owned: map[string][]*accessToken{},
	}
}

func (ss *sessions) add(s *session) {
	ss.byToken[s.token] = s
	ss.byUser[s.userID] = append(ss.byUser[s.userID], s)
}

// end ends all sessions of a user.
func (ss *sessions) end(userID string) {
	for _, s := range ss.byUser[userID] {
		delete(ss.byToken, s.token)
	}
	delete(ss.byUser, userID)
}

// endOne ends one session.
func (ss *sessions) endOne(s *session) {
	delete(ss.byToken, s.token)
	ss.byUser[s.userID] = slices.DeleteFunc(ss.byUser[s.userID], func(o *session) bool { return o == s })
}

// endAll ends the sessions of everybody.
func (ss *sessions) endAll() {
	clear(ss.byToken)
	clear(ss.byUser)
}

// tokenOf returns the token in a request's header, or else in its query.
func tokenOf(r *http.Request) string {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, "token") {
		return strings.TrimSpace(token)
	}
	return r.URL.Query().Get("access_token")
}

// session returns the user whom a token stands for, or nil, and the id of the
// session. An access token
// makes a session when it has none, so it outlives the end of all sessions;
// while its owner is inactive it does not.
func (s *Server) session(token string) (*User, string) {
	if token == "" {
		return nil, ""
	}
	s.mu.RLock()
	signedIn, access := s.sessions.byToken[token], s.sessions.tokens[token]
	var u *User
	switch {
	case signedIn != nil:
		u = s.users.byID[signedIn.userID]
	case access != nil && !access.off && !s.broken:
		u = s.users.byID[access.userID]
	}
	s.mu.RUnlock()
	if u == nil || u.DeleteAt != 0 || access != nil && s.config.NoUserTokens && !u.IsBot {
		return nil, ""
	}
	if signedIn == nil {
		signedIn = s.open(access)
	}
	return u, signedIn.id
}

// open makes the session of an access token, unless it has one by now.
func (s *Server) open(t *accessToken) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions.byToken[t.token] == nil {
		s.sessions.add(&session{id: s.tokenIDs.next(), token: t.token, userID: t.userID, tokenID: t.id, createAt: s.now()})
	}
	return s.sessions.byToken[t.token]
}

// listSessions is GET /users/{id}/sessions, the latest first.
func listSessions(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	roles := ""
	if u := c.users.byID[c.arg]; u != nil {
		roles = u.Roles
	}
	body := []byte{'['}
	for i, s := range slices.Backward(c.sessions.byUser[c.arg]) {
		if i < len(c.sessions.byUser[c.arg])-1 {
			body = append(body, ',')
		}
		body = s.append(body, roles)
	}
	return reply{body: append(body, ']')}, nil
}

// append appends the session as JSON, without its token.
func (s *session) append(b []byte, roles string) []byte {
	const day = 24 * 60 * 60 * 1000
	props := map[string]string{"is_guest": "false", "browser": "Unknown/0.0", "isMobile": "false", "os": "", "platform": ""}
	expires := s.createAt + 180*day
	if s.tokenID != "" {
		props = map[string]string{"is_guest": "false", "type": "UserAccessToken", "user_access_token_id": s.tokenID}
		expires = s.createAt + 100*365*day
	}
	o := object{b: append(b, '{')}
	o.text("id", s.id)
	o.text("token", "")
	o.number("create_at", s.createAt)
	o.number("expires_at", expires)
	o.number("last_activity_at", s.createAt)
	o.text("user_id", s.userID)
	o.text("device_id", "")
	o.text("roles", roles)
	o.b = append(o.b, `,"is_oauth":false,"expired_notify":false`...)
	o.table("props", props, "")
	return append(o.b, `,"team_members":[],"local":false}`...)
}

// revokeSessions is POST /users/{id}/sessions/revoke/all. It says nothing
// about a user who does not exist.
func revokeSessions(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ignored {
		c.sessions.end(c.arg)
	}
	return ok()
}

// revokeSession is POST /users/{id}/sessions/revoke.
func revokeSession(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	id := c.fields()["session_id"]
	if id == "" {
		return reply{}, badBody("session_id")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions.byToken {
		switch {
		case s.id != id:
		case s.userID != c.arg:
			return reply{}, badURL("user_id")
		case c.ignored:
			return ok()
		default:
			c.sessions.endOne(s)
			return ok()
		}
	}
	return reply{}, refuse(400, "app.session.get.app_error", "There is no such session.")
}

// revokeEverybody is POST /users/sessions/revoke/all. Whoever calls with an
// access token has a new session with the next call.
func revokeEverybody(c *call) (reply, *failure) {
	if !c.admin() {
		return reply{}, forbidden()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ignored {
		c.sessions.endAll()
	}
	return ok()
}
