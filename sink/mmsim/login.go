package mmsim

import (
	"net/http"
	"strings"
)

// secondFactor is the code that every second factor shows.
const secondFactor = "123456"

// login is POST /users/login. Of most that can be wrong the answer does not say
// what it is.
func login(c *call) (reply, *failure) {
	body := c.fields()
	if body["password"] == "" {
		return reply{}, refuse(400, "api.user.login.blank_pwd.app_error", "The password is blank.")
	}
	u := c.named(body["login_id"])
	masked := refuse(401, "api.user.login.invalid_credentials_email_username", "The user name, the e-mail or the password is wrong.")
	switch {
	case u == nil:
		return reply{}, masked
	case u.DeleteAt != 0:
		return reply{}, refuse(401, "api.user.login.inactive.app_error", "The account is deactivated.")
	case u.IsBot:
		return reply{}, refuse(401, "api.user.login.bot_login_forbidden.app_error", "Bots do not sign in.")
	case u.AuthService != "" || u.Password == "" || u.Password != body["password"]:
		c.failed(u)
		return reply{}, masked
	}
	if failed := u.checkCode(body["token"]); failed != nil {
		return reply{}, failed
	}
	if c.config.RequireEmailVerification && !u.EmailVerified {
		return reply{}, refuse(401, "api.user.login.not_verified.app_error", "The e-mail is not verified.")
	}
	v := view{full: true, rules: c.rules}
	return reply{header: http.Header{"Token": {c.Login(u.ID)}}, body: v.append(nil, u)}, nil
}

// named finds an account by user name or e-mail.
func (c *call) named(name string) *User {
	name = strings.ToLower(name)
	c.mu.RLock()
	defer c.mu.RUnlock()
	if u := c.users.byName[name]; u != nil {
		return u
	}
	return c.users.byEmail[name]
}

// failed counts a password that was wrong.
func (c *call) failed(u *User) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row := *u
	row.FailedAttempts++
	c.users.put(&row)
}

// checkCode checks the code of a second factor. What is no code at all is
// another error than a wrong one.
func (u *User) checkCode(code string) *failure {
	switch {
	case !u.MFA || code == secondFactor:
		return nil
	case len(code) != len(secondFactor):
		return refuse(400, "mfa.validate_token.authenticate.app_error", "The code is not valid.")
	}
	return refuse(401, "api.user.check_user_mfa.bad_code.app_error", "The code is wrong.")
}

// logout is POST /users/logout. Who is not signed in is signed out.
func logout(c *call) (reply, *failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sessions.byToken[tokenOf(c.r)]; s != nil && !c.ignored {
		c.sessions.endOne(s)
	}
	return ok()
}

// createBot is POST /bots. A bot belongs to whoever makes it, takes no seat, and
// makes no bots itself.
func createBot(c *call) (reply, *failure) {
	var b struct {
		Username    string `json:"username"`
		DisplayName string `json:"display_name"`
		Description string `json:"description"`
	}
	switch {
	case !c.decode(&b):
		return reply{}, badBody("bot")
	case !c.admin() || c.caller.IsBot:
		return reply{}, forbidden()
	case c.config.NoBots:
		return reply{}, refuse(403, "api.bot.create_disabled", "Nobody makes bots here.")
	}
	now := c.now()
	u := User{CreateAt: now, UpdateAt: now, LastPasswordUpdate: now, Username: b.Username, Email: strings.ToLower(b.Username) + "@localhost",
		FirstName: b.DisplayName, Locale: "en", Roles: "system_user", IsBot: true, OwnerID: c.caller.ID, BotDescription: b.Description}
	u.normalize()
	if failed := c.insert(&u); failed != nil {
		return reply{}, failed
	}
	return reply{status: 201, body: botJSON(&u)}, nil
}
