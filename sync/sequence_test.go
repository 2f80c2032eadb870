package sync

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSequences: over random sequences of runs, reads that fail, records that
// change, administrators at work and days that pass, nobody who is there and
// enabled is deactivated, no budget of a day is broken, nothing protected
// changes; and once all is quiet again, finitely many runs come to an end.
func TestSequences(t *testing.T) { t.Run("", rapid.MakeCheck(sequence)) }

// A chronicle is a world in which time passes, and what runs did in it.
type chronicle struct {
	*world
	guard Guard
	done  []deed
}

type deed struct {
	at   time.Time
	key  Key
	sort Sort
}

func sequence(t *rapid.T) {
	c := &chronicle{world: drawSome(t, false)}
	c.in.Facts.ConfirmsEmail = false // a new e-mail is asked for for ever
	c.guard.Limits = Limits{
		Create: drawLimit(t), Deactivate: drawLimit(t), Absent: drawLimit(t), Reactivate: drawLimit(t), Patch: drawLimit(t),
		Username: drawLimit(t), Email: drawLimit(t), MigrateAuth: drawLimit(t), Revoke: drawLimit(t),
		Shrink: Limit{Percent: -1, Count: -1}, Empty: Limit{Percent: -1, Count: -1},
	}
	for range rapid.IntRange(3, 12).Draw(t, "runs") {
		c.happens(t)
		c.run(t)
		c.in.Now = c.in.Now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "hours")) * time.Hour)
	}
	c.guard.Limits = Limits{}
	for range 14 {
		p := NewPlan(c.input())
		if len(p.Changes) == 0 && len(p.Pending) == 0 {
			return
		}
		_ = c.apply(p, func() bool { return false })
		c.in.Now = c.in.Now.Add(25 * time.Hour)
	}
	t.Fatalf("still due after all is quiet:\n%s", printPlan(NewPlan(c.input())))
}

func drawLimit(t *rapid.T) Limit {
	return Limit{Percent: -1, Count: rapid.SampledFrom([]int{-1, 0, 1, 2}).Draw(t, "count"), Floor: rapid.IntRange(0, 1).Draw(t, "floor"), Day: float64(rapid.IntRange(1, 2).Draw(t, "day"))}
}

// happens changes the directory, and lets an administrator do something.
func (c *chronicle) happens(t *rapid.T) {
	for i := range 7 {
		if k := Key(fmt.Sprint("ad:", i)); rapid.IntRange(0, 2).Draw(t, "moves on") == 0 {
			c.said.Identities = slices.DeleteFunc(slices.Clone(c.said.Identities), func(id Identity) bool { return id.Key == k })
			c.said.Rejects = slices.DeleteFunc(slices.Clone(c.said.Rejects), func(r Reject) bool { return r.Key == k })
			c.drawRecord(t, k, i)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "policy changes") == 0 {
		c.in.Policy = drawPolicy(t)
	}
	for id, u := range c.users {
		if rapid.IntRange(0, 9).Draw(t, "by hand") == 0 {
			u.Active = !u.Active
			c.users[id] = u
		}
	}
}

// run makes one run, of which parts may fail, unless the source fails.
func (c *chronicle) run(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "the source fails") == 0 {
		return // without a snapshot there is no plan
	}
	in := c.input()
	p := NewPlan(in)
	c.guard.Spent = c.spent()
	if len(c.guard.Check(p).Refusals()) > 0 {
		return
	}
	enabled := make(map[Key]bool)
	for _, id := range c.said.Identities {
		enabled[id.Key] = enabled[id.Key] || id.Status == Enabled
	}
	before := make(map[string]User)
	for id, u := range c.users {
		before[id] = u
	}
	_ = c.apply(p, func() bool { return rapid.IntRange(0, 5).Draw(t, "lost") == 0 })
	for _, change := range p.Changes {
		for s, yes := range change.sorts() {
			if yes { // what is lost counts too: nobody knows
				c.done = append(c.done, deed{c.in.Now, change.Link.Key, Sort(s)})
			}
		}
		if old, now := before[change.User.ID], c.users[change.User.ID]; old.Active && !now.Active && enabled[change.Link.Key] {
			t.Fatalf("%s is there and enabled, and is deactivated:\n%s", change.Link.Key, printPlan(p))
		}
	}
	for id, old := range before {
		if now := c.users[id]; now != old && (old.Bot || id == c.in.Facts.Self || slices.ContainsFunc(in.Policy.Protect, func(x Pattern) bool { return x.Match(old) })) {
			t.Fatalf("%s is protected and changed:\n%s", id, printPlan(p))
		}
	}
	c.checkBudgets(t, p)
}

// spent counts people by sort, each once, in the last 24 hours.
func (c *chronicle) spent() Tally {
	var n Tally
	seen := make(map[deed]bool)
	for _, d := range c.done {
		one := deed{key: d.key, sort: d.sort}
		if c.in.Now.Sub(d.at) < 24*time.Hour && !seen[one] {
			seen[one] = true
			n[d.sort]++
		}
	}
	return n
}

// checkBudgets counts anew, without the guard.
func (c *chronicle) checkBudgets(t *rapid.T, p Plan) {
	planned := p.tally()
	for s, n := range c.spent() {
		l := c.guard.Limits.of(Sort(s))
		if planned[s] == 0 || l.Count < 0 {
			continue
		}
		if most := int(l.Day * float64(max(l.Count, l.Floor))); n > most {
			t.Fatalf("%d times %s within 24 hours, and the budget is %d", n, Sort(s), most)
		}
	}
}
