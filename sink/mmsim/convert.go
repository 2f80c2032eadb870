package mmsim

// convertToBot is POST /users/{id}/convert_to_bot. The bot owns itself, and the
// server does not tell its cache: look-ups by id go on showing a person.
func convertToBot(c *call) (reply, *failure) {
	if c.lookUp(c.arg) == nil {
		return reply{}, noAccount()
	}
	if !c.admin() {
		return reply{}, forbidden()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	row := *c.users.byID[c.arg]
	row.IsBot, row.OwnerID = true, row.ID
	if !c.ignored {
		c.users.putBehindCache(&row)
	}
	return reply{body: []byte(`{"user_id":"` + row.ID + `","username":"` + row.Username + `","owner_id":"` + row.ID + `"}`)}, nil
}
