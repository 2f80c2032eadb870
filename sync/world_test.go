package sync

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// A world is a source, a server and what syncd remembers, small enough that
// names collide all the time.
type world struct {
	in    Input
	said  Snapshot
	when  AuthMode
	hr    *second         // nil: there is one source
	users map[string]User // the server's truth, by id
	links map[Key]Link
	next  int
}

// A second source joins people of the first, and may have failed.
type second struct {
	Snapshot
	first, failed bool
}

// drawWorld makes a random world. Accounts have unique names, as on a server;
// nothing else is as it should be.
func drawWorld(t *rapid.T) *world { return drawSome(t, true) }

func drawSome(t *rapid.T, two bool) *world {
	w := &world{users: make(map[string]User), links: make(map[Key]Link)}
	w.in.Now = now
	w.in.Policy = drawPolicy(t)
	if two && rapid.Bool().Draw(t, "two sources") {
		w.hr = &second{first: rapid.Bool().Draw(t, "hr first"), failed: rapid.IntRange(0, 3).Draw(t, "hr failed") == 0}
	}
	w.in.Facts = drawFacts(t)
	w.when = AuthMode(rapid.IntRange(0, 2).Draw(t, "auth"))
	names := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f", "g"}).Draw(t, "names")
	emails := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f", "g"}).Draw(t, "emails")
	for i := range rapid.IntRange(0, 6).Draw(t, "users") {
		u := drawUser(t, fmt.Sprint("u", i))
		u.Profile[Username], u.Profile[Email] = names[i], emails[i]+"@x.org"
		w.users[u.ID] = u
		if rapid.IntRange(0, 3).Draw(t, "linked") > 0 {
			l := drawLink(t, Key(fmt.Sprint("ad:", i)), u.ID)
			w.drawJoin(t, &l)
			w.links[l.Key] = l
		}
	}
	for i := range 7 {
		w.drawRecord(t, Key(fmt.Sprint("ad:", i)), i)
		if w.hr != nil && !w.hr.failed {
			w.drawRecord(t, Key(fmt.Sprint("hr:", i)), 10+i)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "illegible") == 0 {
		w.said.Rejects = append(w.said.Rejects, Reject{Origin: Origin{"p", "line 99"}, Reason: RejectAnchor})
	}
	return w
}

func drawPolicy(t *rapid.T) Policy {
	p := Policy{
		Mode:   rapid.SampledFrom([]Mode{Full, Full, UpsertOnly, CreateOnly}).Draw(t, "mode"),
		Return: rapid.Bool().Draw(t, "return"),

		KeepAdmins: rapid.IntRange(0, 2).Draw(t, "keep admins"),
		Roles:      RoleMode(rapid.IntRange(0, 1).Draw(t, "roles")),
		Adopt:      FieldSet(rapid.IntRange(0, 3).Draw(t, "adopt")),
	}
	for c := range p.Leavers {
		p.Leavers[c] = Grace{After: time.Duration(rapid.IntRange(0, 2).Draw(t, "after")) * 24 * time.Hour, Revoke: rapid.Bool().Draw(t, "revoke")}
	}
	if rapid.Bool().Draw(t, "protect") {
		p.Protect = []Pattern{{patternRole, "system_admin"}, {patternUsername, "g*"}}
	}
	return p
}

func drawFacts(t *rapid.T) Facts {
	f := Facts{Self: "u0"}
	if rapid.Bool().Draw(t, "locks") {
		f.Locked = map[string]FieldSet{"saml": SetOf(Username), "ldap": SetOf(Username, Email)}
		f.CannotReactivate = map[string]bool{"ldap": true}
	}
	f.ConfirmsEmail = rapid.IntRange(0, 4).Draw(t, "confirms") == 0
	f.AuthDataHidden = rapid.IntRange(0, 4).Draw(t, "hidden") == 0
	if rapid.IntRange(0, 4).Draw(t, "no guests") == 0 {
		f.NoGuests = "there is no licence"
	}
	if rapid.IntRange(0, 3).Draw(t, "seats") == 0 {
		f.SeatLimit = 5
	}
	return f
}

func drawUser(t *rapid.T, id string) User {
	u := User{
		ID:     id,
		Active: rapid.IntRange(0, 3).Draw(t, "active") > 0,
		Bot:    rapid.IntRange(0, 9).Draw(t, "bot") == 0,
		Admin:  rapid.IntRange(0, 5).Draw(t, "admin") == 0,
	}
	u.Guest = !u.Admin && rapid.IntRange(0, 5).Draw(t, "guest") == 0
	u.Auth = rapid.SampledFrom([]Auth{{Service: AuthEmail}, {"saml", "s" + id}, {"ldap", "l" + id}}).Draw(t, "auth")
	u.PictureAt = drawPictureAt(t)
	u.Profile[Position] = rapid.SampledFrom([]string{"", "x"}).Draw(t, "position")
	return u
}

func drawLink(t *rapid.T, k Key, id string) Link {
	l := Link{Key: k, UserID: id, How: Created, Stamp: rapid.SampledFrom([]string{"", "ad:1", "ad:2"}).Draw(t, "stamp")}
	l.DeactivatedFor = rapid.SampledFrom([]Cause{CauseNone, CauseAbsent, CauseDisabled}).Draw(t, "deactivated")
	if rapid.IntRange(0, 2).Draw(t, "left") == 0 {
		l.LeftSince, l.LeftCause = now.Add(-36*time.Hour), CauseAbsent
	}
	if l.Picture = rapid.SampledFrom([]string{"", "p1", "p2"}).Draw(t, "uploaded"); l.Picture != "" {
		l.PictureAt = drawPictureAt(t)
	}
	l.RevokeDue = rapid.IntRange(0, 5).Draw(t, "due") == 0
	return l
}

// drawPictureAt draws one of few times, so that those of account and link are
// often the same.
func drawPictureAt(t *rapid.T) time.Time {
	return rapid.SampledFrom([]time.Time{{}, now.Add(-2 * time.Hour), now.Add(-time.Hour)}).Draw(t, "picture at")
}

func (w *world) drawRecord(t *rapid.T, k Key, i int) {
	for n := range rapid.SampledFrom([]int{0, 1, 1, 1, 1, 1, 3}).Draw(t, "records") {
		at := Origin{"p", fmt.Sprintf("line %d", 10*i+n)}
		if rapid.IntRange(0, 7).Draw(t, "reject") == 0 {
			s := w.of(k)
			s.Rejects = append(s.Rejects, Reject{Key: k, Origin: at, Reason: RejectValue})
			continue
		}
		id := Identity{Key: k, States: SetOf(Username, Email, Position), Origin: at}
		id.Profile[Username] = rapid.SampledFrom([]string{"a", "b", "C", "d", "e", "f"}).Draw(t, "username")
		id.Profile[Email] = rapid.SampledFrom([]string{"a", "b", "C", "d", "e", "f"}).Draw(t, "email") + "@x.org"
		id.Profile[Position] = rapid.SampledFrom([]string{"", "x"}).Draw(t, "position")
		id.Status = rapid.SampledFrom([]Status{Enabled, Enabled, Enabled, Disabled, Expired}).Draw(t, "status")
		id.Auth = rapid.SampledFrom([]Auth{{}, {Service: AuthEmail}, {"saml", "s" + string(k[3:])}, {"saml", "su1"}, {"ldap", "lu2"}}).Draw(t, "auth")
		id.Role = rapid.SampledFrom([]Role{RoleNone, RoleNone, Guest, Member, Admin}).Draw(t, "role")
		id.Stamp = rapid.SampledFrom([]string{"", "ad:1", "ad:2"}).Draw(t, "stamp")
		id.Picture = &Picture{Digest: rapid.SampledFrom([]string{"", "", NoPicture, "p1", "p2"}).Draw(t, "picture"), Key: k}
		if w.hr != nil {
			id.Join = drawValue(t)
		}
		s := w.of(k)
		s.Identities = append(s.Identities, id)
	}
}

// drawJoin makes of a link one of a world with two sources.
func (w *world) drawJoin(t *rapid.T, l *Link) {
	if w.hr == nil {
		return
	}
	i, other := l.Key[3:], Key("hr:")
	if rapid.IntRange(0, 3).Draw(t, "of hr") == 0 {
		l.Key, other = "hr:"+i, "ad:"
	}
	l.Join = drawValue(t)
	if rapid.Bool().Draw(t, "others") {
		l.Others = string(other + i)
	}
}

func drawValue(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e"}).Draw(t, "join")
}

// of returns what the source of a key says.
func (w *world) of(k Key) *Snapshot {
	if k.Source() == "hr" {
		return &w.hr.Snapshot
	}
	return &w.said
}

// roster is what the sources say.
func (w *world) roster() Roster {
	readings := []Reading{{Source: "ad", Joins: true, Snapshot: w.said}}
	switch {
	case w.hr == nil:
		readings[0].Joins = false
	case w.hr.first:
		readings = append([]Reading{{Source: "hr", Joins: true, Failed: w.hr.failed, Snapshot: w.hr.Snapshot}}, readings...)
	default:
		readings = append(readings, Reading{Source: "hr", Joins: true, Failed: w.hr.failed, Snapshot: w.hr.Snapshot})
	}
	for i := range readings {
		s := &readings[i].Snapshot
		s.Identities = slices.Clone(s.Identities)
		for n := range s.Identities {
			s.Identities[n].When = w.when
		}
	}
	return NewRoster(readings, slices.Collect(maps.Values(w.links)), nil)
}

// remember does what the state does with a link.
func (w *world) remember(l Link) {
	if old := w.links[l.Replaces]; old.UserID == l.UserID {
		delete(w.links, l.Replaces)
	}
	l.Replaces = ""
	w.links[l.Key] = l
}

// input reads the world as the command does.
func (w *world) input() Input {
	in := w.in
	in.Roster = w.roster()
	in.Users, in.Links = nil, nil
	active := 0
	for _, u := range w.users {
		shown := u
		if in.Facts.AuthDataHidden {
			shown.Auth.Data = ""
		}
		in.Users = append(in.Users, shown)
		if u.Active && !u.Bot {
			active++
		}
	}
	for _, l := range w.links {
		in.Links = append(in.Links, l)
	}
	in.Facts.ActiveUsers = active
	for _, u := range in.Users {
		if u.Active && u.Admin && !u.Bot {
			in.Facts.Admins++
		}
	}
	in.Facts.Users = len(w.users)
	return in
}

// apply carries a plan out, wave by wave, the way a server would. lose says
// which steps are lost; then the rest of that change is lost too. It returns
// what the server refused although nothing was lost.
func (w *world) apply(p Plan, lose func() bool) error {
	results := make([]Result, len(p.Changes))
	over := make([]bool, len(p.Changes))
	top := 0
	for i, c := range p.Changes {
		results[i] = Result{Change: c, Outcome: Done, User: c.User}
		for _, s := range c.Steps {
			top = max(top, s.Wave)
		}
	}
	var refused error
	for wave := range top + 1 {
		for i, c := range p.Changes {
			for !over[i] && results[i].Done < len(c.Steps) && c.Steps[results[i].Done].Wave == wave {
				r := &results[i]
				if lose() {
					r.Outcome, over[i] = Failed, true
					break
				}
				if err := w.step(r, c.Steps[r.Done]); err != nil {
					r.Outcome, over[i] = Failed, true
					refused = fmt.Errorf("%s: %w", c.Link.Key, err)
					break
				}
				if r.Outcome == Held {
					over[i] = true
					break
				}
				r.Done++
			}
		}
	}
	for _, r := range results {
		if l, ok := r.LinkAfter(w.in.Now); ok {
			w.remember(l)
		}
	}
	for _, l := range p.Links {
		w.remember(l)
	}
	return refused
}

// step does what a server does for one call, or says why it refuses.
func (w *world) step(r *Result, s Step) error {
	u := w.users[r.User.ID]
	switch s.Kind {
	case Create:
		w.next++
		u = User{ID: fmt.Sprint("n", w.next), Active: true, Profile: s.To, Auth: s.Auth}
		if u.Auth.Service == "" {
			u.Auth.Service = AuthEmail
		}
	case Patch:
		for f := range s.Set.All() {
			if f == Email && w.in.Facts.ConfirmsEmail && s.To[f] != u.Profile[f] {
				r.Outcome, r.Reason = Held, HoldUnconfirmed // the other fields change
				continue
			}
			u.Profile[f] = s.To[f]
		}
	case MigrateAuth:
		u.Auth = s.Auth
	case SetRole:
		if u.Role() != s.WasRole || s.Role == Guest && w.in.Facts.NoGuests != "" {
			return fmt.Errorf("%s: from %s to %s, and the account is %s", s.Kind, s.WasRole, s.Role, u.Role())
		}
		u = u.withRole(s.Role)
	case Deactivate:
		u.Active = false
	case Reactivate:
		u.Active = true
	case SetPicture:
		w.next++
		u.PictureAt = w.in.Now.Add(time.Duration(w.next) * time.Second)
		if s.Picture.Digest == NoPicture {
			u.PictureAt = time.Time{}
		}
	}
	for _, other := range w.users {
		if other.ID == u.ID {
			continue
		}
		if Canonical(Username, other.Profile[Username]) == Canonical(Username, u.Profile[Username]) {
			return fmt.Errorf("%s: user name %q is taken", s.Kind, u.Profile[Username])
		}
		if Canonical(Email, other.Profile[Email]) == Canonical(Email, u.Profile[Email]) {
			return fmt.Errorf("%s: e-mail %q is taken", s.Kind, u.Profile[Email])
		}
		if u.Auth.Data != "" && other.Auth.Data == u.Auth.Data && !w.in.Facts.AuthDataHidden {
			return fmt.Errorf("%s: auth data %q is taken", s.Kind, u.Auth.Data)
		}
	}
	w.users[u.ID] = u
	r.User = u
	return nil
}
