package mmsim

import (
	"net/http"
	"slices"
)

// A bulk is the body of a call that moves everybody.
type bulk struct {
	From       *string            `json:"from"`
	MatchField *string            `json:"match_field"`
	Force      *bool              `json:"force"`
	Auto       *bool              `json:"auto"`
	Matches    *map[string]string `json:"matches"`
}

// migrateToLDAP is POST /users/migrate_auth/ldap. What enterprise code does is
// not public: here everybody matches, and the value that matches becomes their
// name at the service.
func migrateToLDAP(c *call) (reply, *failure) {
	var b bulk
	if failed := c.readBulk(&b, "ldap"); failed != nil {
		return reply{}, failed
	}
	switch {
	case b.Force == nil:
		return reply{}, badBody("force")
	case b.MatchField == nil:
		return reply{}, badBody("match_field")
	}
	if failed := c.mayMoveAll("api.admin.ldap.not_available.app_error"); failed != nil {
		return reply{}, failed
	}
	return c.moveAll(*b.From, "ldap", func(u *User) string {
		if *b.MatchField == "username" {
			return u.Username
		}
		return u.Email
	})
}

// migrateToSAML is POST /users/migrate_auth/saml. Whoever is not among the
// matches stays, unless auto is set: then the e-mail is the name.
func migrateToSAML(c *call) (reply, *failure) {
	var b bulk
	if failed := c.readBulk(&b, "saml"); failed != nil {
		return reply{}, failed
	}
	switch {
	case b.Auto == nil:
		return reply{}, badBody("auto")
	case b.Matches == nil:
		return reply{}, badBody("matches")
	}
	if failed := c.mayMoveAll("api.admin.saml.not_available.app_error"); failed != nil {
		return reply{}, failed
	}
	return c.moveAll(*b.From, "saml", func(u *User) string {
		if *b.Auto {
			return u.Email
		}
		return (*b.Matches)[u.Email]
	})
}

// readBulk reads the body and from, which may be any service but the one to
// move to.
func (c *call) readBulk(b *bulk, to string) *failure {
	from := slices.DeleteFunc([]string{"email", "ldap", "saml", "gitlab", "google", "office365"}, func(s string) bool { return s == to })
	if !c.decode(b) || b.From == nil || !slices.Contains(from, *b.From) {
		return badBody("from")
	}
	return nil
}

// mayMoveAll refuses whoever is no administrator, and then a server without the
// license.
func (c *call) mayMoveAll(id string) *failure {
	if !c.admin() {
		return forbidden()
	}
	if !c.config.Licensed {
		return refuse(http.StatusNotImplemented, id, "Not available.")
	}
	return nil
}

// moveAll moves everybody who signs in with a service and has a name at the
// other one. Sessions live on.
func (c *call) moveAll(from, to string, name func(*User) string) (reply, *failure) {
	if from == "email" {
		from = ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, old := range c.users.byID {
		data := name(old)
		if c.ignored || old.IsBot || old.RemoteID != "" || old.AuthService != from || data == "" || c.users.byAuth[data] != nil {
			continue
		}
		row := *old
		row.AuthService, row.AuthData, row.HasPassword, row.FailedAttempts = to, data, false, 0
		row.UpdateAt = c.after(old.UpdateAt)
		c.users.put(&row)
	}
	return ok()
}
