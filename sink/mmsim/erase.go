package mmsim

// erase deletes an account for good, with its sessions and access tokens. Old
// servers go on showing it by its id, out of their cache of users, and say that
// it is not there only when it is to be written.
func (c *call) erase(u *User) (reply, *failure) {
	if !c.config.EraseUsers && !c.local {
		id := "api.user.delete_user.not_enabled"
		if c.rules.hasLimits {
			id += ".for_admin"
		}
		return reply{}, refuse(401, id+".app_error", "To delete an account for good is switched off.")
	}
	c.wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	row := c.users.byID[u.ID]
	switch {
	case row == nil:
		return reply{}, notFoundToWrite()
	case c.ignored:
		return ok()
	}
	c.sessions.end(u.ID)
	for _, t := range c.sessions.owned[u.ID] {
		delete(c.sessions.tokens, t.token)
	}
	delete(c.sessions.owned, u.ID)
	c.users.remove(row)
	if c.rules.showsErased {
		shown := *row
		if shown.DeleteAt == 0 {
			shown.UpdateAt = c.after(row.UpdateAt)
			shown.DeleteAt = shown.UpdateAt
		}
		c.users.cached[u.ID] = &shown
	}
	return ok()
}

func notFoundToWrite() *failure {
	return refuse(400, "app.user.update.find.app_error", "The account to change was not found.")
}

// remove takes a row out of the table.
func (t *table) remove(u *User) {
	t.forget(u)
	delete(t.byID, u.ID)
	delete(t.bots, u.ID)
	delete(t.cached, u.ID)
	t.names = nil
}

// setMFA is PUT /users/{id}/mfa. Only to switch it off is there: to switch it
// on takes a code that nobody here can make.
func setMFA(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	var body struct {
		Activate any    `json:"activate"`
		Code     string `json:"code"`
	}
	c.decode(&body)
	activate, valid := body.Activate.(bool)
	u := c.lookUp(c.arg)
	switch {
	case !valid:
		return reply{}, badBody("activate")
	case activate && body.Code == "":
		return reply{}, badBody("code")
	case u == nil:
		return reply{}, noAccount()
	case activate:
		return reply{}, refuse(401, "mfa.activate.bad_token.app_error", "The code is wrong.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if row := c.users.byID[c.arg]; row != nil && !c.ignored {
		fresh := *row
		fresh.MFA = false
		fresh.UpdateAt = c.after(row.UpdateAt)
		c.users.put(&fresh)
	}
	return ok()
}
