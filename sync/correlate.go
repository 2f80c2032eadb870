package sync

import (
	"cmp"
	"fmt"
	"slices"
)

// A person is all that is known of somebody while a plan is made, and what the
// steps of planning have found so far.
type person struct {
	key      Key
	identity *Identity // nil: absent or rejected
	reject   *Reject
	link     *Link    // as remembered, shared with was until it is changed: see own; only Key is set for somebody who has none
	was      *Link    // as the state has it; nil for somebody who has none
	user     *User    // the linked account, or the one to adopt
	adopt    How      // how user becomes ours, when it is not linked yet
	by       FieldSet // what of the account is the same, when it is adopted
	moved    bool     // a run that died may have changed the sign-in
	roleDue  bool     // a run made the account and did not come to give it its role
	raised   bool     // a run that died may have made the person an administrator
	unsure   bool     // it is not certain which records are the person's
	before   Role     // what the person was before a run set their role, which is taken back, or which died

	steps   []Step
	pending *Pending
	reason  Reason // of a hold

	rare *rare // nil: nothing of it
}

// A rare is what is known of few people: for all of them it would take a tenth of
// the memory of a plan.
type rare struct {
	detail   string    // of a hold
	replaces Key       // whose link the adoption takes the place of
	asked    []*Intent // the accounts that runs which died asked for
	tokens   string    // access tokens that a run which died may have ended
}

// rarely returns what is rare, to be read.
func (p *person) rarely() rare {
	if p.rare == nil {
		return rare{}
	}
	return *p.rare
}

// keep returns what is rare, to be changed.
func (p *person) keep() *rare {
	if p.rare == nil {
		p.rare = &rare{}
	}
	return p.rare
}

// present reports whether a source has a record of the person.
func (p *person) present() bool { return p.identity != nil || p.reject != nil }

// own returns the link to be changed. Most people's are not, and a copy of each
// would take most of the memory of a plan.
func (p *person) own() *Link {
	if p.link == p.was {
		link := *p.link
		p.link = &link
	}
	return p.link
}

// state remembers what the sources state of who the person is and where.
func (p *person) state(others string) {
	join, place := cmp.Or(p.identity.Join, p.link.Join), unit(p.identity.Origin.Place)
	if join != p.link.Join || others != p.link.Others || place != p.link.Unit {
		l := p.own()
		l.Join, l.Others, l.Unit = join, others, place
	}
}

func (p *person) linked() bool { return p.link.UserID != "" }

// hold puts the person into the bucket of the held. The first reason stays.
func (p *person) hold(reason Reason, detail string, args ...any) {
	if p.reason == ReasonNone {
		p.reason = reason
		p.keep().detail = fmt.Sprintf(detail, args...)
	}
}

// correlate makes one person of all that has the same key, and pairs people
// with accounts. "More than one" is looked for on both sides.
func correlate(in brief) []person {
	people := make([]person, 0, max(len(in.Roster.Identities), len(in.Links))+len(in.Roster.Rejects))
	at := make(map[Key]int32, cap(people))
	who := func(k Key) *person {
		i, ok := at[k]
		if !ok {
			i = int32(len(people))
			at[k] = i
			people = append(people, person{key: k})
		}
		return &people[i]
	}
	collectIdentities(in.Roster.Identities, who)
	for i := range in.Roster.Rejects {
		if r := &in.Roster.Rejects[i]; r.Key != "" {
			collectReject(who(r.Key), r)
		}
	}
	a := indexAccounts(in.Users)
	for i := range in.Links {
		collectLink(who, a, &in.Links[i])
	}
	for _, d := range in.Roster.Doubts {
		if p := who(d.Key); p.present() || p.user != nil && p.user.Active {
			p.hold(d.Reason, "%s", d.Detail)
		}
	}
	for i := range in.Open {
		recall(who(in.Roster.person(in.Open[i].Key)), &in.Open[i])
	}
	for i := range people {
		p := &people[i]
		if p.link == nil {
			p.link = &Link{Key: p.key}
		}
		p.startAnew(in.Policy)
		p.unsure = p.reason != ReasonNone
		switch {
		case p.identity == nil || slices.Contains(in.Roster.Split, p.key): // a split is not remembered, so nothing of it is
		case !p.unsure:
			p.state(in.Roster.Others[p.key])
		case p.reason == HoldJoin && p.link.Join == "" && p.was != nil && p.identity.Join != "":
			p.own().Join = p.identity.Join // so that it is known when the record is gone
		}
	}
	matchUnlinked(in, people, a)
	replace(in, people)
	return slices.DeleteFunc(people, nobody)
}

// nobody reports whether all that is known of somebody is that a run which died
// asked for an account, and there is none.
func nobody(p person) bool {
	return p.identity == nil && p.reject == nil && p.was == nil && p.user == nil && p.reason == ReasonNone
}

// accounts are the users by id, and who is linked to each.
type accounts struct {
	users []User
	at    map[string]int32
	links []*Link // the first that names the account
}

func indexAccounts(users []User) accounts {
	a := accounts{users, make(map[string]int32, len(users)), make([]*Link, len(users))}
	for i := range users {
		a.at[users[i].ID] = int32(i)
	}
	return a
}

// collectLink gives somebody their link and the account that it names. Whoever
// shares an account with another is held.
func collectLink(who func(Key) *person, a accounts, l *Link) {
	p := who(l.Key)
	p.link, p.was = l, l
	i, ok := a.at[l.UserID]
	if !ok {
		return
	}
	p.user = &a.users[i]
	if a.links[i] == nil {
		a.links[i] = l
		return
	}
	for _, k := range []Key{l.Key, a.links[i].Key} {
		who(k).hold(HoldAmbiguous, "more than one person is linked to the account @%s", p.user.Profile[Username])
	}
}

// collectIdentities gives everybody their identity. Which of several with one
// key came first must not show.
func collectIdentities(identities []Identity, who func(Key) *person) {
	twins := make(map[Key][]string) // where their records are
	for i := range identities {
		id := &identities[i]
		p := who(id.Key)
		old := p.identity
		if old == nil {
			p.identity = id
			continue
		}
		if twins[id.Key] == nil {
			twins[id.Key] = []string{old.Origin.String()}
		}
		twins[id.Key] = append(twins[id.Key], id.Origin.String())
		if id.Origin.String() < old.Origin.String() {
			p.identity = id
		}
	}
	for key, all := range twins {
		slices.Sort(all)
		more := ""
		if len(all) > 2 {
			more = fmt.Sprintf(" and %d more", len(all)-2)
		}
		who(key).hold(HoldTwin, "%d records have the key %s: %s and %s%s", len(all), key, all[0], all[1], more)
	}
}

func collectReject(p *person, r *Reject) {
	detail := r.Origin.String() + ": " + r.Detail
	if p.reject == nil || detail < p.reject.Origin.String()+": "+p.reject.Detail {
		p.reject = r
	}
	p.reason = HoldIncomplete
	p.keep().detail = p.reject.Origin.String() + ": " + p.reject.Detail
}

// recall lets somebody remember what a run that died did and could not write
// down.
func recall(p *person, o *Intent) {
	switch {
	case o.Kind == Create:
		p.keep().asked = append(p.keep().asked, o)
	case o.Kind == SetRole:
		p.roleDue, p.raised = true, p.raised || o.Role == Admin
	case p.user == nil:
	case o.Kind == Deactivate && !p.user.Active && p.was.DeactivatedFor == CauseNone:
		p.own().DeactivatedFor = max(p.link.DeactivatedFor, o.Cause) // which came first must not show
		p.own().TokensOff = TokensLeft                               // nobody heard whether they ended
		p.gone(o)
	case o.Kind == Deactivate && p.user.Active:
		p.keep().tokens += " " + o.Tokens
	case o.Kind == MigrateAuth:
		p.moved = true
		if o.Way == WayBack {
			p.own().Owes = max(p.link.Owes, o.Auth.debt()) // which came first must not show
		}
	case o.Kind == Revoke && o.Cause == CauseNone:
		p.own().RevokeDue = true
	}
}

// gone lets somebody whose account a run that died ended be gone since then:
// whom syncd deactivated it must know for how long.
func (p *person) gone(o *Intent) {
	if o.Cause == CauseUndone || o.At.IsZero() || !p.was.LeftSince.IsZero() {
		return
	}
	l := p.own()
	if at := moment(o.At); l.LeftSince.IsZero() || at.Before(l.LeftSince) { // which came first must not show
		l.LeftSince = at
	}
	l.LeftCause = max(l.LeftCause, o.Cause)
}

// startAnew forgets a link whose account is gone, when somebody asked for
// adoption: whoever is there and enabled then gets an account like anybody who
// never had one.
func (p *person) startAnew(policy Policy) {
	if policy.Adopt != 0 && p.linked() && p.user == nil && p.identity != nil && p.identity.Status == Enabled {
		p.link = &Link{Key: p.key}
	}
}

// A claim is a person who matches an unlinked account, and by what.
type claim struct {
	person *person
	by     FieldSet
}

// matchUnlinked looks for accounts that people without one would collide with.
func matchUnlinked(in brief, people []person, a accounts) {
	names, emails := a.unlinkedNames()
	if len(names)+len(emails) == 0 {
		return
	}
	recoverAccounts(in, people, names, emails)
	claims := make(map[*User][]claim)
	for i := range people {
		p := &people[i]
		if p.linked() || p.user != nil || p.reason != ReasonNone {
			continue
		}
		if u, by := p.matches(names, emails); u != nil {
			claims[u] = append(claims[u], claim{p, by})
		}
	}
	for u, cs := range claims {
		if len(cs) == 1 {
			takeOver(in, cs[0], u, HowNone)
			continue
		}
		holdAll(cs, u)
	}
}

// recoverAccounts gives people the accounts that runs which died made for them,
// and takes those accounts out of what others can match: to them it is held,
// as it will be when it is linked.
func recoverAccounts(in brief, people []person, names, emails map[string]*User) {
	claims := make(map[*User][]claim)
	for i := range people {
		if p := &people[i]; !p.linked() {
			for u := range p.recovers(in.Facts, names) {
				claims[u] = append(claims[u], claim{p, SetOf(Username, Email)})
			}
		}
	}
	for u, cs := range claims {
		delete(names, Canonical(Username, u.Profile[Username]))
		delete(emails, Canonical(Email, u.Profile[Email]))
		if len(cs) > 1 {
			holdAll(cs, u)
		} else if p := cs[0].person; p.reason == ReasonNone {
			takeOver(in, cs[0], u, Recovered)
		}
	}
}

func holdAll(cs []claim, u *User) {
	for _, c := range cs {
		c.person.hold(HoldAmbiguous, "more than one person matches the account @%s", u.Profile[Username])
	}
}

// recovers returns the accounts that runs which died made for the person; as
// long as the server does one call at a time there is one at most. Both names
// must fit: they are unique, so no other account has them unless somebody made
// one with this very pair between the intent and the call.
func (p *person) recovers(f Facts, names map[string]*User) map[*User]bool {
	var found map[*User]bool
	for _, o := range p.rarely().asked {
		u := names[Canonical(Username, o.To[Username])]
		if u == nil || Canonical(Email, u.Profile[Email]) != Canonical(Email, o.To[Email]) || !asAsked(f, o.Auth, u.Auth) {
			continue
		}
		if found == nil {
			found = make(map[*User]bool)
		}
		found[u] = true
		p.own().AuthData = max(p.link.AuthData, o.Auth.Data) // which came first must not show
	}
	if len(found) > 1 {
		p.hold(HoldAmbiguous, "runs that died made more than one account for the person")
	}
	return found
}

// matches returns the account that has the person's user name or e-mail, and
// which of the two it is.
func (p *person) matches(names, emails map[string]*User) (*User, FieldSet) {
	if p.identity == nil || p.identity.Status != Enabled {
		return nil, 0
	}
	byName := names[Canonical(Username, p.identity.Profile[Username])]
	byEmail := emails[Canonical(Email, p.identity.Profile[Email])]
	switch {
	case byName == nil:
		return byEmail, SetOf(Email)
	case byEmail == nil:
		return byName, SetOf(Username)
	case byName == byEmail:
		return byName, SetOf(Username, Email)
	}
	p.hold(HoldAmbiguous, "the user name belongs to one account, the e-mail to @%s", byEmail.Profile[Username])
	return nil, 0
}

// unlinkedNames indexes the accounts that no link names.
func (a accounts) unlinkedNames() (names, emails map[string]*User) {
	names, emails = make(map[string]*User), make(map[string]*User)
	for i := range a.users {
		if u := &a.users[i]; a.links[i] == nil {
			names[Canonical(Username, u.Profile[Username])] = u
			if email := Canonical(Email, u.Profile[Email]); email != "" {
				emails[email] = u
			}
		}
	}
	return names, emails
}

// asAsked reports whether an account signs in as its creation asked for.
func asAsked(f Facts, want, have Auth) bool {
	if want.Service == "" {
		want.Service = AuthEmail
	}
	return want.Service == have.Service && (f.AuthDataHidden || want.Data == have.Data)
}
