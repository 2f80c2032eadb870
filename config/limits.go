package config

import (
	"strconv"

	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/sync"
)

// unlimited is what a limit's part says when it is not checked, and none the
// word for it.
const (
	unlimited = -1
	none      = "none"
)

func defaultLimits() sync.Limits {
	return sync.Limits{
		Create:      sync.Limit{Percent: unlimited, Count: 100, Day: 2},
		Deactivate:  sync.Limit{Percent: 10, Count: 50, Floor: 3, Day: 2},
		Absent:      sync.Limit{Percent: unlimited, Count: unlimited, Day: 2},
		Reactivate:  sync.Limit{Percent: 10, Count: unlimited, Floor: 3, Day: 2},
		Patch:       sync.Limit{Percent: unlimited, Count: unlimited, Day: 2},
		Username:    sync.Limit{Percent: 20, Count: unlimited, Floor: 3, Day: 2},
		Email:       sync.Limit{Percent: 20, Count: unlimited, Floor: 3, Day: 2},
		MigrateAuth: sync.Limit{Percent: unlimited, Count: 0, Day: 2},
		Revoke:      sync.Limit{Percent: 20, Count: unlimited, Floor: 3, Day: 2},
		Erase:       sync.Limit{Percent: unlimited, Count: 0, Day: 2},
		Role:        sync.Limit{Percent: 10, Count: 10, Floor: 2, Day: 2},
		Picture:     sync.Limit{Percent: 20, Count: unlimited, Floor: 3, Day: 2},
		Shrink:      sync.Limit{Percent: 10, Count: unlimited, Floor: 3},
		Empty:       sync.Limit{Percent: unlimited, Count: 0},
	}
}

func readLimits(o *object, l *sync.Limits) {
	for _, spent := range []struct {
		sort    sync.Sort
		into    *sync.Limit
		meaning string
	}{
		{sync.SortCreate, &l.Create, "new accounts, of the managed ones"},
		{sync.SortDeactivate, &l.Deactivate, "people who leave: deactivated, or signed out until they are; of the managed accounts"},
		{sync.SortAbsent, &l.Absent, "those of them who leave because no source has them"},
		{sync.SortReactivate, &l.Reactivate, "accounts brought back, of the managed ones"},
		{sync.SortPatch, &l.Patch, "accounts with a changed field, of the managed ones"},
		{sync.SortUsername, &l.Username, "user names changed, of the managed ones"},
		{sync.SortEmail, &l.Email, "e-mails changed, of the managed ones"},
		{sync.SortAuth, &l.MigrateAuth, "accounts that change the way they sign in"},
		{sync.SortRevoke, &l.Revoke, "people who stay and must sign in again"},
		{sync.SortErase, &l.Erase, "accounts deleted for good"},
		{sync.SortRole, &l.Role, "people whose role changes, and new administrators; of the managed accounts"},
		{sync.SortPicture, &l.Picture, "people who lose the picture that syncd uploaded"},
	} {
		o.spent(spent.sort.String(), spent.into, spent.meaning)
	}
	o.limit("shrink", &l.Shrink, "people whom a source lost since the last good run")
	o.limit("empty", &l.Empty, "people whom a source had that has nobody at all now")
}

// spent reads a limit with its budget of a day.
func (o *object) spent(key string, into *sync.Limit, meaning string) {
	o.object(key, meaning, func(o *object) {
		o.parts(into)
		o.number("per_24h", &into.Day, span{0, 1000}, "how often the limit may be used up in any 24 hours, all runs together; 0: no budget")
	})
}

// limit reads the three parts of a limit.
func (o *object) limit(key string, into *sync.Limit, meaning string) {
	o.object(key, meaning, func(o *object) { o.parts(into) })
}

func (o *object) parts(into *sync.Limit) {
	count := float64(into.Count)
	o.bound("percent", &into.Percent, 100, "the largest share; none: no share is checked")
	o.bound("count", &count, 10_000_000, "the largest number; none: no number is checked")
	if count != float64(int(count)) {
		o.fault("count", "this is a number, want a whole number", "")
	}
	into.Count = int(count)
	o.whole("floor", &into.Floor, span{0, 1_000_000}, "so many are always allowed")
}

// bound reads a number from zero to most, or none.
func (o *object) bound(key string, into *float64, most float64, meaning string) {
	k := Key{Type: "number or none", Default: none, Meaning: meaning}
	if *into != unlimited {
		k.Default = formatNumber(*into)
	}
	n := o.scalar(key, "a number or none", k)
	switch {
	case n == nil:
	case n.Value == none:
		*into = unlimited
	default:
		o.parseBound(key, n, into, most)
	}
}

func (o *object) parseBound(key string, n *yaml.Node, into *float64, most float64) {
	v, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || n.Tag != "!!int" && n.Tag != "!!float" {
		o.fault(key, is(n)+", want a number or none", "such as 10, without a percent sign")
		return
	}
	if o.within(key, v, span{0, most}) {
		*into = v
	}
}
