package mmsim

import "strings"

// promote is POST /users/{id}/promote: it makes a guest a member, without a
// license too, so that nobody is stranded when one ends.
func promote(c *call) (reply, *failure) {
	if !c.admin() {
		return reply{}, forbidden()
	}
	u := c.lookUp(c.arg)
	switch {
	case u == nil:
		return reply{}, noAccount()
	case !u.hasRole("system_guest"):
		return reply{}, refuse(501, "api.user.promote_guest_to_user.no_guest.app_error", "The user is no guest.")
	}
	roles := strings.Fields(u.Roles)
	for i, role := range roles {
		if role == "system_guest" {
			roles[i] = "system_user"
		}
	}
	return c.become(u, strings.Join(roles, " "))
}

// demote is POST /users/{id}/demote: it makes a member, or an administrator, a
// guest. What the license says comes before who asks. Nothing asks here whether
// an administrator is the last one.
func demote(c *call) (reply, *failure) {
	switch {
	case !c.config.Licensed:
		return reply{}, refuse(501, "api.team.demote_user_to_guest.license.error", "The license has no guest accounts.")
	case !c.config.GuestAccounts:
		return reply{}, refuse(501, "api.team.demote_user_to_guest.disabled.error", "Guest accounts are switched off.")
	case !c.admin():
		return reply{}, forbidden()
	}
	u := c.lookUp(c.arg)
	switch {
	case u == nil:
		return reply{}, noAccount()
	case u.hasRole("system_guest"):
		return reply{}, refuse(501, "api.user.demote_user_to_guest.already_guest.app_error", "The user is a guest already.")
	}
	if !c.rules.guestKeepsRoles {
		return c.become(u, "system_guest")
	}
	var roles []string
	for role := range strings.FieldsSeq(u.Roles) {
		switch role {
		case "system_user":
			roles = append(roles, "system_guest")
		case "system_admin":
		default:
			roles = append(roles, role)
		}
	}
	return c.become(u, strings.Join(roles, " "))
}

// become gives a user other roles.
func (c *call) become(u *User, roles string) (reply, *failure) {
	row := *u
	row.Roles = roles
	c.wait()
	if _, failed := c.save(row, true); failed != nil {
		return reply{}, failed
	}
	return ok()
}
