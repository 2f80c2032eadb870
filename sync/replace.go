package sync

// replace looks for leavers whose user name and e-mail somebody has whom nobody
// knows: a new contract, a new personnel number, a key with a slip in it. The
// account is not ended while somebody claims all of it. When adoption was asked
// for, it goes on under the new key.
func replace(in brief, people []person) {
	claims := make(map[string]*person)
	for i := range people {
		p := &people[i]
		if p.reason == ReasonNone && !p.linked() && p.user == nil && p.identity != nil && p.identity.Status == Enabled {
			name := names(p.identity.Profile)
			if claims[name] != nil {
				claims[name] = &person{reason: HoldTwin} // two of them claim it: neither gets it
				continue
			}
			claims[name] = p
		}
	}
	if len(claims) == 0 {
		return
	}
	for i := range people {
		p := &people[i]
		if p.reason != ReasonNone || !p.leaves() {
			continue
		}
		if c := claims[names(p.user.Profile)]; c != nil {
			p.giveWay(in, c)
		}
	}
}

// names are the two names of an account or a person as one text.
func names(p Profile) string {
	return Canonical(Username, p[Username]) + "\n" + Canonical(Email, p[Email])
}

// leaves reports whether the source no longer vouches for somebody who has an
// account.
func (p *person) leaves() bool {
	return p.linked() && p.user != nil && (p.identity == nil && p.reject == nil || p.identity != nil && p.identity.Status != Enabled)
}

// giveWay lets the account of a leaver go on as another person's, or holds the
// leaver.
func (p *person) giveWay(in brief, c *person) {
	switch {
	case in.Policy.Adopt.Has(Email) && c.reason == ReasonNone && untouchable(in, p.user) == "":
		c.user, c.adopt, c.by, c.replaces = p.user, Adopted, SetOf(Username, Email), p.key
		c.own().DeactivatedFor = p.link.DeactivatedFor
		p.user, p.link = nil, &Link{Key: p.key}
	case p.user.Active && c.key == "":
		p.hold(HoldReplaced, "more than one record has the user name and the e-mail of @%s", p.user.Profile[Username])
	case p.user.Active:
		p.hold(HoldReplaced, "%s has the user name and the e-mail of @%s", c.key, p.user.Profile[Username])
	}
}
