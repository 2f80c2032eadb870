package sync

import (
	"cmp"
	"fmt"
	"slices"
)

// A FirstDay is what a source states for the day on which the account is made, and
// for no other: afterwards it is the person's own.
type FirstDay struct {
	Hash     Hash   `json:"-"` // of the password; "": none is stated, or it was not kept
	HashKind string // HashBcrypt or HashPBKDF2; "": no usable one is stated
	HashFlaw string // why what is stated is no hash that servers read
	Timezone string // "Europe/Berlin"; "": not stated
	ZoneFlaw string // why what is stated is no time zone
}

// The kinds of hashes.
const (
	HashBcrypt = "bcrypt"
	HashPBKDF2 = "pbkdf2" // in the form of Mattermost 11 and later
)

// A Hash is the hash of a password. Whatever prints it prints "<secret>".
type Hash string

const hashShown = "<secret>"

// Format implements [fmt.Formatter].
func (Hash) Format(f fmt.State, _ rune) { fmt.Fprint(f, hashShown) }

// MarshalText implements [encoding.TextMarshaler].
func (Hash) MarshalText() ([]byte, error) { return []byte(hashShown), nil }

// Equal reports whether both state the same.
func (id Identity) Equal(other Identity) bool {
	a, b := id.First, other.First
	same := id.Shot() == other.Shot() && (a == b || a != nil && b != nil && *a == *b)
	id.First, other.First, id.Picture, other.Picture = nil, nil, nil, nil
	return same && id == other
}

// fill takes over what one source does not state and another one does.
func (o *FirstDay) fill(from *FirstDay) *FirstDay {
	if o == nil || from == nil {
		return cmp.Or(o, from)
	}
	both := *o
	if both.HashKind+both.HashFlaw == "" {
		both.Hash, both.HashKind, both.HashFlaw = from.Hash, from.HashKind, from.HashFlaw
	}
	if both.Timezone+both.ZoneFlaw == "" {
		both.Timezone, both.ZoneFlaw = from.Timezone, from.ZoneFlaw
	}
	return &both
}

// refused says why an account that signs in so cannot be made with it, or "".
func (o *FirstDay) refused(f Facts, a Auth) string {
	switch {
	case o == nil:
		return ""
	case o.ZoneFlaw != "":
		return o.ZoneFlaw
	case !a.byPassword():
		return ""
	case o.HashKind == HashPBKDF2 && !f.ReadsPBKDF2:
		return "mapping.password_hash: the server reads no PBKDF2 hashes: Mattermost 11 and later do"
	}
	return o.HashFlaw
}

// byPassword reports whether somebody who signs in so has a password on the
// server.
func (a Auth) byPassword() bool { return a.Service == "" || a.Service == AuthEmail }

// NeedsPassword reports whether the step gives somebody new an account whose
// password nobody knows: it makes one, or finds the one that a run made before
// it died.
func (c Change) NeedsPassword(s Step) bool {
	switch {
	case s.Kind == Create:
		return s.Auth.byPassword()
	case s.Kind == Adopt && s.How == Recovered:
		return c.Identity.Status == Enabled && c.User.Auth.byPassword()
	}
	return false
}

// PasswordHash returns the hash of the password that the step must give the
// account, and whether there must be one. It is "" in a change that was read
// from a file.
func (c Change) PasswordHash(s Step) (hash Hash, due bool) {
	o := c.Identity.First
	if o == nil || o.HashKind == "" || !c.NeedsPassword(s) {
		return "", false
	}
	return o.Hash, true
}

// mails counts the mails that the server will send because of the change.
func (c Change) mails(f Facts, p Policy) int {
	n := 0
	count := func(sent bool) {
		if sent {
			n++
		}
	}
	for _, s := range c.Steps {
		_, hash := c.PasswordHash(s)
		count(s.Kind == Patch && s.Set.Has(Username) && f.MailsOnRename)
		count(s.Kind == Patch && s.Set.Has(Email) && f.MailsOnEmail)
		count(s.Kind == Create && p.WelcomeMail)
		count(c.NeedsPassword(s) && !hash && p.ResetMail)
		count(s.ResetMFA)
	}
	return n
}

// secrets looks whether the source still has what no file keeps.
func (m *mover) secrets(c *Change) {
	for _, s := range c.Steps {
		if _, due := c.PasswordHash(s); due && m.hash(c) == "" {
			m.say("no file has the hash of the password, and the source does not state it now, or cannot be asked for single people")
		}
	}
}

// once compares what a new account begins with.
func (m *mover) once(c *Change, now *FirstDay) {
	var was, is FirstDay
	if c.Identity.First != nil {
		was = *c.Identity.First
	}
	if now != nil {
		is = *now
	}
	if was.Timezone != is.Timezone {
		m.say("timezone in the source was %q and is %q", was.Timezone, is.Timezone)
	}
	if was.HashKind != is.HashKind {
		m.say("the password's hash in the source was %q and is %q", was.HashKind, is.HashKind)
	}
}

// hash returns the hash that the sources state of the person now.
func (m *mover) hash(c *Change) Hash {
	var all *FirstDay
	keys := c.Link.keys()
	slices.SortStableFunc(keys, func(a, b Key) int { return cmp.Compare(m.order[a.Source()], m.order[b.Source()]) })
	for _, k := range keys {
		if s := m.seen[k]; s != nil && s.Found && s.In {
			all = all.fill(s.Identity.First)
		}
	}
	if all == nil {
		return ""
	}
	return all.Hash
}

// Reveal gives a plan that was read from a file the hashes of passwords, which
// no file has. It is for a plan of which nothing [Plan.Moved].
func (p Plan) Reveal(now Fresh) {
	m := newMover(p, now)
	for i := range p.Changes {
		c := &p.Changes[i]
		if h := m.hash(c); h != "" && c.Identity.First != nil {
			known := *c.Identity.First
			known.Hash = h
			c.Identity.First = &known
		}
	}
}
