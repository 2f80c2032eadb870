package mmsim

import "slices"

// A Mail is one that the server would send.
type Mail struct {
	Kind string // joined, username, email, confirm, password or reset
	To   string
}

// Mails returns the mails that the server has sent, in their order.
func (s *Server) Mails() []Mail {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.mails)
}

// mail sends a mail.
func (s *Server) mail(kind, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, Mail{kind, to})
}

// mailPatch sends what a patch that was asked for and one that was made bring
// about: a link to an e-mail that waits for its owner, the news of a changed
// one to the old address, the news of a new user name.
func (c *call) mailPatch(old, row *User, email string) {
	switch {
	case c.ignored || old.IsBot:
		return
	case email != old.Email && row.Email == old.Email && c.config.RequireEmailVerification:
		c.mail("confirm", email)
	case row.Email != old.Email:
		c.mail("email", old.Email)
	}
	if row.Username != old.Username {
		c.mail("username", row.Email)
	}
}

// sendReset is POST /users/password/reset/send: whoever has the e-mail is mailed
// a link by which they set a password. It needs no session, and does not say
// whether somebody has the e-mail.
func sendReset(c *call) (reply, *failure) {
	email := c.fields()["email"]
	if email == "" {
		return reply{}, badBody("email")
	}
	c.mu.RLock()
	u := c.users.byEmail[email]
	c.mu.RUnlock()
	switch {
	case u == nil || c.ignored:
		return ok()
	case u.AuthService != "":
		return reply{}, refuse(400, "api.user.send_password_reset.sso.app_error", "The account has no password.")
	case c.config.NoMail:
		return reply{}, refuse(500, "api.user.send_password_reset.send.app_error", "The mail could not be sent.")
	}
	c.mail("reset", u.Email)
	return ok()
}
