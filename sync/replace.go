package sync

import (
	"fmt"
	"slices"
)

// replace looks for leavers whose e-mail the record of somebody else states: a
// new contract, a new personnel number, a key with a slip in it or one that is
// there twice. The account is not ended while somebody claims it. When adoption
// was asked for and one newcomer does, it goes on under the new key.
func replace(in brief, people []person) {
	leavers := make(map[string]*person) // by e-mail
	for i := range people {
		if p := &people[i]; p.reason == ReasonNone && p.leaves() && Canonical(Email, p.user.Profile[Email]) != "" {
			leavers[Canonical(Email, p.user.Profile[Email])] = p
		}
	}
	if len(leavers) == 0 {
		return
	}
	claims := make(map[*person][]Key)
	for i := range in.Roster.Identities {
		id := &in.Roster.Identities[i]
		p := leavers[Canonical(Email, id.Profile[Email])]
		if p != nil && id.Status == Enabled && id.Key != p.key {
			claims[p] = append(claims[p], id.Key)
		}
	}
	newcomers := make(map[Key]*person)
	for i := range people {
		if p := &people[i]; p.reason == ReasonNone && !p.linked() && p.user == nil && p.identity != nil {
			newcomers[p.key] = p
		}
	}
	for p, keys := range claims {
		slices.Sort(keys)
		var c *person
		if len(keys) == 1 {
			c = newcomers[keys[0]]
		}
		p.giveWay(in, c, keys[0])
	}
}

// leaves reports whether the source no longer vouches for somebody who has an
// account.
func (p *person) leaves() bool {
	return p.linked() && p.user != nil && (p.identity == nil && p.reject == nil || p.identity != nil && p.identity.Status != Enabled)
}

// giveWay lets the account of a leaver go on as that of the one who claims it,
// if a person asked for that, or holds the leaver.
func (p *person) giveWay(in brief, c *person, key Key) {
	if c != nil && in.Policy.Adopt.Has(Email) && untouchable(in, p.user) == "" {
		why := p.keeps(in, c)
		if why == "" {
			c.user, c.adopt, c.by = p.user, Adopted, p.agrees(c)
			c.keep().replaces = p.key
			c.own().DeactivatedFor = p.link.DeactivatedFor
			p.user, p.link = nil, &Link{Key: p.key}
			return
		}
		c.hold(HoldTaken, "@%s is the account of %s%s", p.user.Profile[Username], p.key, why)
	}
	if p.user.Active || eraseDue(in, p) {
		p.hold(HoldReplaced, "%s has the e-mail of @%s", key, p.user.Profile[Username])
	}
}

// keeps says why the account of a leaver does not go on as that of c, or "". As
// long as the source of the leaver's key is read, a person must have named whom
// it goes to: an e-mail alone may be a namesake's. Where the leaver is still
// there, the account is not to be had at all.
func (p *person) keeps(in brief, c *person) string {
	named := in.Policy.named(c.key, p.user)
	name := "; if it is this person's now, name them with --who " + string(c.key)
	if _, read := in.Roster.at(p.key.Source()); read {
		if source, why := in.unread(*p.link); why != "" {
			return fmt.Sprintf(", and the source %s %s", source, why)
		}
		if seen := in.second(*p.link); seen.reason != ReasonNone {
			return ", who is there: " + seen.detail
		}
		if !named {
			return name
		}
	}
	if why := doubtful(in, c, p.user); why != "" && !named {
		return " and " + why + name
	}
	return ""
}

// agrees returns in what somebody agrees with the account.
func (p *person) agrees(c *person) FieldSet {
	by := SetOf(Email)
	if Canonical(Username, c.identity.Profile[Username]) == Canonical(Username, p.user.Profile[Username]) {
		by |= SetOf(Username)
	}
	return by
}
