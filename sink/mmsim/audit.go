package mmsim

import (
	"encoding/json"
	"slices"
)

// An audit is what the server wrote down of something that somebody did.
type audit struct {
	id, action, extra, sessionID string
	at                           int64
}

// keptAudits is how many rows are kept of one account: more than any test asks
// for, and bounded, for a sync of 100,000 people writes several of each.
const keptAudits = 500

// listAudits is GET /users/{id}/audits: what the account did, the newest first.
// What others did to it is in their rows. Of an id that nobody has the list is
// empty.
func listAudits(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	query := c.r.URL.Query()
	page, size := paging(query.Get("page"), query.Get("per_page"))
	c.mu.RLock()
	defer c.mu.RUnlock()
	rows := slices.Clone(c.audits[c.arg])
	slices.Reverse(rows)
	skip := min(page*size, len(rows))
	body := []byte{'['}
	for i, a := range rows[skip:min(skip+size, len(rows))] {
		if i > 0 {
			body = append(body, ',')
		}
		o := object{b: append(body, '{')}
		o.text("id", a.id)
		o.number("create_at", a.at)
		o.text("user_id", c.arg)
		o.text("action", a.action)
		o.text("extra_info", a.extra)
		o.text("ip_address", "127.0.0.1")
		o.text("session_id", a.sessionID)
		body = append(o.b, '}')
	}
	return reply{body: append(body, ']')}, nil
}

// record writes down what the caller did, in the words of the server. Over the
// socket there is nobody to write it down of.
func (c *call) record(answer []byte) {
	if c.caller == nil || c.local || c.ignored || !c.route.write {
		return
	}
	for _, extra := range c.extras(answer) {
		c.note(c.caller.ID, c.r.URL.Path, extra, c.sessionID)
	}
}

// note adds a row to an account's.
func (s *Server) note(userID, action, extra, sessionID string) {
	a := audit{id: s.requestIDs.next(), action: action, extra: extra, sessionID: sessionID, at: s.now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.audits[userID]
	if len(rows) >= 2*keptAudits {
		rows = slices.Clone(rows[len(rows)-keptAudits+1:])
	}
	s.audits[userID] = append(rows, a)
}

// extras returns what the rows of a call say besides its path; none for a call
// that leaves none.
func (c *call) extras(answer []byte) []string {
	fields := c.fields()
	switch c.route.name() {
	case "PUT /users/{id}/patch", "PUT /users/{id}", "POST /users/{id}/sessions/revoke/all", "POST /users/logout":
		return []string{""}
	case "PUT /users/{id}/roles":
		return []string{"user=" + c.arg + " roles=" + fields["roles"]}
	case "PUT /users/{id}/auth":
		return []string{"updated user " + c.arg + " auth to service=" + fields["auth_service"]}
	case "PUT /users/{id}/password":
		return []string{"attempted", "completed"}
	case "POST /users/{id}/email/verify/member":
		return []string{"user verified"}
	case "POST /users/tokens/disable", "POST /users/tokens/enable", "POST /users/tokens/revoke":
		return []string{"", "success - token_id=" + fields["token_id"]}
	case "POST /users/{id}/tokens":
		var made struct{ ID string }
		_ = json.Unmarshal(answer, &made) // our own answer
		return []string{"", "success - token_id=" + made.ID}
	case "PUT /users/{id}/active":
		var body struct{ Active json.RawMessage }
		_ = json.Unmarshal(c.body, &body) // it was understood before
		return []string{"user_id=" + c.arg + " active=" + string(body.Active)}
	}
	return nil
}
