package mmsim

import (
	"strings"
	"unicode"
)

// A draft is the body of POST /users.
type draft struct {
	ID             string            `json:"id"`
	DeleteAt       int64             `json:"delete_at"`
	RemoteID       *string           `json:"remote_id"`
	Username       string            `json:"username"`
	Password       string            `json:"password"`
	AuthData       *string           `json:"auth_data"`
	AuthService    string            `json:"auth_service"`
	Email          string            `json:"email"`
	EmailVerified  bool              `json:"email_verified"`
	Nickname       string            `json:"nickname"`
	FirstName      string            `json:"first_name"`
	LastName       string            `json:"last_name"`
	Position       string            `json:"position"`
	AllowMarketing bool              `json:"allow_marketing"`
	Props          map[string]string `json:"props"`
	NotifyProps    map[string]string `json:"notify_props"`
	Locale         string            `json:"locale"`
	Timezone       map[string]string `json:"timezone"`
	NoMail         bool              `json:"disable_welcome_email"`
}

// createUser is POST /users. Who is no administrator signs up: what only an
// administrator may set is dropped without a word.
func createUser(c *call) (reply, *failure) {
	var d draft
	if !c.decode(&d) {
		return reply{}, badBody("user")
	}
	if !c.admin() {
		d.AuthData, d.AuthService, d.EmailVerified = nil, "", false
		if c.config.ClosedServer && !c.empty() {
			return reply{}, refuse(403, "api.user.create_user.no_open_server", "Only an administrator makes accounts here.")
		}
	}
	if failed := c.admits(&d); failed != nil {
		return reply{}, failed
	}
	u := d.user(c)
	if failed := c.insert(&u); failed != nil {
		return reply{}, failed
	}
	if !d.NoMail && !c.ignored {
		c.mail("joined", u.Email)
	}
	v := c.view()
	v.full, v.noMail = true, d.NoMail
	return reply{status: 201, body: v.append(nil, &u)}, nil
}

// admits checks a draft before it becomes a user.
func (c *call) admits(d *draft) *failure {
	if c.full() {
		return c.noSeatToCreate()
	}
	if c.grouped(d.Username) {
		return nameTaken()
	}
	exempt := d.AuthService == "ldap" || d.AuthService == "saml"
	if !exempt && !c.allowsDomain(d.Email) {
		return refuse(400, "api.user.create_user.accepted_domain.app_error", "The e-mail has a domain that is not accepted.")
	}
	if d.AuthService != "" {
		return nil
	}
	if failed := c.rules.password(d.Password); failed != nil && c.rules.classes {
		return refuse(400, "api.user.check_user_password.invalid.app_error", "The password is not valid.")
	} else if failed != nil {
		return failed
	}
	return nil
}

// user returns the user that a draft makes.
func (d *draft) user(c *call) User {
	now := c.now()
	u := User{
		CreateAt: now, UpdateAt: now, LastPasswordUpdate: now,
		Username: d.Username, Email: strings.TrimSpace(d.Email),
		FirstName: d.FirstName, LastName: d.LastName, Nickname: d.Nickname, Position: d.Position,
		Locale: d.Locale, Roles: "system_user",
		AuthService: d.AuthService, EmailVerified: d.EmailVerified, AllowMarketing: d.AllowMarketing,
		Props: d.Props, NotifyProps: d.NotifyProps, Timezone: d.Timezone,
		HasPassword: d.Password != "", Password: d.Password,
	}
	if d.AuthData != nil {
		u.AuthData = *d.AuthData
	}
	if c.rules.keepsCreateID {
		u.DeleteAt = d.DeleteAt
		if d.RemoteID != nil {
			u.RemoteID = *d.RemoteID
		}
	}
	u.ID = d.ID
	if u.Username == "" {
		u.Username = c.inventName()
	}
	if !isSupported(u.Locale) {
		u.Locale = "en"
	}
	u.normalize()
	return u
}

// inventName returns a user name for somebody who came without one.
func (c *call) inventName() string {
	if c.rules.inventsWithA {
		return "a" + c.userIDs.next()
	}
	return c.userIDs.next()
}

// insert stores a new user, and gives them an id.
func (c *call) insert(u *User) *failure {
	if u.ID != "" && (!c.rules.keepsCreateID || u.RemoteID == "") {
		return refuse(400, "app.user.save.existing.app_error", "The account exists.")
	}
	if failed := u.check(c.rules); failed != nil {
		return failed
	}
	if u.hasNUL() || len(u.AuthService) > 32 {
		return notSaved()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if u.takesSeat() && c.noSeatLeft() {
		return c.noSeatToCreate()
	}
	switch c.users.clashOf(u) {
	case clashUsername:
		return nameTaken()
	case clashEmail:
		return emailTaken()
	case clashAuth:
		return notSaved()
	}
	if c.users.people == 0 {
		u.Roles = "system_admin system_user"
	}
	if u.ID == "" {
		u.ID = c.userIDs.next()
	}
	stored := *u
	if u.EmailVerified {
		stored.UpdateAt++ // the server marks the e-mail verified in a second write
	}
	c.users.put(&stored)
	return nil
}

// full reports whether no more accounts may be active.
func (c *call) full() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.noSeatLeft()
}

// noSeatLeft is full for who holds the lock.
func (c *call) noSeatLeft() bool { return c.rules.hardSeat > 0 && c.users.seats >= c.rules.hardSeat }

func (c *call) noSeatToCreate() *failure {
	if c.config.Licensed {
		return refuse(400, "api.user.create_user.license_user_limits.exceeded", "The license has no seat left.")
	}
	return refuse(400, "api.user.create_user.user_limits.exceeded", "The server has no seat left.")
}

// empty reports whether nobody has an account yet.
func (c *call) empty() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.users.people == 0
}

// allowsDomain reports whether an e-mail has a domain that the server accepts.
func (c *call) allowsDomain(email string) bool {
	if len(c.config.RestrictDomains) == 0 {
		return true
	}
	for _, domain := range c.config.RestrictDomains {
		if strings.HasSuffix(strings.ToLower(email), "@"+strings.ToLower(domain)) {
			return true
		}
	}
	return false
}

// password returns what is wrong with a password.
func (r rules) password(p string) *failure {
	if !r.classes {
		switch {
		case len(p) < r.minPassword:
			return invalid("pwd_min_length")
		case len(p) > r.maxPassword:
			return invalid("pwd_max_length")
		}
		return nil
	}
	has := func(is func(rune) bool) bool { return strings.IndexFunc(p, is) >= 0 }
	symbol := func(r rune) bool { return strings.ContainsRune(" !\"\\#$%&'()*+,-./:;<=>?@[]^_`|~", r) }
	if len(p) < r.minPassword || len(p) > r.maxPassword ||
		!has(unicode.IsLower) || !has(unicode.IsUpper) || !has(unicode.IsDigit) || !has(symbol) {
		return invalid("pwd_lowercase_uppercase_number_symbol")
	}
	return nil
}
