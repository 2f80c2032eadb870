package mmsim

import (
	"cmp"
	"strings"
)

// A patch is the body of PUT /users/{id}/patch. What is absent or null is left
// alone; a map replaces the old one.
type patch struct {
	Username    *string           `json:"username"`
	Password    *string           `json:"password"`
	Nickname    *string           `json:"nickname"`
	FirstName   *string           `json:"first_name"`
	LastName    *string           `json:"last_name"`
	Position    *string           `json:"position"`
	Email       *string           `json:"email"`
	Props       map[string]string `json:"props"`
	NotifyProps map[string]string `json:"notify_props"`
	Locale      *string           `json:"locale"`
	Timezone    map[string]string `json:"timezone"`
	RemoteID    *string           `json:"remote_id"`
}

// patchUser is PUT /users/{id}/patch. Between reading the user and writing all
// of it back the server holds no lock, so it can lose another write.
func patchUser(c *call) (reply, *failure) {
	var p patch
	if !c.decode(&p) {
		return reply{}, badBody("user")
	}
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	base := c.lookUp(c.arg)
	if base == nil {
		return reply{}, badBody("user_id")
	}
	if failed := c.objects(&p, base); failed != nil {
		return reply{}, failed
	}
	row := p.applied(*base)
	email := strings.ToLower(row.Email)
	c.wait()
	if failed := c.holdEmail(&row, base); failed != nil {
		return reply{}, failed
	}
	stored, failed := c.save(row, false)
	if failed != nil {
		return reply{}, failed
	}
	c.mailPatch(base, stored, email)
	v := c.view()
	v.full = true
	shown := *stored
	if c.rules.botsLosePatch {
		shown.IsBot, shown.BotDescription = false, ""
	}
	return reply{body: v.append(nil, &shown)}, nil
}

// objects returns why this caller may not patch this user in this way.
func (c *call) objects(p *patch, base *User) *failure {
	if base.admin() && !c.admin() {
		return forbidden()
	}
	if field := cmp.Or(p.locked(base), c.mapped(p, base)); field != "" {
		return refuse(409, "api.user.patch_user.login_provider_attribute_set.app_error",
			"The login provider sets the field '%s'.", field)
	}
	if changes(p.Username, base.Username) && c.grouped(*p.Username) {
		return nameTaken()
	}
	if c.self() && p.Password == nil && changes(p.Email, base.Email) {
		return badBody("password")
	}
	return nil
}

// locked returns the field that the patch would change although the login
// provider sets it, or "".
func (p *patch) locked(base *User) string {
	if base.AuthService != "" && changes(p.Username, base.Username) {
		return "username"
	}
	if base.oauth() && (changes(p.FirstName, base.FirstName) || changes(p.LastName, base.LastName)) {
		return "full name"
	}
	return ""
}

// mapped returns the field that the patch would change although a licensed
// server takes it from its own directory, or "".
func (c *call) mapped(p *patch, base *User) string {
	prefix := map[string]string{"ldap": "Ldap", "saml": "Saml"}[base.AuthService]
	if prefix == "" || !c.config.Licensed || c.config.Settings["Enable"+prefix] != "true" {
		return ""
	}
	for _, f := range []struct {
		name  string
		value *string
		old   string
	}{
		{"FirstName", p.FirstName, base.FirstName}, {"LastName", p.LastName, base.LastName},
		{"Nickname", p.Nickname, base.Nickname}, {"Position", p.Position, base.Position},
	} {
		if changes(f.value, f.old) && c.config.Settings[prefix+f.name+"AttributeSet"] == "true" {
			return f.name
		}
	}
	return ""
}

// changes reports whether a given value differs from the stored one.
func changes(value *string, stored string) bool { return value != nil && *value != stored }

// applied returns a user with the patch applied.
func (p *patch) applied(u User) User {
	set := func(field *string, value *string) {
		if value != nil {
			*field = *value
		}
	}
	set(&u.Username, p.Username)
	set(&u.Nickname, p.Nickname)
	set(&u.FirstName, p.FirstName)
	set(&u.LastName, p.LastName)
	set(&u.Position, p.Position)
	set(&u.Email, p.Email)
	set(&u.Locale, p.Locale)
	set(&u.RemoteID, p.RemoteID)
	if p.Props != nil {
		u.Props = p.Props
	}
	if p.NotifyProps != nil {
		u.NotifyProps = p.NotifyProps
	}
	if p.Timezone != nil {
		u.Timezone = p.Timezone
	}
	return u
}

// holdEmail checks a new e-mail. Where it must be confirmed, the server mails
// a link and keeps the old one.
func (c *call) holdEmail(row, base *User) *failure {
	if row.Email == base.Email {
		return nil
	}
	exempt := base.AuthService == "ldap" || base.AuthService == "saml" || base.hasRole("system_guest")
	if !exempt && !c.allowsDomain(row.Email) {
		return refuse(400, "api.user.update_user.accepted_domain.app_error", "The e-mail has a domain that is not accepted.")
	}
	if !c.config.RequireEmailVerification {
		return nil
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.users.byEmail[strings.ToLower(row.Email)] != nil { // their own, in another case, counts too
		return emailTaken()
	}
	if !row.IsBot {
		row.Email = base.Email
	}
	return nil
}

// save writes a whole row back. What a patch does not touch is taken from the
// stored row as it is by now; unless trusted, that includes roles and status.
func (c *call) save(row User, trusted bool) (*User, *failure) {
	row.normalize()
	if failed := row.check(c.rules); failed != nil {
		return nil, failed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.users.byID[row.ID]
	if old == nil { // deleted for good, and still in the cache
		return nil, notFoundToWrite()
	}
	row.keep(old, trusted)
	row.UpdateAt = c.after(old.UpdateAt)
	switch {
	case c.ignored:
		return old, nil
	case row.hasNUL():
		return nil, refuse(500, "app.user.update.finding.app_error", "The account could not be written.")
	case old.oauth() && !trusted:
		row.Email = old.Email
	case old.AuthService == "ldap" && !trusted && (row.Username != old.Username || row.Email != old.Email):
		return nil, notFoundToWrite()
	case trusted && row.takesSeat() && !old.takesSeat() && c.noSeatLeft():
		return nil, c.noSeat()
	case row.Email != old.Email:
		row.EmailVerified = row.EmailVerified && old.AuthService != "" && c.rules.staysVerified
	}
	switch c.users.clashOf(&row) {
	case clashUsername:
		return nil, nameTaken()
	case clashEmail:
		return nil, emailTaken()
	}
	c.users.put(&row)
	return &row, nil
}

// keep takes from the stored row what an update does not write.
func (u *User) keep(old *User, trusted bool) {
	u.CreateAt = old.CreateAt
	u.AuthService, u.AuthData, u.HasPassword = old.AuthService, old.AuthData, old.HasPassword
	u.PasswordHash = old.PasswordHash
	u.LastPasswordUpdate, u.LastLogin = old.LastPasswordUpdate, old.LastLogin
	u.FailedAttempts, u.EmailVerified, u.MFA = old.FailedAttempts, old.EmailVerified, old.MFA
	u.LastPictureUpdate, u.Picture = old.LastPictureUpdate, old.Picture
	if !trusted {
		u.Roles, u.DeleteAt = old.Roles, old.DeleteAt
	}
}

// after returns the time of a write that follows one at the given time. Each
// write has a time of its own, however fast they come.
func (s *Server) after(last int64) int64 { return max(s.now(), last+1) }

// lookUp returns a user as the server's cache shows it, or nil.
func (s *Server) lookUp(id string) *User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.users.show(id)
}
