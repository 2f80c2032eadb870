package sync

import (
	"slices"
	"strings"
)

// takeOver decides whether the one person who matches an unlinked account gets
// it: because an earlier run made it for them, or because somebody asked for
// it. Otherwise the account is a stranger's.
func takeOver(in brief, c claim, u *User, how How) {
	p := c.person
	if how == Recovered && p.roleDue {
		p.before = Member
	}
	if why := p.protection(in, u); why != "" {
		p.hold(HoldTaken, "%s exists and is never taken over: %s", u.named(), why)
		return
	}
	switch why := doubtful(in, p, u); {
	case how == Recovered:
		p.user, p.adopt, p.by = u, how, c.by
	case why != "" && !in.Policy.named(p.key, u):
		p.hold(HoldTaken, "%s exists and %s; if it is this person's account, name them with --who %s", u.named(), why, p.key)
	case c.by&in.Policy.Adopt != 0:
		p.user, p.adopt, p.by = u, Adopted, c.by
	default:
		p.hold(HoldTaken, "%s exists with the same %s and is not linked", u.named(), strings.ReplaceAll(c.by.String(), ",", " and "))
	}
}

// named returns by what people know the account, and that it is deactivated.
func (u *User) named() string {
	if !u.Active {
		return "the deactivated @" + u.Profile[Username]
	}
	return "@" + u.Profile[Username]
}

// doubtful says why an account that matches may be another person's, or "".
func doubtful(in brief, p *person, u *User) string {
	switch {
	case p.identity != nil && signsInAsAnother(in.Facts, p.identity.Auth, u.Auth):
		return "signs in as somebody else"
	case u.Admin:
		return "is an administrator"
	case u.Guest:
		return "is a guest"
	case p.identity != nil && domain(u.Profile[Email]) != "" && domain(u.Profile[Email]) != domain(p.identity.Profile[Email]):
		return "has an e-mail of another domain"
	}
	return ""
}

func domain(email string) string {
	email = Canonical(Email, email)
	return email[strings.LastIndexByte(email, '@')+1:]
}

// named reports whether somebody was named on the command line.
func (p Policy) named(k Key, u *User) bool {
	return slices.Contains(p.AdoptWho, string(k)) || slices.Contains(p.AdoptWho, u.Profile[Username])
}

// signsInAsAnother reports whether the account has a sign-in that contradicts
// what the source states.
func signsInAsAnother(f Facts, want, have Auth) bool {
	if want.Service == "" || have.Service == AuthEmail || have.Service == "" {
		return false
	}
	return want.Service != have.Service || !f.AuthDataHidden && want.Data != have.Data
}

// untouchable says why an account must not be changed, or "".
func untouchable(in brief, u *User) string {
	switch {
	case u.ID == in.Facts.Self:
		return "it is the account that syncd uses"
	case u.ID == in.Facts.Owner:
		return "it owns the account that syncd uses"
	case u.Bot:
		return "it is a bot"
	case u.Remote:
		return "it belongs to another server"
	}
	for _, pattern := range in.Policy.Protect {
		if pattern.Match(*u) {
			return "protect: " + pattern.String()
		}
	}
	return ""
}
