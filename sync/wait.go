package sync

import (
	"cmp"
	"slices"
	"strings"
)

// The waves of steps that wait for nobody. Seats are freed before they are
// taken.
const (
	waveLeave = 0
	waveStay  = 1
)

// A turn is one person's place among those who wait for names.
type turn struct {
	person  *person
	on      []*turn // those who must free a name first
	waiting []*turn // those who wait for this one
	open    int     // how many of on have not freed theirs
	wave    int     // in which this one takes the new name
	over    bool    // the wave is final
	freed   FieldSet
}

// A line is everybody who wants a name, by key.
type line []*turn

// queue lines up everybody who wants a name and is not held.
func queue(r *registry) line {
	turns := make(map[int32]*turn)
	at := func(i int32) *turn {
		if turns[i] == nil {
			turns[i] = &turn{person: &r.people[i], wave: waveStay}
		}
		return turns[i]
	}
	for _, t := range r.ties() {
		i := r.wanted[t][0]
		if r.people[i].reason != ReasonNone {
			continue
		}
		me, u := at(i), r.holder[t]
		if u == nil || u == me.person.user {
			continue
		}
		first := at(r.owner[u])
		first.freed |= SetOf(t.field)
		first.waiting = append(first.waiting, me)
		me.on = append(me.on, first)
		me.open++
	}
	l := make(line, 0, len(turns))
	for _, t := range turns {
		l = append(l, t)
	}
	slices.SortFunc(l, func(a, b *turn) int { return cmp.Compare(a.person.key, b.person.key) })
	return l
}

// run gives everybody the wave after those they wait for.
func (l line) run() {
	var ready []*turn
	for _, t := range l {
		if t.open == 0 {
			ready = append(ready, t)
		}
	}
	settleWaves(ready)
	for _, t := range l {
		for !t.over { // it waits in a circle, or behind one
			c := t.circle()
			c.stepAside()
			settleWaves(c.free(waveStay))
		}
	}
	for _, t := range l {
		t.setWaves()
	}
}

// settleWaves makes the waves of those who wait for nobody final, and then of
// those who waited for them.
func settleWaves(ready []*turn) {
	for len(ready) > 0 {
		t := ready[0]
		t.over = true
		ready = append(ready[1:], t.free(t.wave)...)
	}
}

// free tells those who wait that the name is free after the wave, and returns
// whoever need not wait any longer.
func (t *turn) free(wave int) []*turn {
	var ready []*turn
	for _, w := range t.waiting {
		w.wave = max(w.wave, wave+1)
		if w.open--; w.open == 0 {
			ready = append(ready, w)
		}
	}
	t.waiting = nil
	return ready
}

// circle follows who waits for whom until somebody comes up again, and returns
// the one of the circle with the smallest key.
func (t *turn) circle() *turn {
	seen := make(map[*turn]bool)
	for !seen[t] {
		seen[t] = true
		t = t.blocker()
	}
	least := t
	for c := t.blocker(); c != t; c = c.blocker() {
		if c.person.key < least.person.key {
			least = c
		}
	}
	return least
}

// blocker returns the first whom t waits for and who neither stepped aside nor
// has a final wave.
func (t *turn) blocker() *turn {
	for _, o := range t.on {
		if !o.over && o.waiting != nil {
			return o
		}
	}
	return nil // cannot happen while t.open > 0
}

// stepAside puts a step in front that moves the account to temporary values,
// so that others can have what it holds.
func (t *turn) stepAside() {
	p := t.person
	i := slices.IndexFunc(p.steps, func(s Step) bool { return s.Kind == Patch })
	aside := Step{Kind: Patch, Set: t.freed, From: p.user.Profile, To: p.user.Profile, Wave: waveStay}
	for f := range t.freed.All() {
		aside.To[f] = tempValue(f, p.user, p.steps[i].To[f])
		p.steps[i].From[f] = aside.To[f]
	}
	p.steps = slices.Insert(p.steps, i, aside)
}

// Aside returns the step that moved the account to temporary values, and
// whether the change has come just that far when so many steps are done: the
// step that gives it the final ones is next.
func (c Change) Aside(done int) (Step, bool) {
	if done < 1 || done >= len(c.Steps) {
		return Step{}, false
	}
	aside, next := c.Steps[done-1], c.Steps[done]
	if aside.Kind != Patch || next.Kind != Patch {
		return Step{}, false
	}
	for f := range aside.Set.All() {
		if aside.To[f] != tempValue(f, &c.User, next.To[f]) {
			return Step{}, false
		}
	}
	return aside, true
}

// tempValue returns a user name or e-mail that only this account can want. The
// e-mail keeps the domain, which the server may insist on.
func tempValue(f Field, u *User, wanted string) string {
	name := "syncd-swap-" + u.ID
	if f == Username {
		return name
	}
	if at := strings.LastIndexByte(wanted, '@'); at >= 0 {
		return name + wanted[at:]
	}
	return name + "@localhost"
}

// setWaves gives the last step that writes names its wave, and those behind it
// the same.
func (t *turn) setWaves() {
	steps := t.person.steps
	for i := len(steps) - 1; i >= 0; i-- {
		steps[i].Wave = t.wave
		if steps[i].Kind == Patch || steps[i].Kind == Create {
			if i > 0 && steps[i-1].Way == WayOut { // nobody is on a detour for longer than it takes
				steps[i-1].Wave = t.wave
			}
			return
		}
	}
}
