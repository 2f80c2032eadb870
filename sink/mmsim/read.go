package mmsim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listUsers is GET /users: one page by user name, of all kinds of accounts.
// Asked for active and inactive ones at once, it sends a list and then an
// error behind it.
func listUsers(c *call) (reply, *failure) {
	query := c.r.URL.Query()
	if query.Get("sort") != "" {
		return reply{}, badURL("sort")
	}
	f := filter{active: isTrue(query.Get("active")), inactive: isTrue(query.Get("inactive")), part: strings.ToLower(query.Get("role"))}
	if f.part != "" && c.rules.strictRoles && !knownRole(f.part) {
		return reply{}, badURL("role")
	}
	var failed *failure
	if f.roles, failed = rolesIn(query); failed != nil {
		return reply{}, failed
	}
	page, size := paging(query.Get("page"), query.Get("per_page"))
	list := c.list(c.page(f, page, size))
	if !f.active || !f.inactive {
		return list, nil
	}
	if compresses(c.r, list.body) || !compresses(c.r, make([]byte, 1400)) {
		list.status = http.StatusOK // it is sent by the time the error is found
	}
	return list, badURL("inactive")
}

// A filter says which users are listed.
type filter struct {
	active, inactive bool     // inactive wins
	part             string   // of the roles
	roles            []string // any of these; none: everybody
}

func (f filter) takes(u *User) bool {
	if f.inactive && u.DeleteAt == 0 || f.active && !f.inactive && u.DeleteAt != 0 {
		return false
	}
	return strings.Contains(u.Roles, f.part) && u.hasOneOf(f.roles)
}

// rolesIn returns the roles that a query asks for. Those that the server knows
// but does not look for are as good as none.
func rolesIn(query url.Values) ([]string, *failure) {
	var roles []string
	for role := range strings.SplitSeq(query.Get("roles"), ",") {
		switch {
		case strings.TrimSpace(role) == "":
		case !roleName(role):
			return nil, badBody("roles")
		case role == "system_user", role == "system_guest", role == "system_admin", licensedRole(role):
			roles = append(roles, role)
		}
	}
	return roles, nil
}

// hasOneOf reports whether the user has one of the roles, or there are none to
// have. A plain user is one who has no other role.
func (u *User) hasOneOf(roles []string) bool {
	return len(roles) == 0 || slices.ContainsFunc(roles, func(role string) bool {
		if role == "system_user" {
			return u.Roles == role
		}
		return strings.Contains(u.Roles, role)
	})
}

// page returns the users of a page.
func (f filter) page(t *table, page, size int) []*User {
	names, skip := t.order(), page*size
	if !f.active && !f.inactive && f.part == "" && len(f.roles) == 0 {
		names = names[min(skip, len(names)):]
		names, skip = names[:min(size, len(names))], 0
	}
	var taken []*User
	for _, name := range names {
		if len(taken) == size {
			break
		}
		u := t.byName[name]
		if !f.takes(u) {
			continue
		}
		if skip--; skip < 0 {
			taken = append(taken, u)
		}
	}
	return taken
}

// paging reads the parameters of a page. The server cuts what is too much and
// says nothing.
func paging(page, size string) (int, int) {
	p, err := strconv.Atoi(page)
	if err != nil || p < 0 {
		p = 0
	}
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 {
		n = 60
	}
	return min(p, 1<<31), min(n, 200)
}

func isTrue(s string) bool {
	set, err := strconv.ParseBool(s)
	return err == nil && set
}

// usersByIDs is POST /users/ids. Whom it does not know it leaves out.
func usersByIDs(c *call) (reply, *failure) {
	ids, failed := c.names("user_ids")
	if failed != nil {
		return reply{}, failed
	}
	since := int64(0)
	if s := c.r.URL.Query().Get("since"); s != "" {
		var err error
		if since, err = strconv.ParseInt(s, 10, 64); err != nil {
			return reply{}, badBody("since")
		}
	}
	slices.Sort(ids) // the order is the server's own, not the client's
	if c.rules.parsesPayload {
		ids = slices.Compact(ids)
	}
	var found []*User
	c.mu.RLock()
	for _, id := range ids {
		if u := c.users.show(id); u != nil && u.UpdateAt > since {
			found = append(found, u)
		}
	}
	c.mu.RUnlock()
	return c.list(found), nil
}

// usersByNames is POST /users/usernames. Names count as they are written, and
// those stored are in lower case.
func usersByNames(c *call) (reply, *failure) {
	names, failed := c.names("usernames")
	if failed != nil {
		return reply{}, failed
	}
	slices.Sort(names)
	var found []*User
	c.mu.RLock()
	for _, name := range slices.Compact(names) {
		if u := c.users.byName[name]; u != nil {
			found = append(found, u)
		}
	}
	c.mu.RUnlock()
	return c.list(found), nil
}

// names reads a body that is a list of texts.
func (c *call) names(what string) ([]string, *failure) {
	var names []string
	err := json.NewDecoder(bytes.NewReader(c.body)).Decode(&names)
	if err != nil && c.rules.parsesPayload {
		return nil, refuse(400, "api.payload.parse.error", "The request body is no list of texts.")
	}
	if err != nil || len(names) == 0 {
		return nil, badBody(what)
	}
	return names, nil
}

// page returns a page of users by user name. The names stay sorted until one
// is new, so that not every page has to sort them.
func (c *call) page(f filter, page, size int) []*User {
	c.mu.RLock()
	outdated := c.users.names == nil
	c.mu.RUnlock()
	if outdated {
		c.mu.Lock()
		c.users.names = c.users.order()
		c.mu.Unlock()
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return f.page(c.users, page, size)
}

// list answers with users, as the caller may see them.
func (c *call) list(users []*User) reply {
	v := c.view()
	body := make([]byte, 1, 2+900*len(users))
	body[0] = '['
	for i, u := range users {
		if i > 0 {
			body = append(body, ',')
		}
		body = v.append(body, u)
	}
	return reply{body: append(body, ']')}
}

// userByID is GET /users/{id}.
func userByID(c *call) (reply, *failure) {
	u := c.lookUp(c.arg)
	if u == nil {
		return reply{}, noAccount()
	}
	return c.one(u, c.self()), nil
}

// userByName is GET /users/username/{name}. It refuses what no name can be,
// upper case too.
func userByName(c *call) (reply, *failure) {
	if !validUsername(c.arg, false) {
		return reply{}, badBody("username")
	}
	c.mu.RLock()
	u := c.users.byName[c.arg]
	c.mu.RUnlock()
	if u == nil {
		return reply{}, refuse(404, "app.user.get_by_username.app_error", "There is no user of that name.")
	}
	return c.one(u, c.caller.ID == u.ID), nil
}

// userByEmail is GET /users/email/{email}, in any case.
func userByEmail(c *call) (reply, *failure) {
	email := strings.ToLower(c.arg)
	if !c.rules.validEmail(email) {
		return reply{}, badURL("email")
	}
	c.mu.RLock()
	u := c.users.byEmail[email]
	c.mu.RUnlock()
	if u == nil {
		return reply{}, noAccount()
	}
	return c.one(u, false), nil
}

// one answers with one user, or with nothing if the client has that already.
func (c *call) one(u *User, own bool) reply {
	etag := c.config.Version + "." + u.ID + "." + strconv.FormatInt(u.UpdateAt, 10) + "..0.true.true.0"
	h := http.Header{"Etag": {etag}}
	if c.r.Header.Get("If-None-Match") == etag {
		return reply{status: http.StatusNotModified, header: h}
	}
	v := c.view()
	v.full = own
	return reply{header: h, body: v.append(nil, u)}
}

// countUsers is GET /users/stats: active accounts with bots.
func countUsers(c *call) (reply, *failure) {
	return c.count(func(u *User) bool { return u.DeleteAt == 0 && u.RemoteID == "" }), nil
}

// countFiltered is GET /users/stats/filtered.
func countFiltered(c *call) (reply, *failure) {
	query := c.r.URL.Query()
	roles, failed := rolesIn(query)
	if failed != nil {
		return reply{}, failed
	}
	if !c.admin() {
		return reply{}, forbidden()
	}
	deleted, bots := isTrue(query.Get("include_deleted")), isTrue(query.Get("include_bots"))
	remote := isTrue(query.Get("include_remote_users")) || !c.rules.hasLimits
	return c.count(func(u *User) bool {
		return (deleted || u.DeleteAt == 0) && (bots || !u.IsBot) && (remote || u.RemoteID == "") && u.hasOneOf(roles)
	}), nil
}

// count answers with the number of users who count.
func (c *call) count(counts func(*User) bool) reply {
	n := 0
	c.mu.RLock()
	for _, u := range c.users.byID {
		if counts(u) {
			n++
		}
	}
	c.mu.RUnlock()
	return reply{body: strconv.AppendInt([]byte(`{"total_users_count":`), int64(n), 10)}.closed()
}

// closed returns the reply with its object closed.
func (r reply) closed() reply {
	r.body = append(r.body, '}')
	return r
}
