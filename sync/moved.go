package sync

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Fresh is what there is now of the people whom a plan touches.
type Fresh struct {
	Made      time.Time // when the plan was made
	Was       Facts     // of the server, when the plan was made
	Facts     Facts     // and now
	Policy    Policy
	Users     []User // those of [Plan.TouchedQuery], and of the links of people who get an account
	Links     []Link
	Open      []Intent
	Sightings []Sighting // of [Plan.Touched]; nothing for a source that cannot be asked
}

// A Move is something that is no longer as it was when the plan was made.
type Move struct {
	Key      Key // "": it is about the server
	Username string
	Detail   string // without personal data beyond user names, and values that the plan shows
}

// Touched returns the keys of everybody whom the plan changes, by key: in every
// source that has the person.
func (p Plan) Touched() []Key {
	var keys []Key
	for _, c := range p.Changes {
		keys = append(keys, c.Link.keys()...)
		if k := c.Steps[0].Replaces; k != "" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// TouchedQuery asks for the accounts that the plan changes, and for whoever
// holds a name that it writes.
func (p Plan) TouchedQuery() Query {
	var q Query
	for _, c := range p.Changes {
		if c.User.ID != "" {
			q.IDs = append(q.IDs, c.User.ID)
		}
		for _, t := range c.writes() {
			if t.field == Username {
				q.Usernames = append(q.Usernames, t.value)
			} else {
				q.Emails = append(q.Emails, t.value)
			}
		}
	}
	return q
}

// writes returns the user names and e-mails that the change writes.
func (c Change) writes() []tie {
	return wants(&person{steps: c.Steps})
}

// Moved returns what is no longer as it was when the plan was made, by key. A
// plan of which nothing moved does what was reviewed; of any other one nothing
// may be carried out.
func (p Plan) Moved(now Fresh) []Move {
	m := newMover(p, now)
	m.server(p)
	for i := range p.Changes {
		m.one(&p.Changes[i])
	}
	slices.SortStableFunc(m.moves, func(a, b Move) int { return cmp.Compare(a.Key, b.Key) })
	return m.moves
}

// A mover compares a plan with what there is now.
type mover struct {
	Fresh
	users   map[string]*User
	holders map[tie][]*User
	signIns map[string][]*User
	links   map[Key]*Link
	owners  map[string]Key     // who is linked to an account
	planned map[string]*Change // by user id
	seen    map[Key]*Sighting
	order   map[string]int // precedence of the sources
	moves   []Move
	change  *Change // whom the next move is about
}

func newMover(p Plan, now Fresh) *mover {
	m := &mover{
		Fresh: now, users: indexUsers(now.Users), holders: make(map[tie][]*User), signIns: make(map[string][]*User),
		links: make(map[Key]*Link), owners: make(map[string]Key), planned: make(map[string]*Change),
		seen: make(map[Key]*Sighting), order: make(map[string]int),
	}
	for i := range now.Users {
		u := &now.Users[i]
		for _, f := range []Field{Username, Email} {
			t := tie{f, Canonical(f, u.Profile[f])}
			m.holders[t] = append(m.holders[t], u)
		}
		if u.Auth.Data != "" {
			m.signIns[u.Auth.Data] = append(m.signIns[u.Auth.Data], u)
		}
	}
	for i := range now.Links {
		m.links[now.Links[i].Key] = &now.Links[i]
		m.owners[now.Links[i].UserID] = now.Links[i].Key
	}
	for i := range p.Changes {
		if id := p.Changes[i].User.ID; id != "" {
			m.planned[id] = &p.Changes[i]
		}
	}
	for i := range now.Sightings {
		m.seen[now.Sightings[i].Key] = &now.Sightings[i]
	}
	for i, s := range p.Sources {
		m.order[s.Source] = i
	}
	return m
}

// say adds a move of the person at hand.
func (m *mover) say(format string, args ...any) {
	move := Move{Detail: fmt.Sprintf(format, args...)}
	if m.change != nil {
		move.Key, move.Username = m.change.Link.Key, m.change.Username()
	}
	m.moves = append(m.moves, move)
}

// server compares what the server is and allows, as far as it decides how
// people are told apart, and counts the seats.
func (m *mover) server(p Plan) {
	if m.Was.ConfirmsEmail != m.Facts.ConfirmsEmail {
		m.say("whether a new e-mail waits for its owner: was %t, is %t", m.Was.ConfirmsEmail, m.Facts.ConfirmsEmail)
	}
	if m.Was.AuthDataHidden != m.Facts.AuthDataHidden {
		m.say("whether the server hides how people sign in: was %t, is %t", m.Was.AuthDataHidden, m.Facts.AuthDataHidden)
	}
	need, admins := 0, 0
	for _, c := range p.Changes {
		if u := m.users[c.User.ID]; u != nil && touches(u, c.Steps) {
			admins++
		}
		switch {
		case c.Has(Deactivate):
			need--
		case c.Has(Reactivate), c.Has(Create):
			need++
		}
	}
	if keep := m.Policy.KeepAdmins; admins > max(0, m.Facts.Admins-keep) && keep > 0 {
		m.say("the plan changes %d of %d active administrators, and %d must stay as they are", admins, m.Facts.Admins, keep)
	}
	if limit := m.Facts.SeatLimit; limit > 0 && m.Policy.OnLimit != SeatsIgnore && need > 0 && m.Facts.ActiveUsers+need > limit {
		m.say("seats: the plan needs %d, and %d of %d are free", need, max(0, limit-m.Facts.ActiveUsers), limit)
	}
}

// one compares all that a change was made from.
func (m *mover) one(c *Change) {
	m.change = c
	m.link(c)
	m.account(c)
	m.names(c)
	m.source(c)
	m.secrets(c)
}

// link compares what is remembered of the person. What runs that died left
// open the plan may have taken for remembered.
func (m *mover) link(c *Change) {
	for _, o := range m.Open {
		if o.Key == c.Link.Key && o.At.After(m.Made) {
			m.say("the run %s died while it changed the person: nobody knows how far it came", o.Run)
		}
	}
	if other, ok := m.owners[c.User.ID]; ok && c.User.ID != "" && other != c.Link.Key && other != c.Steps[0].Replaces {
		m.say("the account @%s is linked to %s now", c.User.Profile[Username], other)
	}
	l := m.links[c.Link.Key]
	switch {
	case c.Link.UserID == "" && l != nil && m.users[l.UserID] != nil:
		m.say("the person is linked to the account @%s now", m.users[l.UserID].Profile[Username])
	case c.Link.UserID == "" && l != nil && l.Since.After(m.Made):
		m.say("the person is linked to an account now")
	case c.Link.UserID == "":
	case l == nil || l.UserID != c.Link.UserID:
		m.say("the person is no longer linked to the account @%s", c.User.Profile[Username])
	case m.remembers(*l) != m.remembers(c.Link):
		m.say("what is remembered of the person has changed: another run came in between")
	}
}

// remembers returns the link without what a plan works out anew.
func (m *mover) remembers(l Link) Link {
	l.Join, l.Others, l.Unit = "", "", ""
	for _, o := range m.Open {
		switch {
		case o.Key != l.Key:
		case o.Kind == Deactivate:
			l.DeactivatedFor, l.TokensOff = CauseNone, 0
			l.LeftSince, l.LeftCause = Link{}.LeftSince, CauseNone
		case o.Kind == Create:
			l.AuthData = ""
		case o.Kind == Revoke:
			l.RevokeDue = false
		case o.Way == WayBack:
			l.Owes = ""
		}
	}
	return l
}

// account compares the account: whether it may be touched, and what the plan
// changes of it.
func (m *mover) account(c *Change) {
	if c.User.ID == "" {
		m.allowed(c, Auth{})
		return
	}
	u := m.users[c.User.ID]
	if u == nil {
		m.say("the account @%s is gone", c.User.Profile[Username])
		return
	}
	if why := untouchable(brief{Input: Input{Facts: m.Facts, Policy: m.Policy}}, u); why != "" {
		m.say("the account @%s is protected now: %s", u.Profile[Username], why)
	}
	b := brief{Input: Input{Facts: m.Facts}}
	p := person{identity: &c.Identity}
	if why := doubtful(b, &p, u); c.Has(Adopt) && why != "" && doubtful(b, &p, &c.User) == "" {
		m.say("the account @%s is no longer one that is taken over without a name: it %s", u.Profile[Username], why)
	}
	if u.Active != c.User.Active {
		m.say("the account was %s and is %s", activity(c.User.Active), activity(u.Active))
	}
	if u.Auth != c.User.Auth {
		m.say("the account signed in with %s and signs in with %s, or under another name there", c.User.Auth.Service, u.Auth.Service)
	}
	m.role(c, u)
	if c.Has(SetPicture) && !u.PictureAt.Equal(c.User.PictureAt) {
		m.say("somebody has changed the picture of the account")
	}
	set := c.sets()
	if c.Has(Adopt) {
		set |= SetOf(Username, Email)
	}
	for f := range set.All() {
		if u.Profile[f] != c.User.Profile[f] {
			m.say("%s of the account was %q and is %q", f, c.User.Profile[f], u.Profile[f])
		}
	}
	m.allowed(c, u.Auth)
}

func activity(active bool) string {
	if active {
		return "active"
	}
	return "deactivated"
}

// allowed asks whether the server still takes what is to be written.
func (m *mover) allowed(c *Change, auth Auth) {
	for _, s := range c.Steps {
		if s.Way != WayNone {
			auth = s.Auth
		}
		switch s.Kind {
		case Create, Patch:
			p := person{identity: &c.Identity}
			objectValues(m.Facts, &p, s)
			if p.reason != ReasonNone {
				m.say("the server would refuse it now: %s", p.rarely().detail)
			}
			if locked := s.Set & m.Facts.Locked[auth.Service]; s.Kind == Patch && locked != 0 {
				m.say("the server no longer lets anybody change %s of %s accounts", locked, auth.Service)
			}
		case SetRole:
			if s.Role == Guest && m.Facts.NoGuests != "" {
				m.say("the person should become a guest, and %s", m.Facts.NoGuests)
			}
		case Reactivate:
			if m.Facts.CannotReactivate[auth.Service] {
				m.say("the server does not activate %s accounts again", auth.Service)
			}
		}
	}
}

// names looks for accounts that hold what the plan writes, and that the plan
// did not know to hold it.
func (m *mover) names(c *Change) {
	said := make(map[tie]bool)
	for _, t := range c.writes() {
		for _, u := range m.holders[t] {
			other := m.planned[u.ID]
			known := u.ID == c.User.ID || other != nil && Canonical(t.field, other.User.Profile[t.field]) == t.value
			if !known && !said[t] {
				said[t] = true
				m.say("the %s %q is held by @%s now", t.field, t.value, u.Profile[Username])
			}
		}
	}
	for _, s := range c.Steps {
		if s.Auth.Data == "" || s.Way != WayNone {
			continue
		}
		for _, u := range m.signIns[s.Auth.Data] {
			if u.ID != c.User.ID {
				m.say("the sign-in is held by @%s now", u.Profile[Username])
			}
		}
	}
}
