package mmsim

import "encoding/json"

// setAuth is PUT /users/{id}/auth. It says nothing about a user who does not
// exist, and ends no session.
func setAuth(c *call) (reply, *failure) {
	if !c.admin() {
		return reply{}, forbidden()
	}
	var body struct {
		Service string `json:"auth_service"`
		Data    string `json:"auth_data"`
	}
	if !c.decode(&body) {
		return reply{}, badBody("user")
	}
	if body.Service == "" || body.Data == "" {
		return reply{}, refuse(400, "api.user.update_user_auth.invalid_request", "Both auth_service and auth_data are needed.")
	}
	if len(body.Data) > 128 || len(body.Service) > 32 {
		return reply{}, refuse(500, "app.user.update_auth_data.app_error", "The login could not be written.")
	}
	if failed := c.writeAuth(body.Service, body.Data); failed != nil {
		return reply{}, failed
	}
	echo, _ := json.Marshal(struct {
		Data    string `json:"auth_data"`
		Service string `json:"auth_service"`
	}{body.Data, body.Service}) // strings always have a JSON form
	return reply{body: echo}, nil
}

// writeAuth writes how the user signs in.
func (c *call) writeAuth(service, data string) *failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.users.byID[c.arg]
	if old == nil || c.ignored {
		return nil
	}
	if other := c.users.byAuth[data]; other != nil && other.ID != c.arg {
		return refuse(400, "app.user.update_auth_data.email_exists.app_error", "Another account signs in that way.")
	}
	row := *old
	row.AuthService, row.AuthData, row.HasPassword, row.FailedAttempts = service, data, false, 0
	row.PasswordHash, row.Password = "", ""
	row.UpdateAt = c.after(old.UpdateAt)
	row.LastPasswordUpdate = row.UpdateAt
	if c.rules.staleAuth {
		c.users.putBehindCache(&row)
	} else {
		c.users.put(&row)
	}
	return nil
}

// maxHash is the length of the longest hash of a password that is stored.
const maxHash = 128

// setPassword is PUT /users/{id}/password. From an administrator it makes an
// account of any kind one that signs in with e-mail and password.
func setPassword(c *call) (reply, *failure) {
	body := c.fields()
	hashed := body["already_hashed"] == "true"
	u := c.lookUp(c.arg)
	mayWrite := u != nil && c.admin()
	switch {
	case hashed && !mayWrite && c.self():
		return reply{}, refuse(401, "api.user.update_password.user_and_hashed.app_error", "Only an administrator may set a hash.")
	case !hashed && c.self() && body["current_password"] == "":
		return reply{}, badBody("current_password")
	case !mayWrite && !c.self():
		return reply{}, refuse(403, "api.user.update_password.context.app_error", "The password is not yours to set.")
	}
	if hashed && len(body["new_password"]) > maxHash {
		return reply{}, refuse(500, "api.user.update_password.failed.app_error", "The password could not be written.")
	}
	if failed := c.rules.password(body["new_password"]); failed != nil && !hashed {
		return reply{}, failed
	}
	if !hashed && !c.ignored {
		c.mail("password", u.Email)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ignored {
		return ok()
	}
	if c.users.byID[c.arg] == nil {
		return reply{}, notFoundToWrite()
	}
	row := *c.users.byID[c.arg]
	row.PasswordHash, row.Password = "", body["new_password"]
	if hashed {
		row.PasswordHash, row.Password = body["new_password"], ""
	}
	row.AuthService, row.AuthData, row.HasPassword, row.FailedAttempts = "", "", true, 0
	row.UpdateAt = c.after(row.UpdateAt)
	row.LastPasswordUpdate = row.UpdateAt
	c.users.put(&row)
	return ok()
}

// verifyEmail is POST /users/{id}/email/verify/member. It confirms the present
// e-mail, not one that waits for its owner.
func verifyEmail(c *call) (reply, *failure) {
	shown := c.lookUp(c.arg)
	if shown == nil {
		return reply{}, noAccount()
	}
	if !c.admin() {
		return reply{}, forbidden()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.users.byID[c.arg]; old != nil && !c.ignored {
		row := *old
		row.EmailVerified = true
		row.UpdateAt = c.after(row.UpdateAt)
		c.users.put(&row)
	}
	v := c.view()
	v.raw = c.rules.leaksRow
	return reply{body: v.append(nil, shown)}, nil
}
