package mmsim

import "strings"

// setActive is PUT /users/{id}/active.
func setActive(c *call) (reply, *failure) {
	var body struct {
		Active any `json:"active"`
	}
	c.decode(&body)
	active, valid := body.Active.(bool)
	if !valid {
		return reply{}, badBody("active")
	}
	leaves := !active && c.self()
	if !leaves && !c.admin() {
		return reply{}, refuse(403, "api.user.update_active.permissions.app_error", "You have no permission for this.")
	}
	if leaves {
		return reply{}, notEnabled()
	}
	u := c.lookUp(c.arg)
	if u == nil {
		return reply{}, noAccount()
	}
	if c.rules.ldapKeepsStatus && u.AuthService == "ldap" {
		return reply{}, refuse(403,
			"api.user.update_active.cannot_modify_status_when_user_is_managed_by_ldap.app_error", "LDAP sets the status of this account.")
	}
	if active && c.full() {
		return reply{}, c.noSeat()
	}
	if failed := c.activate(u, active); failed != nil {
		return reply{}, failed
	}
	return ok()
}

// deleteUser is DELETE /users/{id}: it deactivates. To delete for good must be
// switched on, on a real server too.
func deleteUser(c *call) (reply, *failure) {
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	if c.self() && !c.admin() {
		return reply{}, notEnabled()
	}
	u := c.lookUp(c.arg)
	if u == nil {
		return reply{}, noAccount()
	}
	if isTrue(c.r.URL.Query().Get("permanent")) {
		return c.erase(u)
	}
	if failed := c.activate(u, false); failed != nil {
		return reply{}, failed
	}
	return ok()
}

func notEnabled() *failure {
	return refuse(401, "api.user.update_active.not_enable.app_error", "To deactivate oneself is switched off.")
}

func (c *call) noSeat() *failure {
	if c.config.Licensed {
		return refuse(400, "app.user.update_active.license_user_limit.exceeded", "The license has no seat left.")
	}
	return refuse(400, "app.user.update_active.user_limit.exceeded", "The server has no seat left.")
}

// activate writes the status, even if it is what it was. Who is deactivated
// loses their sessions, and their bots are deactivated with them.
func (c *call) activate(u *User, active bool) *failure {
	row := *u
	c.wait()
	row.DeleteAt = 0
	if !active {
		row.DeleteAt = c.after(u.UpdateAt)
	}
	if _, failed := c.save(row, true); failed != nil || active || c.ignored {
		return failed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions.end(u.ID)
	for _, bot := range c.users.bots {
		if bot.OwnerID == u.ID && bot.DeleteAt == 0 {
			row := *bot
			row.UpdateAt = c.after(bot.UpdateAt)
			row.DeleteAt = row.UpdateAt
			c.users.put(&row)
			c.sessions.end(bot.ID)
		}
	}
	return nil
}

// setRoles is PUT /users/{id}/roles. It replaces all roles, and takes none too.
func setRoles(c *call) (reply, *failure) {
	roles := c.fields()["roles"]
	for role := range strings.FieldsSeq(roles) {
		if licensedRole(role) && !c.config.Licensed {
			return reply{}, refuse(400, "api.user.update_user_roles.license.app_error", "The license has no such roles.")
		}
	}
	if !validRoles(roles) {
		return reply{}, badBody("roles")
	}
	if !c.admin() {
		return reply{}, forbidden()
	}
	u := c.lookUp(c.arg)
	if u == nil {
		missing := noAccount()
		missing.status = 400
		return reply{}, missing
	}
	for role := range strings.FieldsSeq(roles) {
		if !knownRole(role) {
			return reply{}, refuse(400, "app.role.check_roles_exist.role_not_found", "There is no such role.")
		}
	}
	row := *u
	row.Roles = roles
	if c.rules.lastAdminStays && u.admin() && !row.admin() && c.onlyAdmin(u.ID) {
		return reply{}, refuse(400, "app.user.update.lastAdmin.app_error", "One system administrator must stay.")
	}
	c.wait()
	if _, failed := c.save(row, true); failed != nil {
		return reply{}, failed
	}
	return ok()
}

// validRoles reports whether roles are names, and not system_admin alone.
func validRoles(roles string) bool {
	names := strings.Fields(roles)
	for _, name := range names {
		if !roleName(name) {
			return false
		}
	}
	return len(names) != 1 || names[0] != "system_admin"
}

// roleName reports whether a role might have a name.
func roleName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// licensedRole reports whether only some licenses have a role.
func licensedRole(role string) bool {
	switch role {
	case "system_manager", "system_user_manager", "system_read_only_admin", "shared_channel_manager", "secure_connection_manager":
		return true
	}
	return false
}

// knownRole reports whether the server has a role.
func knownRole(role string) bool {
	switch role {
	case "system_user", "system_admin", "system_guest", "system_post_all", "system_post_all_public", "system_user_access_token",
		"team_user", "team_admin", "team_guest", "channel_user", "channel_admin", "channel_guest":
		return true
	}
	return licensedRole(role)
}

// onlyAdmin reports whether nobody else who is active and no bot is a system
// administrator.
func (c *call) onlyAdmin(id string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, u := range c.users.byID {
		if u.ID != id && u.takesSeat() && u.admin() {
			return false
		}
	}
	return true
}
