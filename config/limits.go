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
		Create:      sync.Limit{Percent: unlimited, Count: 100},
		Deactivate:  sync.Limit{Percent: 10, Count: 50, Floor: 3},
		Reactivate:  sync.Limit{Percent: 10, Count: unlimited, Floor: 3},
		Username:    sync.Limit{Percent: 20, Count: unlimited, Floor: 3},
		Email:       sync.Limit{Percent: 20, Count: unlimited, Floor: 3},
		MigrateAuth: sync.Limit{Percent: unlimited, Count: 0},
		Shrink:      sync.Limit{Percent: 10, Count: unlimited, Floor: 3},
		Empty:       sync.Limit{Percent: unlimited, Count: 0},
	}
}

func readLimits(o *object, l *sync.Limits) {
	o.limit("create", &l.Create, "new accounts, of the managed ones")
	o.limit("deactivate", &l.Deactivate, "accounts deactivated, of the managed ones")
	o.limit("reactivate", &l.Reactivate, "accounts brought back, of the managed ones")
	o.limit("change_username", &l.Username, "user names changed, of the managed ones")
	o.limit("change_email", &l.Email, "e-mails changed, of the managed ones")
	o.limit("migrate_auth", &l.MigrateAuth, "accounts that change the way they sign in")
	o.limit("shrink", &l.Shrink, "people whom a source lost since the last good run")
	o.limit("empty", &l.Empty, "people whom a source had that has nobody at all now")
}

// limit reads the three parts of a limit.
func (o *object) limit(key string, into *sync.Limit, meaning string) {
	o.object(key, meaning, func(o *object) {
		count := float64(into.Count)
		o.bound("percent", &into.Percent, 100, "the largest share; none: no share is checked")
		o.bound("count", &count, 10_000_000, "the largest number; none: no number is checked")
		if count != float64(int(count)) {
			o.fault("count", "this is a number, want a whole number", "")
		}
		into.Count = int(count)
		o.whole("floor", &into.Floor, span{0, 1_000_000}, "so many are always allowed")
	})
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
