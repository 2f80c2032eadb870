package mmsim

// A whole is the body of PUT /users/{id}: what is absent is emptied.
type whole struct {
	draft
	CreateAt int64 `json:"create_at"`
}

// updateUser is PUT /users/{id}. It writes the whole account: what the body
// lacks is emptied, and notification settings that it lacks are the defaults
// again.
func updateUser(c *call) (reply, *failure) {
	var w whole
	if !c.decode(&w) {
		return reply{}, badBody("user")
	}
	if w.ID != c.arg {
		return reply{}, badBody("user_id")
	}
	if !c.admin() && !c.self() {
		return reply{}, forbidden()
	}
	base := c.lookUp(c.arg)
	if base == nil {
		return reply{}, noAccount()
	}
	p := w.patch()
	if field := p.locked(base); field != "" {
		return reply{}, refuse(409, "api.user.update_user.login_provider_attribute_set.app_error",
			"The login provider sets the field '%s'.", field)
	}
	row := p.applied(*base)
	row.Props, row.NotifyProps, row.Timezone = w.Props, w.NotifyProps, w.Timezone
	row.AllowMarketing = w.AllowMarketing
	c.wait()
	if failed := c.holdEmail(&row, base); failed != nil {
		return reply{}, failed
	}
	if failed := w.check(c.rules); failed != nil {
		return reply{}, failed
	}
	stored, failed := c.save(row, false)
	if failed != nil {
		return reply{}, failed
	}
	v := c.view()
	v.full = true
	return reply{body: v.append(nil, stored)}, nil
}

// patch returns the fields, each of them given.
func (w *whole) patch() patch {
	remote := ""
	if w.RemoteID != nil {
		remote = *w.RemoteID
	}
	return patch{
		Username: &w.Username, Email: &w.Email, FirstName: &w.FirstName, LastName: &w.LastName,
		Nickname: &w.Nickname, Position: &w.Position, Locale: &w.Locale, RemoteID: &remote,
	}
}

// check returns what only a whole account can lack.
func (w *whole) check(r rules) *failure {
	if w.CreateAt == 0 && r.keepsCreateID {
		return invalid("create_at")
	}
	return nil
}
