package sync

import (
	"slices"
	"strings"
)

// WhoQuery asks for the accounts that somebody calls so: by the key or anchor
// that a link has, by user id, user name (with or without @) or e-mail.
func WhoQuery(who string, links []Link) Query {
	q := Query{}
	for i := range links {
		l := &links[i]
		if l.UserID == who || slices.ContainsFunc(l.keys(), func(k Key) bool { return string(k) == who || anchorOf(k) == who }) {
			q.IDs = append(q.IDs, l.UserID)
		}
	}
	if len(q.IDs) > 0 || who == "" {
		return q
	}
	if looksLikeID(who) {
		q.IDs = []string{who}
	}
	if email := Canonical(Email, who); strings.Contains(strings.TrimPrefix(email, "@"), "@") {
		q.Emails = []string{email}
	} else if name := Canonical(Username, strings.TrimPrefix(who, "@")); name != "" {
		q.Usernames = []string{name}
	}
	return q
}

func anchorOf(k Key) string {
	_, anchor, _ := strings.Cut(string(k), ":")
	return anchor
}

// looksLikeID reports whether a text has the form of a user id.
func looksLikeID(s string) bool {
	return len(s) == 26 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// Untouchable says why the policy lets nobody change an account, or "".
func (p Policy) Untouchable(f Facts, u User) string {
	return untouchable(brief{Input: Input{Facts: f, Policy: p}}, &u)
}

// everybody is whose sessions end in a step for which nobody is named, and
// unlinked the source of keys of accounts that are not ours: no source can have
// such a name.
const (
	unlinked  = "@"
	everybody = "everybody"
)

// SignOut is the change that ends the sessions of one account by hand. An
// account that nobody is linked to gets a key that is no source's, under which
// the journal has it.
func SignOut(u User, l Link) Change {
	if l.Key == "" {
		l = Link{Key: NewKey(unlinked, u.ID)}
	}
	return Change{User: u, Link: l, Steps: []Step{{Kind: Revoke}}}
}

// SignOutEverybody is the change that ends the sessions of all accounts.
func SignOutEverybody() Change {
	c := Change{Link: Link{Key: NewKey(unlinked, everybody)}, Steps: []Step{{Kind: Revoke}}}
	c.Identity.Profile[Username] = everybody
	return c
}
