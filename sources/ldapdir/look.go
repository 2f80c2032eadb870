package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

const (
	perSearch  = 50 // people asked for at a time
	perGlimpse = 10 // people read at a time to find a witness
)

var (
	errSpelling  = errors.New("the anchor can be written in several ways, so a search that does not find it proves nothing")
	errNoWitness = errors.New("nobody whom base and filter let in has an anchor that can be read, so a search by anchor proves nothing")
)

// Look implements [sync.Looker]. It searches for the anchors, without the
// filter, below all of the directory's parts that hold the bases: whoever was
// moved out of base or filter is still there. One server answers for all.
func (s *Source) Look(ctx context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var all []sync.Sighting
	err := s.ask(ctx, func(a address) error {
		return s.paged(func(page int) (err error) {
			all, err = s.lookAt(ctx, a, page, keys)
			return err
		})
	})
	return all, err
}

func (s *Source) lookAt(ctx context.Context, a address, page int, keys []sync.Key) ([]sync.Sighting, error) {
	c, err := s.connect(ctx, a)
	if err != nil {
		return nil, err
	}
	defer c.close()
	l := &looking{source: s, conn: c, page: page}
	all, err := l.all(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("%s: second look: %w", a, err)
	}
	return all, nil
}

// A looking is a second look by one server.
type looking struct {
	source    *Source
	conn      *conn
	page      int
	bases     []string
	contexts  []string // below which everybody is
	groups    *enrollment
	witnesses []witness
}

// A witness is somebody who is there.
type witness struct {
	key sync.Key
	raw []byte // anchor
}

func (l *looking) all(ctx context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	if err := l.prepare(ctx); err != nil {
		return nil, err
	}
	all := make([]sync.Sighting, 0, len(keys))
	for some := range slices.Chunk(keys, perSearch) {
		seen, err := l.look(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, seen...)
	}
	return all, nil
}

// prepare finds out what every search needs to know.
func (l *looking) prepare(ctx context.Context) error {
	s, c := l.source, l.conn
	var err error
	if l.bases, err = s.bases(ctx, c); err != nil {
		return err
	}
	if l.contexts, err = c.holders(ctx, l.bases); err != nil {
		return err
	}
	if err := c.checkSchema(ctx, s.config.Filter); err != nil {
		return err
	}
	if l.groups, err = s.enrollment(ctx, c, l.page); err != nil {
		return err
	}
	for _, base := range l.bases {
		if err := l.call(ctx, base); err != nil {
			return fmt.Errorf("search %s: %w", base, err)
		}
	}
	for _, one := range s.sentinels {
		fate, err := s.fate(ctx, c, l.bases, one)
		if err == nil && fate != "" {
			err = errors.New(fate)
		}
		if err != nil {
			return fmt.Errorf("sentinel %s: %w", one.text, err)
		}
	}
	return nil
}

// holders returns the directory's parts in which the bases are.
func (c *conn) holders(ctx context.Context, bases []string) ([]string, error) {
	own, all, err := c.contexts(ctx)
	if err != nil {
		return nil, err
	}
	if own != "" {
		all = append(all, own)
	}
	var holders []string
	for _, base := range bases {
		n := len(holders)
		for _, name := range all {
			if below(name, base) {
				holders = append(holders, name)
			}
		}
		if len(holders) == n {
			return nil, fmt.Errorf("the directory does not say which of its parts holds %s: give the account the right to read namingContexts of the root DSE", base)
		}
	}
	slices.SortFunc(holders, func(a, b string) int { return strings.Compare(foldDN(a), foldDN(b)) })
	return slices.CompactFunc(holders, func(a, b string) bool { return foldDN(a) == foldDN(b) }), nil
}

// below reports whether a name is that of a place or of something below it.
func below(place, name string) bool {
	outer, err := ldap.ParseDN(place)
	if err != nil {
		return false
	}
	inner, err := ldap.ParseDN(name)
	return err == nil && (outer.EqualFold(inner) || outer.AncestorOfFold(inner))
}

// call calls a witness: somebody whom a read would find, to be asked for with
// all others. Without the right to search by anchor, or with an encoding that is
// not the directory's, nobody is found, and with success: not even they.
func (l *looking) call(ctx context.Context, base string) error {
	r, entries, before := l.source.bareReader(), 0, len(l.witnesses)
	q := l.source.search(base, perGlimpse, []string{r.anchor}, func(e entry) error {
		entries++
		if key, raw := r.anchorOf(e); key != "" && len(l.witnesses) == before {
			l.witnesses = append(l.witnesses, witness{key, raw})
		}
		return nil
	})
	l.conn.tell(l.source.config.Log, q)
	l.conn.tap.feed(q.take)
	defer l.conn.tap.feed(nil)
	cookie := []byte(nil)
	for range emptyPages {
		next, err := l.conn.page(ctx, q, cookie)
		switch cookie = next; {
		case err != nil || len(l.witnesses) > before:
			return err
		case len(next) > 0:
		case entries == 0:
			return errNobody
		default:
			return errNoWitness
		}
	}
	return errNoWitness
}

// anchorOf returns the key of an entry and the bytes of its anchor; "" if it
// cannot be told.
func (r *reader) anchorOf(e entry) (key sync.Key, raw []byte) {
	record := sources.Record{}
	_ = e.each(func(name, values []byte) error { // decodeEntry has seen to its form
		if strings.EqualFold(string(name), r.anchor) && r.keepAnchor(record, values) == nil {
			_ = eachValue(values, func(v []byte) { raw = slices.Clone(v) })
		}
		return nil
	})
	text, _ := record[r.anchor].(string)
	return r.source.mapping.Key(text), raw
}

// A seen is an entry that a search for anchors found.
type seen struct {
	mapped sources.Mapped
	in     bool // the mapping lets it in
	dn     string
}

func (s seen) key() sync.Key {
	if s.mapped.Reject != nil {
		return s.mapped.Reject.Key
	}
	return s.mapped.Identity.Key
}

// look looks for some people with one search in each part of the directory.
func (l *looking) look(ctx context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	out := sources.NewLookout(l.source.config.Name, keys)
	filter := l.anchors(out, keys)
	if filter == "" {
		return out.Sightings(), nil
	}
	found, err := l.find(ctx, filter)
	if err != nil {
		return nil, err
	}
	if err := l.testify(found); err != nil {
		return nil, err
	}
	inside, err := l.inside(ctx, filter)
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		key := one.key()
		if key != "" && !out.Wants(key) {
			if !slices.ContainsFunc(l.witnesses, func(w witness) bool { return w.key == key }) {
				out.Doubt(fmt.Errorf("the directory takes the anchor of %s for one of those that were asked for, and it is another one", one.dn))
			}
			continue
		}
		out.See(one.mapped, one.in && inside[foldDN(one.dn)], one.dn)
	}
	l.unproven(out, keys, found)
	return out.Sightings(), nil
}

// anchors returns the filter that finds the witnesses and those who are asked
// for, "" if none can be.
func (l *looking) anchors(out *sources.Lookout, keys []sync.Key) string {
	var b strings.Builder
	add := func(raw []byte) { b.WriteString(anchorFilter(l.source.mapping.Anchor(), raw)) }
	for _, k := range keys {
		anchor, ours := strings.CutPrefix(string(k), l.source.config.Name+":")
		if !ours {
			continue // the lookout says so
		}
		raw, err := l.source.config.Anchor.Decode(anchor)
		if err != nil {
			out.Fail(k, fmt.Errorf("%w: was it another one when the account was linked?", err))
			continue
		}
		add(raw)
	}
	if b.Len() == 0 {
		return ""
	}
	for _, w := range l.witnesses {
		add(w.raw)
	}
	return "(|" + b.String() + ")"
}

// anchorFilter returns a filter for one anchor. It is written byte by byte:
// binary anchors must be, and text may.
func anchorFilter(attribute string, raw []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(%s=", attribute)
	for _, c := range raw {
		fmt.Fprintf(&b, `\%02x`, c)
	}
	return b.String() + ")"
}

// find returns all entries with one of the anchors, whatever the filter of a
// read says of them.
func (l *looking) find(ctx context.Context, filter string) ([]seen, error) {
	var found []seen
	s, r, dns := l.source, l.source.bareReader(), make(map[string]bool)
	take := func(m sources.Mapped, in bool, dn string) {
		if folded := foldDN(dn); !dns[folded] { // parts may lie in each other
			dns[folded] = true
			found = append(found, seen{m, in, dn})
		}
	}
	r.groups = l.groups
	r.become = func(record sources.Record, origin sync.Origin) {
		m, in := s.mapping.Look(record, origin, s.config.Now())
		take(m, in, origin.Place)
	}
	r.refuse = func(j sync.Reject) { take(sources.Mapped{Reject: &j}, false, j.Origin.Place) }
	for _, top := range l.contexts {
		q := s.search(top, l.page, r.attributes(), r.take)
		q.scope, q.filter = ldap.ScopeWholeSubtree, filter
		if err := l.conn.run(ctx, q, s.config.Log); err != nil {
			return nil, err
		}
	}
	err := r.complete(ctx, l.conn)
	return found, err
}

// testify sees whether all witnesses were found.
func (l *looking) testify(found []seen) error {
	for _, w := range l.witnesses {
		if !slices.ContainsFunc(found, func(s seen) bool { return s.key() == w.key }) {
			return fmt.Errorf("the filter finds %s, but a search for its %s does not: check the anchor's encoding, and whether this account may search by it", w.key, l.source.mapping.Anchor())
		}
	}
	return nil
}

// inside returns the folded names of those with one of the anchors whom a read
// would find: in its bases, scope and filter.
func (l *looking) inside(ctx context.Context, filter string) (map[string]bool, error) {
	names := make(map[string]bool)
	s := l.source
	for _, base := range l.bases {
		q := s.search(base, l.page, []string{s.mapping.Anchor()}, func(e entry) error {
			names[foldDN(place(e.dn))] = true
			return nil
		})
		q.filter = "(&" + q.filter + filter + ")"
		if err := l.conn.run(ctx, q, s.config.Log); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// unproven says of whom the search proves nothing, if it did not find them.
func (l *looking) unproven(out *sources.Lookout, keys []sync.Key, found []seen) {
	for _, k := range keys {
		plain := !strings.ContainsFunc(string(k), func(r rune) bool { return r >= utf8.RuneSelf })
		if !plain && !slices.ContainsFunc(found, func(s seen) bool { return s.key() == k }) {
			out.Fail(k, errSpelling)
		}
	}
}
