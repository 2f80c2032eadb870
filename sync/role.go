package sync

import (
	"slices"
	"strings"
)

// A Role is how much a person may do on the whole server. A higher one may do
// more.
type Role uint8

// The roles. None means that it is not stated.
const (
	RoleNone Role = iota
	Guest
	Member
	Admin
)

var roleNames = []string{"", "guest", "member", "admin"}

// String returns the name that mappings, logs and the journal use.
func (r Role) String() string { return nameOf(roleNames, r) }

// MarshalText implements [encoding.TextMarshaler].
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// RoleNone.
func (r *Role) UnmarshalText(text []byte) error {
	*r, _ = ParseRole(string(text))
	return nil
}

// ParseRole returns the role with the given name.
func ParseRole(name string) (Role, bool) { return parseName[Role](roleNames, name) }

// Roles returns every role but none, the lowest first.
func Roles() []Role { return []Role{Guest, Member, Admin} }

// A RoleMode says which roles of accounts that exist are written.
type RoleMode uint8

// The role modes.
const (
	RolesAdditive      RoleMode = iota // a role is only ever raised
	RolesAuthoritative                 // and taken away
)

var roleModeNames = []string{"additive", "authoritative"}

// String returns the name that the configuration uses.
func (m RoleMode) String() string { return nameOf(roleModeNames, m) }

// MarshalText implements [encoding.TextMarshaler].
func (m RoleMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Role returns the account's role. Whoever is an administrator is one, whatever
// else they are.
func (u User) Role() Role {
	switch {
	case u.Admin:
		return Admin
	case u.Guest:
		return Guest
	}
	return Member
}

// withRole returns the account as it is with another role.
func (u User) withRole(r Role) User {
	u.Admin, u.Guest = r == Admin, r == Guest
	return u
}

// roleSteps leads from one role to another, a call a step.
func roleSteps(from, to Role, others string) []Step {
	var steps []Step
	for from != to && to != RoleNone {
		next := from + 1
		if to < from {
			next = from - 1
		}
		s := Step{Kind: SetRole, WasRole: from, Role: next}
		if next == Guest {
			s.Lost = others // servers of today let a guest have no other role
		}
		steps, from = append(steps, s), next
	}
	return steps
}

// lowers reports whether the step takes rights away.
func (s Step) lowers() bool { return s.Kind == SetRole && s.Role < s.WasRole }

// lowers reports whether a step takes rights away from the person.
func (p *person) lowers() bool { return slices.ContainsFunc(p.steps, Step.lowers) }

// setRole gives the account the role that the source states. What it takes away
// it takes before the account comes back, and what it gives it gives last.
// Somebody who was to be made as a guest is no member whose role is kept.
func setRole(in brief, p *person) {
	have, want := p.user.Role(), p.identity.Role
	steps := roleSteps(have, want, p.user.Roles)
	switch {
	case want > have:
		p.steps = append(p.steps, steps...)
	case in.Policy.Roles == RolesAuthoritative, p.roleDue && have == Member:
		at := 0
		if p.adopt != HowNone {
			at = 1
		}
		p.steps = slices.Insert(p.steps, at, steps...)
	}
}

// objectRole holds whom the server cannot make a guest. To leave them a member
// would give them more than they should have.
func objectRole(f Facts, p *person) {
	for _, s := range p.steps {
		if s.Kind == SetRole && s.Role == Guest && f.NoGuests != "" {
			p.hold(HoldGuests, "the person should be a guest, and %s", f.NoGuests)
		}
	}
}

// roleMoved returns the role that the change begins and ends with; none for one
// that sets no role.
func (c Change) roleMoved() (from, to Role) {
	for _, s := range c.Steps {
		if s.Kind != SetRole {
			continue
		}
		if from == RoleNone {
			from = s.WasRole
		}
		to = s.Role
	}
	return from, to
}

// isRole reports whether the change is one of the sort that is bounded: a new
// account that is no administrator's takes nothing from anybody, and is bounded
// as one that is made.
func (c Change) isRole() bool {
	_, to := c.roleMoved()
	return to == Admin || to != RoleNone && !c.Has(Create)
}

// role compares the role of the account with that which the plan changes.
func (m *mover) role(c *Change, u *User) {
	from, to := c.roleMoved()
	if from == RoleNone {
		return
	}
	if now := u.Role(); now != c.User.Role() {
		m.say("the account was %s and is %s", c.User.Role().asNoun(), now.asNoun())
	}
	if u.Roles != c.User.Roles && to == Guest {
		m.say("the account has other roles now, which a guest loses")
	}
}

// sourceRole says that the source states another role.
func (m *mover) sourceRole(was, is Role) {
	if is == RoleNone {
		m.say("the source had the person as %s, and no longer says what as", was.asNoun())
		return
	}
	m.say("the source had the person as %s, and has them as %s", was.asNoun(), is.asNoun())
}

// asNoun returns the role in a sentence.
func (r Role) asNoun() string {
	switch r {
	case Guest:
		return "a guest"
	case Admin:
		return "an administrator"
	}
	return "a member"
}

// Lists of roles, as servers keep them.
const (
	roleUser  = "system_user"
	roleGuest = "system_guest"
	roleAdmin = "system_admin"
)

// SplitRoles reads a server's list of roles, separated by spaces: whether it
// makes a guest and an administrator, and its other roles, in their order.
func SplitRoles(list string) (guest, admin bool, others string) {
	var rest []string
	for name := range strings.FieldsSeq(list) {
		switch name {
		case roleUser:
		case roleGuest:
			guest = true
		case roleAdmin:
			admin = true
		default:
			rest = append(rest, name)
		}
	}
	return guest, admin, strings.Join(rest, " ")
}

// JoinRoles returns a server's list of roles for somebody who has a role and
// others beside it.
func JoinRoles(r Role, others string) string {
	names := []string{roleUser}
	switch r {
	case Guest:
		names[0] = roleGuest
	case Admin:
		names = append(names, roleAdmin)
	}
	return strings.Join(append(names, strings.Fields(others)...), " ")
}

// protection says why the person's account must not be touched, or "". The role
// that a run gave somebody protects them neither from its being taken back nor,
// if the run died, from the next one, which has to find the account and to do
// again what that run did with it and could not write down.
func (p *person) protection(in brief, u *User) string {
	why, before := untouchable(in, u), p.before
	if p.raised && before == RoleNone && p.onlyAgain() {
		before = Member
	}
	if why != "" && before != RoleNone {
		was := u.withRole(before)
		why = untouchable(in, &was)
	}
	return why
}

// onlyAgain reports whether nothing is due but what looks the same after it was
// done as before, unless it was written down: whoever reads the account cannot
// know.
func (p *person) onlyAgain() bool {
	return len(p.steps) > 0 && !slices.ContainsFunc(p.steps, func(s Step) bool {
		return s.Kind != SetPicture && (s.Kind != Revoke || s.Cause != CauseNone)
	})
}

// roleTrace follows the role through the run: what it was before, and what the
// run may have left there.
func (t tale) roleTrace() (before Role, after []Role, sure bool) {
	for _, d := range t {
		if !d.begun() || d.Step.Kind != SetRole {
			continue
		}
		if before == RoleNone {
			before = d.Step.WasRole
		}
		if d.Outcome == Done {
			after, sure = nil, true
		}
		after = append(after, d.Step.Role)
	}
	return before, after, sure
}

// roleBack gives the account the role of before, where it still has that of the
// run. Of an account that the run made too: whoever activates it again must not
// find an administrator.
func (u *undoing) roleBack(p *person, t tale) {
	before, after, sure := t.roleTrace()
	now := p.user.Role()
	switch {
	case before == RoleNone, now == before:
	case !slices.Contains(after, now):
		if sure {
			p.hold(HoldChanged, "the account is %s, which is not what the run made it", now.asNoun())
		}
	default:
		p.steps = append(p.steps, roleSteps(now, before, p.user.Roles)...)
		p.before = before
	}
}

// onlyMade leaves nothing of what is due but what belongs to the making of an
// account by a run that did not come to its end, if there is any: that it is
// linked, and its role.
func (p *person) onlyMade() bool {
	made := slices.DeleteFunc(slices.Clone(p.steps), func(s Step) bool {
		return s.Kind != Adopt && (s.Kind != SetRole || !p.roleDue)
	})
	if len(made) == 0 {
		return false
	}
	p.steps, p.pending = made, nil
	return true
}

// NextRole reports whether the step leads from a role to the next higher or
// lower.
func (s Step) NextRole() bool {
	return s.WasRole != RoleNone && s.Role != RoleNone && (s.Role == s.WasRole+1 || s.Role == s.WasRole-1)
}

// keepAdmins returns how many administrators must stay although the roles that
// the run gave are taken back.
func (u *undoing) keepAdmins() int {
	given := 0
	for i := range u.people {
		takes := func(s Step) bool { return s.lowers() && s.WasRole == Admin }
		if p := &u.people[i]; p.reason == ReasonNone && p.user != nil && p.user.Active && slices.ContainsFunc(p.steps, takes) {
			given++
		}
	}
	return min(u.in.Policy.KeepAdmins, max(1, u.in.Facts.Admins-given))
}
