package mmsim

import "strings"

// searchUsers is POST /users/search. Each word must fit one of somebody's names
// or their e-mail: its beginning, or on newer servers any part of it.
func searchUsers(c *call) (reply, *failure) {
	var body struct {
		Term          string `json:"term"`
		AllowInactive bool   `json:"allow_inactive"`
		Limit         int    `json:"limit"`
	}
	switch {
	case !c.decode(&body):
		return reply{}, badBody("props")
	case body.Term == "":
		return reply{}, badBody("term")
	case body.Limit < 0 || body.Limit > 1000:
		return reply{}, badBody("limit")
	case body.Limit == 0:
		body.Limit = 100
	}
	var found []*User
	c.mu.RLock()
	for _, name := range c.users.order() {
		u := c.users.byName[name]
		if len(found) < body.Limit && (body.AllowInactive || u.DeleteAt == 0) && c.rules.fits(u, body.Term) {
			found = append(found, u)
		}
	}
	c.mu.RUnlock()
	return c.list(found), nil
}

// fits reports whether each word of a term is in one of somebody's names.
func (r rules) fits(u *User, term string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(term)) {
		word = strings.TrimLeft(word, "@")
		one := false
		for _, text := range []string{u.Username, u.FirstName, u.LastName, u.Nickname, u.Email} {
			text = strings.ToLower(text)
			one = one || strings.HasPrefix(text, word) || r.hasLimits && strings.Contains(text, word)
		}
		if !one {
			return false
		}
	}
	return true
}
