package sync

import (
	"slices"
	"strings"
)

// A Way is a step's part in a detour. Servers refuse some things for the sign-in
// that an account has: to rename it, or to bring it back. A detour gives it
// another sign-in for a moment. Sessions live on; who has none cannot sign in
// until the way back is made.
type Way uint8

// The ways.
const (
	WayNone Way = iota
	WayOut      // to a sign-in for which the server allows the step
	WayBack     // to the one from before
)

var wayNames = []string{"", "out", "back"}

// String returns the name that plan files and the journal use.
func (w Way) String() string { return nameOf(wayNames, w) }

// MarshalText implements [encoding.TextMarshaler].
func (w Way) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// WayNone.
func (w *Way) UnmarshalText(text []byte) error {
	*w, _ = parseName[Way](wayNames, string(text))
	return nil
}

// Detours say which of them may be planned.
type Detours struct {
	Rename bool // people whose names the server locks, by way of e-mail and a password that nobody knows
	Return bool // accounts that it does not activate again, by way of another service
}

// authReturn is the service by way of which accounts come back.
const authReturn = "saml"

// debt returns the sign-in as a link remembers that it is owed.
func (a Auth) debt() string { return a.Service + ":" + a.Data }

// Owed returns the sign-in that the account must get back, because a detour was
// begun and not ended, and whether there is one.
func (l Link) Owed() (Auth, bool) {
	service, data, ok := strings.Cut(l.Owes, ":")
	return Auth{Service: service, Data: data}, ok
}

// home returns the sign-in that the account has now, and whether it can be given
// back: of one whose data nobody knows, it cannot.
func (in brief) home(p *person) (Auth, bool) {
	a := p.user.Auth
	if a.Service == AuthEmail || in.Facts.Masters[a.Service] {
		return a, false // the server's own sync would undo what is done on the way
	}
	if in.Facts.AuthDataHidden {
		a.Data = p.link.AuthData
		if id := p.identity; a.Data == "" && id != nil && id.When != AuthNever && id.Auth.Service == a.Service {
			a.Data = id.Auth.Data
		}
	}
	return a, a.Data != ""
}

// around reports whether a locked field can be changed on a detour. An account
// that moves or gets its sign-in back in this run waits for the next.
func (in brief) around(p *person, f Field) bool {
	if !in.Policy.Detours.Rename || f == Email && in.Facts.ConfirmsEmail || p.due(MigrateAuth) || in.moves(p) {
		return false
	}
	_, ok := in.home(p)
	return ok
}

// detour returns the steps with a way out before them and a way back behind.
func (in brief) detour(p *person, out Auth, steps ...Step) []Step {
	home, _ := in.home(p)
	first := Step{Kind: MigrateAuth, Way: WayOut, Was: home, Auth: out}
	last := Step{Kind: MigrateAuth, Way: WayBack, Was: out, Auth: home}
	return append(append([]Step{first}, steps...), last)
}

// returnAround brings back an account that the server does not activate, if a
// detour leads there.
func (in brief) returnAround(p *person, back Step) bool {
	home, ok := in.home(p)
	if !ok || !in.Policy.Detours.Return || home.Service == authReturn {
		return false
	}
	p.steps = append(p.steps, in.detour(p, Auth{authReturn, home.Data}, back)...)
	return true
}

// giveBack ends a detour that an earlier run began. Whoever moved the account
// elsewhere meanwhile knows better.
func giveBack(in brief, p *person) {
	owed, ok := p.link.Owed()
	if !ok {
		return
	}
	have := p.user.Auth
	same := func(a Auth) bool {
		return have.Service == a.Service && (in.Facts.AuthDataHidden || have.Data == a.Data)
	}
	stale := in.Facts.AuthDataHidden && p.moved // such servers go on showing what was there before
	switch {
	case same(owed) && !stale, have.Service != AuthEmail && !same(owed) && !same(Auth{authReturn, owed.Data}):
		p.own().Owes = ""
	default:
		p.steps = append(p.steps, Step{Kind: MigrateAuth, Way: WayBack, Was: have, Auth: owed})
	}
}

// payDebt ends a detour of somebody to whom nothing else happens, whatever stands
// against the rest: it needs nothing from the source, and without it the person
// cannot sign in. They are held or pending again when it is done.
func payDebt(in brief, p *person) {
	_, owes := p.link.Owed()
	if !owes || p.user == nil || !p.user.Active || in.Policy.AdoptOnly || untouchable(in, p.user) != "" || p.due(Deactivate) || p.due(MigrateAuth) {
		return
	}
	was := p.steps
	p.steps = nil
	giveBack(in, p)
	if len(p.steps) == 0 {
		p.steps = was
		return
	}
	if p.reason == ReasonNone && p.pending == nil {
		p.steps = append(was, p.steps...)
		return
	}
	p.identity, p.reason, p.pending = nil, ReasonNone, nil // what is said of the person is not looked at
	if p.was != nil {
		owes := *p.was
		p.link = &owes
	}
}

// Moves reports whether the person signs in another way afterwards.
func (c Change) Moves() bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Kind == MigrateAuth && s.Way == WayNone })
}

// Detour returns where the detour begins and ends on which the change is when so
// many steps are done: the way back is one of those that are left.
func (c Change) Detour(done int) (out, back int, ok bool) {
	for i := range min(done, len(c.Steps)) {
		switch c.Steps[i].Way {
		case WayOut:
			out, ok = i, true
		case WayBack:
			ok = false
		}
	}
	for back = done; ok && back < len(c.Steps); back++ {
		if c.Steps[back].Way == WayBack {
			return out, back, true
		}
	}
	return 0, 0, false
}

// wayRound says why no detour leads to what the server refuses.
func (in brief) wayRound(p *person) string {
	switch _, ok := in.home(p); {
	case in.Facts.Masters[p.user.Auth.Service]:
		return ": it does so itself, when its own directory says so"
	case !in.Policy.Detours.Return:
		return ": mattermost.reactivate_ldap would take another way"
	case !ok:
		return ", and does not show by what name they sign in: no way back is known"
	}
	return ""
}
