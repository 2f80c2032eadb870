package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// A bounds is how much is taken of one attribute of one entry.
type bounds struct {
	values  int // of a person
	members int // of a group
	ranges  int // in which a server sends them
}

// defaultBounds returns bounds that no directory in its senses meets. Active
// Directory sends 1,500 values at a time.
func defaultBounds() bounds { return bounds{values: 100_000, members: 2_000_000, ranges: 10_000} }

// An excess is an attribute with more values than are taken. For a person it is
// a reject, for a group it ends the read.
type excess struct {
	attribute string
	most      int
}

// Error says which attribute it is.
func (e *excess) Error() string {
	return fmt.Sprintf("attribute %s has more than %d values", e.attribute, e.most)
}

// A part is which of the values of an attribute came.
type part struct {
	first int
	last  bool // the last value is among them
}

// cutRange splits the name of an attribute as Active Directory sends those of
// many values: member;range=0-1499, then member;range=1500-2999, and at the end
// member;range=3000-*. The base is in small letters.
func cutRange(name string) (base string, p part, err error) {
	base, option, found := strings.Cut(strings.ToLower(name), ";range=")
	if !found {
		return base, part{last: true}, nil
	}
	first, last, ok := strings.Cut(option, "-")
	from, err := strconv.ParseUint(first, 10, 31)
	if err == nil && last != "*" {
		_, err = strconv.ParseUint(last, 10, 31)
	}
	if !ok || err != nil {
		return base, part{}, fmt.Errorf("attribute %s: the server sent a range of its values that is none", base)
	}
	return base, part{first: int(from), last: last == "*"}, nil
}

// A torn is an entry of which the server gave only a range of the values of
// some attributes, as Active Directory does beyond 1,500.
type torn struct {
	dn     string
	record sources.Record
	next   map[string]int // first value that is missing, by attribute
	shot   sync.Picture
}

// complete reads the values that servers held back, and maps those entries.
func (r *reader) complete(ctx context.Context, c *conn) error {
	most := r.source.config.most
	for _, t := range r.torn {
		origin := sync.Origin{Source: r.source.config.Name, Place: place([]byte(t.dn))}
		err := t.mend(ctx, c, most.values, most.ranges)
		var tooMany *excess
		switch {
		case errors.As(err, &tooMany):
			r.reject(t.record, origin, tooMany)
		case err != nil:
			return err
		default:
			r.shot = t.shot
			r.become(t.record, origin)
		}
	}
	return nil
}

// mend reads what is missing of an entry.
func (t *torn) mend(ctx context.Context, c *conn, values, ranges int) error {
	for _, name := range slices.Sorted(maps.Keys(t.next)) {
		list, err := c.rest(ctx, "DN", t.dn, name, t.next[name], values, ranges)
		if err != nil {
			return err
		}
		keepValues(t.record, name, list)
	}
	return nil
}

// rest reads the values of an attribute from a place on to the last. There may
// be so many in all, in so many ranges. Its errors name no person: they go into
// logs, and what they show of the DN is said.
func (c *conn) rest(ctx context.Context, shown, dn, name string, from, values, ranges int) ([]string, error) {
	all, next := []string(nil), from
	for range ranges {
		e, err := c.lookAs(ctx, shown, dn, "(objectClass=*)", fmt.Sprintf("%s;range=%d-*", name, next))
		if err != nil {
			return nil, fmt.Errorf("read the rest of the values of %s: %w", name, err)
		}
		list, p, err := ranged(e, name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the rest of the values of %s: %w", name, err)
		case len(list) == 0:
			return nil, fmt.Errorf("read the rest of the values of %s: the server sends no more from number %d on", name, next)
		case p.first != next:
			return nil, fmt.Errorf("read the rest of the values of %s: the server sent those from number %d on, not from %d", name, p.first, next)
		case next+len(list) > values:
			return nil, &excess{name, values}
		}
		all, next = append(all, list...), next+len(list)
		if p.last {
			return all, nil
		}
	}
	return nil, fmt.Errorf("read the rest of the values of %s: there are more after %d ranges", name, ranges)
}

// ranged returns the values of an attribute that came, and which ones they are.
func ranged(e *ldap.Entry, name string) ([]string, part, error) {
	if e == nil {
		return nil, part{}, nil
	}
	for _, a := range e.Attributes {
		base, p, err := cutRange(a.Name)
		if base == strings.ToLower(name) && (err != nil || len(a.Values) > 0) {
			return a.Values, p, err
		}
	}
	return nil, part{}, nil
}
