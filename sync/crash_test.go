package sync

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCrashProperties(t *testing.T) {
	t.Run("a_crash_loses_nothing", rapid.MakeCheck(crashLosesNothing))
	t.Run("a_crash_repeats_nothing", rapid.MakeCheck(crashRepeatsNothing))
	t.Run("the_order_of_intents_does_not_matter", rapid.MakeCheck(intentsInAnyOrder))
}

func FuzzCrash(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		crashLosesNothing(t)
		crashRepeatsNothing(t)
		intentsInAnyOrder(t)
	}))
}

// settled is after how many runs nothing is due any more.
const settled = 10

// Promise 7, where nothing changes but what the runs do: whatever part of a
// run took effect before it died, the runs after it come to the same end as if
// it had not died.
func crashLosesNothing(t *rapid.T) {
	lucky := drawVoyage(t)
	lucky.dropTwins()
	unlucky := lucky.clone()
	begin := lucky.describe()
	for range settled {
		lucky.run()
	}
	var story strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "crashes") {
		fmt.Fprintf(&story, "\n%s%s", printPlan(unlucky.die(t)), unlucky.describe())
	}
	var p Plan
	for range settled {
		p = unlucky.run()
	}
	if diff := gocmp.Diff(lucky.describe(), unlucky.describe()); diff != "" {
		t.Fatalf("another end (-lucky +unlucky):\n%s\nbegin\n%s\nruns that died%s\nlast plan\n%s", diff, begin, &story, printPlan(p))
	}
	unlucky.checkMade(t, p)
}

// Promise 7, where the directory moves on between runs that die: nobody gets
// two accounts, and no account that syncd made is forgotten.
func crashRepeatsNothing(t *rapid.T) {
	v := drawVoyage(t)
	var story strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "crashes") {
		fmt.Fprintf(&story, "\n%s%s", printPlan(v.die(t)), v.describe())
		v.moveOn(t)
	}
	var p Plan
	for range settled {
		p = v.run()
	}
	defer func() {
		if t.Failed() {
			t.Logf("runs that died%s\nthe end\n%s%s", &story, printPlan(p), v.describe())
		}
	}()
	v.checkMade(t, p)
}

// Property 1 for what dead runs leave behind.
func intentsInAnyOrder(t *rapid.T) {
	v := drawVoyage(t)
	for range rapid.IntRange(1, 3).Draw(t, "crashes") {
		v.die(t)
		v.moveOn(t)
	}
	in := v.look()
	before := NewPlan(in)
	shuffle(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), in.Open)
	if after := NewPlan(in); planText(t, before) != planText(t, after) {
		t.Fatalf("got another plan after a shuffle:\n%s\nwant\n%s", printPlan(after), printPlan(before))
	}
}

// A voyage is a world in which runs may die, and what they leave behind.
type voyage struct {
	*world
	open []Intent
	made map[string]Key // for whom syncd made which account
}

// drawVoyage makes a world whose end does not depend on who comes first: no
// seat is missing, no administrator is the last one, no e-mail waits for its
// owner, and no name is locked until a sign-in has moved.
func drawVoyage(t *rapid.T) *voyage {
	w := drawSome(t, false)
	w.in.Facts.ConfirmsEmail, w.in.Facts.SeatLimit, w.in.Policy.KeepAdmins = false, 0, 0
	w.in.Facts.Locked = nil
	return &voyage{world: w, made: make(map[string]Key)}
}

// dropTwins leaves only the first of those who state the same name or sign-in:
// with two of them it does matter who comes first.
func (v *voyage) dropTwins() {
	owner := make(map[string]Key)
	stated := func(id Identity) []string {
		return []string{"user " + Canonical(Username, id.Profile[Username]), Canonical(Email, id.Profile[Email]), "auth " + id.Auth.Data}
	}
	v.said.Identities = slices.DeleteFunc(v.said.Identities, func(id Identity) bool {
		for _, value := range stated(id) {
			if k, ok := owner[value]; ok && k != id.Key && value != "auth " {
				return true
			}
		}
		for _, value := range stated(id) {
			owner[value] = id.Key
		}
		return false
	})
}

func (v *voyage) clone() *voyage {
	w := *v.world
	w.users, w.links = maps.Clone(v.users), maps.Clone(v.links)
	return &voyage{world: &w, made: make(map[string]Key)}
}

// moveOn changes the records of some people.
func (v *voyage) moveOn(t *rapid.T) {
	for i := range 7 {
		if k := Key(fmt.Sprint("ad:", i)); rapid.Bool().Draw(t, "moves on") {
			s := &v.said
			s.Identities = slices.DeleteFunc(slices.Clone(s.Identities), func(id Identity) bool { return id.Key == k })
			s.Rejects = slices.DeleteFunc(slices.Clone(s.Rejects), func(r Reject) bool { return r.Key == k })
			v.drawRecord(t, k, i)
		}
	}
}

// look reads the world as the command does: those who are linked, then whoever
// the second query asks for.
func (v *voyage) look() Input {
	in := v.input()
	server := in.Users
	in.Open = slices.Clone(v.open)
	in.Users = find(server, LinkedQuery(in.Links))
	in.Users = Merge(in.Users, find(server, WantedQuery(in.Roster, in.Users, in.Links, in.Open)))
	return in
}

// run is a run that does not die.
func (v *voyage) run() Plan {
	p := NewPlan(v.look())
	_ = v.apply(p, func() bool { return false })
	for _, c := range p.Changes {
		if l, ok := v.links[c.Link.Key]; ok && c.Has(Create) {
			v.made[l.UserID] = l.Key
		}
	}
	v.settleOpen(p)
	v.in.Now = v.in.Now.Add(25 * time.Hour)
	return p
}

// settleOpen forgets what earlier runs left open, as the state does when a run
// went all the way: a creation stays open while the account may be there
// without a link, and a role while somebody is held.
func (v *voyage) settleOpen(p Plan) {
	unsettled := make(map[Key]bool)
	for _, h := range p.Held {
		unsettled[h.Change.Link.Key] = true
	}
	for _, c := range p.Changes {
		unsettled[c.Link.Key] = true // or else there is a link now
	}
	v.open = slices.DeleteFunc(v.open, func(o Intent) bool {
		_, linked := v.links[o.Key]
		if o.Kind == SetRole {
			return !unsettled[o.Key]
		}
		return o.Kind != Create || linked || p.Illegible == 0 && !unsettled[o.Key]
	})
}

// die is a run that dies in one of its waves: those before it took effect, any
// part of this one did, and any part of what was done was written down.
func (v *voyage) die(t *rapid.T) Plan {
	p := NewPlan(v.look())
	for _, l := range p.Adoptions(v.in.Now) {
		v.remember(l)
	}
	last := rapid.IntRange(0, 4).Draw(t, "last wave")
	steps := make([]Result, len(p.Changes))
	for i, c := range p.Changes {
		steps[i] = Result{Change: c, Outcome: Done, User: c.User}
	}
	for wave := range last + 1 {
		for i := range steps {
			lost := func() bool { return wave == last && rapid.IntRange(0, 2).Draw(t, "lost") == 0 }
			v.advance(&steps[i], wave, lost)
		}
	}
	for _, r := range steps {
		if r.Outcome == Done && r.Done == len(r.Change.Steps) && rapid.Bool().Draw(t, "written down") {
			l, _ := r.LinkAfter(v.in.Now)
			v.remember(l)
		} else {
			v.leaveOpen(r.Change)
		}
	}
	v.in.Now = v.in.Now.Add(time.Hour)
	return p
}

// advance makes the steps that somebody has in the wave, until one is lost or
// refused.
func (v *voyage) advance(r *Result, wave int, lost func() bool) {
	for r.Outcome == Done && r.Done < len(r.Change.Steps) && r.Change.Steps[r.Done].Wave == wave {
		s := r.Change.Steps[r.Done]
		if lost() || v.step(r, s) != nil {
			r.Outcome = Failed
			return
		}
		if s.Kind == Create {
			v.made[r.User.ID] = r.Change.Link.Key
		}
		r.Done++
	}
}

// leaveOpen leaves what was intended and what nobody heard of. The same
// creation is kept once.
func (v *voyage) leaveOpen(c Change) {
	for _, s := range c.Steps {
		o := Intent{Key: c.Link.Key, UserID: c.User.ID, Kind: s.Kind, Cause: s.Cause, At: v.in.Now}
		if s.Kind == Create {
			o.To, o.Auth = s.To, s.Auth
			again := func(old Intent) bool {
				return old.Kind == Create && old.Key == o.Key && old.To == o.To && old.Auth == o.Auth
			}
			if slices.ContainsFunc(v.open, again) {
				continue
			}
		}
		v.open = append(v.open, o)
	}
}

// describe says who is there and who is linked to whom. An account that syncd
// made is known by its names.
func (v *voyage) describe() string {
	var b strings.Builder
	for _, u := range slices.SortedFunc(maps.Values(v.users), func(a, b User) int {
		return cmp.Compare(a.Profile[Username], b.Profile[Username])
	}) {
		id, key := u.ID, "not linked"
		if v.made[id] != "" {
			id = "made"
		}
		for _, l := range v.links {
			if l.UserID == u.ID {
				key = string(l.Key)
			}
		}
		fmt.Fprintf(&b, "%s %q active=%t %s %s:%s %s\n", id, u.Profile, u.Active, u.Role(), u.Auth.Service, u.Auth.Data, key)
	}
	return b.String()
}

// checkMade checks that everybody for whom syncd made an account has that one
// and no other. Somebody who is held may wait for theirs, as long as it is
// known that it was asked for; to link it is never against the policy.
func (v *voyage) checkMade(t *rapid.T, p Plan) {
	waits := make(map[Key]bool)
	for _, h := range p.Held {
		k := h.Change.Link.Key
		asked := func(o Intent) bool { return o.Kind == Create && o.Key == k }
		waits[k] = h.Reason != HoldPolicy && slices.ContainsFunc(v.open, asked)
	}
	goesOn := make(map[string]Key) // under which key
	for k, l := range v.links {
		goesOn[l.UserID] = k
	}
	owner := make(map[Key]string)
	for _, id := range slices.Sorted(maps.Keys(v.made)) {
		k := v.made[id]
		if other, ok := goesOn[id]; ok && other != k && v.in.Policy.Adopt.Has(Email) {
			continue // somebody with the same names was given the account
		}
		if owner[k] != "" {
			t.Errorf("%s has two accounts, %s and %s", k, owner[k], id)
		}
		owner[k] = id
		if l := v.links[k]; l.UserID != id && v.users[id].Active && !waits[k] {
			t.Errorf("@%s, made for %s, is forgotten and active; %s has %q", v.users[id].Profile[Username], k, k, l.UserID)
		}
	}
}
