package sync

import (
	"slices"
	"time"
)

// An UndoInput is all that the way back from a run depends on.
type UndoInput struct {
	Deeds  []Deed   // of the run, in its order
	Later  []Deed   // what later runs did to the same people, the newest run first
	Only   StepKind // take back only steps of this kind; none: all
	Users  []User   // those of [UndoQuery]
	Links  []Link
	Open   []Intent
	Facts  Facts
	Tokens Tokens // of people whose account would end; nil: not asked for
	Policy Policy // Protect, KeepAdmins and Detours count: the rest is about what sources say
	Now    time.Time
}

// NewUndo plans the way back from a run: what it did to each person is taken
// back, in reverse. People are all to whom the run did anything; unchanged are
// those of whom nothing is left to take back. It is pure, as [NewPlan] is, and
// what it plans meets the same objections.
//
// Nothing is taken back that somebody changed since, and no account is deleted:
// one that was made is deactivated. Steps that no call takes back are notes. A run
// that made administrators may have found fewer than Policy.KeepAdmins, so as many
// stay as there were, and one at least.
func NewUndo(in UndoInput) Plan {
	b := brief{Input: Input{
		Users: in.Users, Links: in.Links, Open: in.Open, Facts: in.Facts, Now: in.Now, Tokens: in.Tokens,
		Policy: Policy{Mode: Full, Return: true, Protect: in.Policy.Protect, KeepAdmins: in.Policy.KeepAdmins, Detours: in.Policy.Detours, EndTokens: in.Policy.EndTokens},
	}}
	u := newUndoing(b, in)
	var notes []Note
	for i := range u.people {
		notes = append(notes, u.takeBack(&u.people[i], u.tales[i])...)
		object(b, &u.people[i])
		notes = append(notes, unable(b, &u.people[i])...)
	}
	b.Policy.KeepAdmins = u.keepAdmins()
	objectAdmins(b, u.people)
	objectSeats(b, u.people)
	for i := range u.people {
		backWaves(&u.people[i])
	}
	settle(b, u.people)
	return u.order(notes)
}

// UndoQuery asks for every account that a way back depends on: all that are
// linked, because the guard counts them, those on which the run worked, and
// whoever has a name by now that the run took from somebody.
func UndoQuery(deeds []Deed, links []Link) Query {
	q := LinkedQuery(links)
	for i := range deeds {
		d := &deeds[i]
		values := d.Step.From
		switch {
		case !d.begun():
			continue
		case d.Step.Kind == Create && d.UserID == "":
			values = d.Step.To
		case d.Step.Kind != Patch:
			values = Profile{}
		}
		if d.UserID != "" {
			q.IDs = append(q.IDs, d.UserID)
		}
		if v := Canonical(Username, values[Username]); v != "" && d.Step.Set.Has(Username) {
			q.Usernames = append(q.Usernames, v)
		}
		if v := Canonical(Email, values[Email]); v != "" && d.Step.Set.Has(Email) {
			q.Emails = append(q.Emails, v)
		}
	}
	return q
}

// An undoing is an undo on its way.
type undoing struct {
	in     brief
	people []person
	tales  []tale // of people
	byID   map[string]*User
	byName map[string]*User
	later  map[Key]*Deed // the step by which the newest later run made, ended or brought back the account
}

func newUndoing(b brief, in UndoInput) *undoing {
	u := &undoing{
		in: b, byID: indexUsers(in.Users), byName: make(map[string]*User, len(in.Users)), later: make(map[Key]*Deed),
	}
	for i := range in.Users {
		u.byName[Canonical(Username, in.Users[i].Profile[Username])] = &in.Users[i]
	}
	at := make(map[Key]int)
	for i := range in.Deeds {
		d := &in.Deeds[i]
		if in.Only != StepNone && d.Step.Kind != in.Only {
			continue
		}
		if _, ok := at[d.Key]; !ok {
			at[d.Key] = len(u.people)
			u.people = append(u.people, person{key: d.Key, link: &Link{Key: d.Key}})
			u.tales = append(u.tales, nil)
		}
		u.tales[at[d.Key]] = append(u.tales[at[d.Key]], d)
	}
	for i := range in.Links {
		if n, ok := at[in.Links[i].Key]; ok {
			p := &u.people[n]
			p.link, p.was, p.user = &in.Links[i], &in.Links[i], u.byID[in.Links[i].UserID]
		}
	}
	for i := range in.Open {
		if n, ok := at[in.Open[i].Key]; ok {
			recall(&u.people[n], &in.Open[i])
		}
	}
	for i := range in.Later {
		d := &in.Later[i]
		if u.later[d.Key] == nil && d.Outcome == Done && (tale{d}).last(Create, Deactivate, Reactivate) != nil {
			u.later[d.Key] = d
		}
	}
	return u
}

// backWaves frees the seats of those who go before others need them.
func backWaves(p *person) {
	wave := waveStay
	if p.due(Deactivate) {
		wave = waveLeave
	}
	for i := range p.steps {
		p.steps[i].Wave = wave
	}
}

// order puts everybody into their bucket.
func (u *undoing) order(notes []Note) Plan {
	plan := Plan{People: len(u.people), Strangers: -1, Notes: notes}
	linked := 0
	for i := range u.in.Links {
		if user := u.byID[u.in.Links[i].UserID]; user != nil {
			linked++
			if user.Active {
				plan.Managed++
			}
		}
	}
	if u.in.Facts.Users > 0 {
		plan.Strangers = max(0, u.in.Facts.Users-linked)
	}
	for i := range u.people {
		plan.add(u.in, &u.people[i])
	}
	plan.sort()
	return plan
}

// takeBack finds what leads one person back, as if nothing stood against it.
func (u *undoing) takeBack(p *person, t tale) []Note {
	if !slices.ContainsFunc(t, (*Deed).begun) {
		return nil
	}
	if p.key.Source() == unlinked { // signed out by hand
		return oneWay(p, t)
	}
	if notes := erased(p, t); notes != nil || !u.account(p, t) {
		return notes
	}
	u.bringBack(p, t)
	u.roleBack(p, t)
	notes := u.signInBack(p, t)
	notes = append(notes, u.patchBack(p, t)...)
	notes = append(notes, oneWay(p, t)...)
	u.endAgain(p, t)
	if ((Change{Steps: p.steps}).Moves() || p.lowers() && !p.due(Deactivate)) && p.user.Active {
		p.steps = append(p.steps, Step{Kind: Revoke}) // sessions from before the move live on
	}
	return notes
}

// account makes sure that the person still has the account on which the run
// worked.
func (u *undoing) account(p *person, t tale) bool {
	id := t.userID()
	if d := t.last(Create); d != nil && d.Outcome != Done {
		return u.recovered(p, d)
	}
	switch {
	case !p.linked():
		p.hold(HoldChanged, "the account %s is no longer linked", id)
	case id != p.link.UserID:
		p.hold(HoldChanged, "the person has another account by now")
	case p.user == nil:
		p.hold(HoldGone, "the linked account %s is not on the server", id)
	default:
		return true
	}
	return false
}

// recovered reports whether a creation of which the run did not hear made an
// account that is the person's by now. Where it may have made one that is
// nobody's yet, the person is held.
func (u *undoing) recovered(p *person, d *Deed) bool {
	if p.linked() {
		return p.link.How == Recovered && p.user != nil
	}
	made := u.byID[d.UserID]
	x := u.byName[Canonical(Username, d.Step.To[Username])]
	if x != nil && Canonical(Email, x.Profile[Email]) == Canonical(Email, d.Step.To[Email]) {
		made = x
	}
	if made != nil && made.Active {
		p.hold(HoldUnheard, "@%s may be the account, and is not linked", made.Profile[Username])
	}
	return false
}

// changedSince holds somebody whose account a later run made, ended or brought
// back.
func (u *undoing) changedSince(p *person) bool {
	d := u.later[p.key]
	if d != nil {
		p.hold(HoldChanged, "since then: %s, by run %s", d.Step.Kind, d.Run)
	}
	return d != nil
}

// bringBack reactivates whom the run deactivated, if nobody else did so since.
func (u *undoing) bringBack(p *person, t tale) {
	d := t.last(Deactivate)
	if d == nil || p.user.Active || u.changedSince(p) {
		return
	}
	back := Step{Kind: Reactivate, Cause: CauseUndone, Tokens: d.Step.Tokens}
	switch {
	case p.link.DeactivatedFor == CauseNone && d.Outcome != Done: // it never happened: somebody else did it
	case p.link.DeactivatedFor == CauseNone:
		p.hold(HoldBlocked, "@%s was brought back, and deactivated by somebody else", p.user.Profile[Username])
	case u.in.Facts.CannotReactivate[p.user.Auth.Service]:
		if !u.in.returnAround(p, back) {
			p.hold(HoldServer, "the server does not activate %s accounts again%s", p.user.Auth.Service, u.in.wayRound(p))
		}
	default:
		p.steps = append(p.steps, back)
	}
}

// endAgain deactivates whose account the run made or brought back.
func (u *undoing) endAgain(p *person, t tale) {
	if t.last(Create, Reactivate) != nil && p.user.Active && !u.changedSince(p) {
		p.steps = append(p.steps, Step{Kind: Deactivate, Cause: CauseUndone, Tokens: u.in.tokens(p)})
	}
}

// signInBack moves the account back to the sign-in of before, where that is one
// that syncd can state.
func (u *undoing) signInBack(p *person, t tale) []Note {
	d := t.last(MigrateAuth)
	if d == nil {
		return nil
	}
	was, now := d.Step.Was, u.signsInNow(p, d)
	switch {
	case now == was:
	case now != d.Step.Auth && d.Outcome == Done:
		p.hold(HoldChanged, "the person signs in with %s, which is not what the run wrote", now.Service)
	case now != d.Step.Auth:
	case was.Service == AuthEmail:
		return []Note{{p.key, p.user.Profile[Username], 0, WarnOneWay, "signed in with e-mail before: move the account by hand and have the password reset"}}
	case was.Data == "":
		return []Note{{p.key, p.user.Profile[Username], 0, WarnOneWay, "signed in with " + was.Service + " before, by a name that the server did not show: move the account by hand"}}
	default:
		p.steps = append(p.steps, Step{Kind: MigrateAuth, Was: p.user.Auth, Auth: was})
	}
	return nil
}

// signsInNow returns how the person signs in. Where the server hides the data,
// what syncd wrote last counts; of a move whose outcome nobody heard, that the
// service changed.
func (u *undoing) signsInNow(p *person, d *Deed) Auth {
	now := p.user.Auth
	switch {
	case !u.in.Facts.AuthDataHidden || now.Service == AuthEmail:
	case d.Outcome != Done && now.Service == d.Step.Auth.Service && now.Service != d.Step.Was.Service:
		return d.Step.Auth
	default:
		now.Data = p.link.AuthData
	}
	return now
}

// patchBack gives the fields their old values that still have those of the run.
func (u *undoing) patchBack(p *person, t tale) []Note {
	var notes []Note
	s := Step{Kind: Patch, From: p.user.Profile, To: p.user.Profile}
	locked := u.in.Facts.Locked[p.serviceThen()]
	for f := range numFields {
		tr, written := t.trace(f)
		have := Canonical(f, p.user.Profile[f])
		switch {
		case !written, have == tr.before:
		case !slices.Contains(tr.after, have):
			if tr.sure {
				p.hold(HoldChanged, "%s is no longer what the run wrote", f)
			}
		case locked.Has(f) && !u.in.around(p, f):
			notes = append(notes, Note{p.key, p.user.Profile[Username], f, WarnLocked, "the person signs in with " + p.serviceThen()})
		case f == Email && u.in.Facts.ConfirmsEmail && waits(u.in.Now, *p.link, tr.before):
			notes = append(notes, Note{p.key, p.user.Profile[Username], f, HoldUnconfirmed, "asked for on " + p.link.AskedEmailAt.Format(time.DateOnly)})
		default:
			s.Set |= SetOf(f)
			s.To[f] = tr.before
		}
	}
	switch {
	case s.Set&locked != 0:
		p.steps = append(p.steps, u.in.detour(p, Auth{Service: AuthEmail}, s)...)
	case s.Set != 0:
		p.steps = append(p.steps, s)
	}
	return notes
}

// serviceThen returns what the person signs in with after the steps so far.
func (p *person) serviceThen() string {
	then := ""
	if p.user != nil {
		then = p.user.Auth.Service
	}
	for _, s := range p.steps {
		if s.Kind == MigrateAuth || s.Kind == Create {
			then = s.Auth.Service
		}
	}
	return then
}

// oneWay lists what the run did and no call takes back.
func oneWay(p *person, t tale) []Note {
	var notes []Note
	for _, d := range t {
		if why := d.oneWay(p); why != "" {
			notes = append(notes, Note{p.key, p.username(), 0, WarnOneWay, why})
		}
	}
	return notes
}

// username returns the user name of the account, or the key where there is no
// account.
func (p *person) username() string {
	if p.user == nil {
		return string(p.key)
	}
	return p.user.Profile[Username]
}

func (d *Deed) oneWay(p *person) string {
	asked := p.link.AskedEmail
	switch {
	case d.Outcome == Done && d.Step.Kind == Adopt:
		return "the account stays linked: name it under protect: if syncd is to leave it alone"
	case d.Outcome == Done && d.Step.ResetMFA:
		return "the second factor was reset: the person sets up a new one"
	case d.Outcome == Done && d.Step.Lost != "" && d.Step.Lost != p.user.Roles:
		return "the server took the roles " + d.Step.Lost + " when it made the person a guest: give them back by hand"
	case d.Step.Kind == SetPicture && (!d.begun() || d.Outcome == Held):
	case d.Step.Kind == SetPicture && d.Step.Picture.Digest == NoPicture:
		return "the picture was removed, and syncd keeps none: the next picture of the record is uploaded again"
	case d.Step.Kind == SetPicture:
		return "the picture was uploaded, and syncd keeps no older one: set it by hand"
	case d.Outcome == Done && d.Step.Kind == Revoke:
		return "sessions were ended: nothing to do, people sign in again"
	case d.Outcome == Held && d.Step.Set.Has(Email) && asked != "" && asked == Canonical(Email, d.Step.To[Email]):
		return "the new e-mail was asked for and can still be confirmed: ask its owner not to"
	}
	return ""
}
