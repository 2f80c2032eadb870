package sync

import (
	"cmp"
	"maps"
	"slices"
)

// A tie is one value of one namespace that somebody wants.
type tie struct {
	field Field
	value string
}

// A registry says who wants which names, who holds them, and who waits for
// whom.
type registry struct {
	people []person
	wanted map[tie][]int32 // who wants it
	holder map[tie]*User   // which account has it now
	owner  map[*User]int32 // whose account that is
}

// settle makes sure that user names, e-mails and sign-ins end up with one
// owner each: it holds whoever wants what stays another's, and lets everybody
// else wait for the one who frees the name. Where they wait in a circle,
// somebody steps aside to a temporary name first.
func settle(in brief, people []person) {
	settleAuth(people, in.Users)
	r := register(people)
	if len(r.wanted) == 0 {
		return
	}
	r.findHolders(in.Users)
	r.holdTwins()
	r.holdTaken(in.Facts.ConfirmsEmail)
	queue(r).run()
}

// register collects the names that are wanted.
func register(people []person) *registry {
	r := &registry{people: people, wanted: make(map[tie][]int32), holder: make(map[tie]*User)}
	for i := range people {
		for _, t := range wants(&people[i]) {
			r.wanted[t] = append(r.wanted[t], int32(i))
		}
	}
	return r
}

// wants returns the user name and e-mail that the person's steps write.
func wants(p *person) []tie {
	if p.reason != ReasonNone {
		return nil
	}
	var ties []tie
	for _, s := range p.steps {
		if s.Kind != Create && s.Kind != Patch {
			continue
		}
		for _, f := range []Field{Username, Email} {
			if s.Set.Has(f) {
				ties = append(ties, tie{f, s.To[f]})
			}
		}
	}
	return ties
}

// findHolders looks up who has the wanted names now. An account's own new
// spelling of its name is not in its way.
func (r *registry) findHolders(users []User) {
	for i := range users {
		for _, f := range []Field{Username, Email} {
			t := tie{f, Canonical(f, users[i].Profile[f])}
			if _, ok := r.wanted[t]; ok && (r.holder[t] == nil || users[i].ID < r.holder[t].ID) {
				r.holder[t] = &users[i]
			}
		}
	}
	r.owner = make(map[*User]int32, len(r.holder))
	held := make(map[*User]bool, len(r.holder))
	for _, u := range r.holder {
		held[u] = true
	}
	for i := range r.people {
		if u := r.people[i].user; u != nil && held[u] {
			r.owner[u] = int32(i)
		}
	}
}

// holdTwins holds everybody who wants the same name as somebody else.
func (r *registry) holdTwins() {
	for _, t := range r.ties() { // the first reason stays, so the order counts
		who := r.wanted[t]
		if len(who) < 2 {
			continue
		}
		slices.SortFunc(who, func(a, b int32) int { return cmp.Compare(r.people[a].key, r.people[b].key) })
		for n, i := range who {
			other := r.people[who[(n+1)%len(who)]]
			r.people[i].hold(HoldTwin, "%s states the same %s", other.key, t.field)
		}
	}
}

// holdTaken holds whoever wants a name whose holder keeps it. Somebody who is
// held keeps their name, which may hold the next one, and so on.
func (r *registry) holdTaken(emailsStay bool) {
	for look := r.ties(); len(look) > 0; {
		t := look[0]
		look = look[1:]
		u := r.holder[t]
		if u == nil || r.frees(u, t) && (t.field != Email || !emailsStay) {
			continue
		}
		for _, i := range r.wanted[t] {
			p := &r.people[i]
			if p.reason != ReasonNone || p.user == u {
				continue
			}
			if o, ok := r.owner[u]; ok && r.people[o].due(Erase) { // who wants the name may be the person, back again
				r.people[o].hold(HoldReplaced, "%s has the %s of @%s", p.key, t.field, u.Profile[Username])
			}
			p.hold(heldBy(t.field), "held by %s", u.Holder())
			for _, f := range []Field{Username, Email} {
				if p.user != nil {
					look = append(look, tie{f, Canonical(f, p.user.Profile[f])})
				}
			}
		}
	}
}

// ties returns the wanted names in a fixed order.
func (r *registry) ties() []tie {
	return slices.SortedFunc(maps.Keys(r.wanted), func(a, b tie) int {
		return cmp.Or(cmp.Compare(a.field, b.field), cmp.Compare(a.value, b.value))
	})
}

func heldBy(f Field) Reason {
	if f == Email {
		return HoldEmailHeld
	}
	return HoldUsernameHeld
}

// Holder says who has the account and in which state it is, for whoever wants
// its name: "@ann, who is deactivated".
func (u User) Holder() string {
	who := "@" + u.Profile[Username]
	switch {
	case u.Bot:
		who += ", a bot"
	case u.Remote:
		who += ", a guest of another server"
	case u.Guest:
		who += ", a guest"
	}
	if !u.Active {
		who += ", who is deactivated"
	}
	return who
}

// frees reports whether the account gives the name up in this plan.
func (r *registry) frees(u *User, t tie) bool {
	i, ok := r.owner[u]
	if !ok {
		return false
	}
	for _, w := range wants(&r.people[i]) {
		if w.field == t.field && w.value != t.value {
			return true
		}
	}
	return false
}

// settleAuth holds whoever wants a sign-in that another account has or another
// person wants. Somebody who gives theirs up does so in this run; the next run
// lets the other one have it.
func settleAuth(people []person, users []User) {
	wanted := make(map[string][]int32)
	for i := range people {
		for _, s := range people[i].steps {
			if s.Auth.Data != "" && s.Way == WayNone && people[i].reason == ReasonNone {
				wanted[s.Auth.Data] = append(wanted[s.Auth.Data], int32(i))
			}
		}
	}
	if len(wanted) == 0 {
		return
	}
	for i := range users {
		u := &users[i]
		for _, w := range wanted[u.Auth.Data] {
			if people[w].user != u {
				people[w].hold(HoldAuthHeld, "held by %s", u.Holder())
			}
		}
	}
	for _, who := range wanted {
		if len(who) > 1 {
			for _, i := range who {
				people[i].hold(HoldTwin, "another person states the same sign-in")
			}
		}
	}
}
