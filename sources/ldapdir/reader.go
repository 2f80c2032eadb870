package ldapdir

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

const (
	maxValues  = 100_000 // of one attribute of one entry
	reportRows = 1000
)

// A reader makes people of entries.
type reader struct {
	source *Source
	wanted []string
	anchor string
	names  map[string]string // lower case: as the mapping spells it
	tally  *sources.Tally
	record sources.Record
	roster *roster  // nil: the mapping asks for no groups
	uids   []string // of the entry at hand, for the roster
	token  string   // number of its primary group
	torn   []torn   // entries some of whose values the server holds back
}

// A torn is an entry of which the server gave only a range of the values of
// some attributes, as Active Directory does beyond 1,500.
type torn struct {
	dn     string
	record sources.Record
	next   map[string]int // first value that is missing, by attribute
}

func (s *Source) newReader(a address) *reader {
	r := &reader{
		source: s, wanted: s.mapping.Attributes(), anchor: s.mapping.Anchor(),
		names: make(map[string]string), tally: sources.NewTally(s.config.Name, a.host), record: sources.Record{},
	}
	for _, n := range r.wanted {
		r.names[strings.ToLower(n)] = n
	}
	return r
}

// attributes returns what is asked for: what the mapping reads, and what the
// roster has to know.
func (r *reader) attributes() []string {
	if r.roster == nil {
		return r.wanted
	}
	return append(slices.Clone(r.wanted), "uid", "primaryGroupID")
}

// take makes a record of an entry, and a person of the record.
func (r *reader) take(e entry) error {
	clear(r.record)
	r.uids, r.token = r.uids[:0], ""
	origin := sync.Origin{Source: r.source.config.Name, Place: place(e.dn)}
	t := torn{record: r.record}
	var reject error
	err := e.each(func(name, values []byte) error {
		if err := r.attribute(&t, name, values); err != nil && reject == nil {
			reject = err
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.roster != nil {
		r.roster.tell(r.record, string(e.dn), r.uids, r.token)
	}
	switch {
	case reject != nil:
		r.tally.Reject(sync.Reject{Origin: origin, Reason: sync.RejectAnchor, Detail: reject.Error()})
	case len(t.next) > 0:
		t.dn, t.record = string(e.dn), copied(r.record)
		r.torn = append(r.torn, t)
	default:
		r.become(r.record, origin)
	}
	if n := r.tally.Entries(); n%reportRows == 0 {
		r.source.config.OnRead(n)
	}
	return nil
}

func copied(from sources.Record) sources.Record {
	to := make(sources.Record, len(from))
	for k, v := range from {
		to[k] = v
	}
	return to
}

func (r *reader) become(record sources.Record, origin sync.Origin) {
	r.tally.Add(r.source.mapping.Map(record, origin, r.source.config.Now()))
}

// attribute puts an attribute into the record. Names have no case, and options
// are part of them, but for the range.
func (r *reader) attribute(t *torn, name, values []byte) error {
	if r.roster != nil {
		r.know(name, values)
	}
	spelled, from, whole := r.spelling(name)
	if spelled == "" {
		return nil
	}
	if spelled == r.anchor {
		return r.keepAnchor(t.record, values)
	}
	list := texts(values)
	if len(list) > maxValues {
		return fmt.Errorf("attribute %s has more than %d values", spelled, maxValues)
	}
	if !whole {
		if t.next == nil {
			t.next = make(map[string]int)
		}
		t.next[spelled] = from + len(list)
	}
	keepValues(t.record, spelled, list)
	return nil
}

// know keeps what the roster has to know of a person.
func (r *reader) know(name, values []byte) {
	switch strings.ToLower(string(name)) {
	case "uid":
		_ = eachValue(values, func(v []byte) { r.uids = append(r.uids, string(v)) })
	case "primarygroupid":
		_ = eachValue(values, func(v []byte) { r.token = string(v) })
	}
}

// keepValues adds values to what the record has of the attribute: the server
// sends an empty attribute beside the range of its values.
func keepValues(record sources.Record, name string, list []string) {
	switch old := record[name].(type) {
	case string:
		list = append([]string{old}, list...)
	case []string:
		list = append(old, list...)
	}
	switch len(list) {
	case 0:
	case 1:
		record[name] = list[0]
	default:
		record[name] = list
	}
}

// spelling returns the mapping's name of an attribute, "" if it wants none of
// it, and whether all values are there. A range ends in "*" when it is the
// last.
func (r *reader) spelling(name []byte) (spelled string, from int, whole bool) {
	if spelled = r.names[string(bytes.ToLower(name))]; spelled != "" {
		return spelled, 0, true
	}
	base, option, found := strings.Cut(strings.ToLower(string(name)), ";range=")
	if !found {
		return "", 0, true
	}
	first, last, ok := strings.Cut(option, "-")
	from, err := strconv.Atoi(first)
	if !ok || err != nil {
		return "", 0, true
	}
	return r.names[base], from, last == "*"
}

func (r *reader) keepAnchor(record sources.Record, values []byte) error {
	n, first := 0, []byte(nil)
	_ = eachValue(values, func(v []byte) {
		if n++; n == 1 {
			first = v
		}
	})
	if n > 1 {
		return fmt.Errorf("the anchor %s has %d values", r.anchor, n)
	}
	text, err := r.source.config.Anchor.Encode(first)
	if err != nil {
		return err
	}
	record[r.anchor] = text
	return nil
}

// texts returns the values as text. Whether they are valid is the mapping's
// business: it rejects a person and knows their key.
func texts(values []byte) []string {
	var list []string
	_ = eachValue(values, func(v []byte) { list = append(list, string(v)) }) // decodeEntry has seen to their form
	return list
}

// complete reads the values that servers held back, and maps those entries.
func (r *reader) complete(ctx context.Context, c *conn) error {
	for _, t := range r.torn {
		for name, from := range t.next {
			list, err := c.rest(ctx, t.dn, name, from)
			if err != nil {
				return err
			}
			keepValues(t.record, name, list)
		}
		r.become(t.record, sync.Origin{Source: r.source.config.Name, Place: place([]byte(t.dn))})
	}
	return nil
}

// rest reads the values of an attribute from a place on to the last.
// Its errors name no person: they go into logs.
func (c *conn) rest(ctx context.Context, dn, name string, from int) ([]string, error) {
	var all []string
	for {
		e, err := c.look(ctx, dn, "(objectClass=*)", fmt.Sprintf("%s;range=%d-*", name, from+len(all)))
		if err != nil {
			return nil, fmt.Errorf("read the rest of the values of %s: %w", name, err)
		}
		list, last := ranged(e, name)
		if len(list) == 0 {
			return nil, fmt.Errorf("read the rest of the values of %s: the server sends no more from value %d on", name, from+len(all))
		}
		if all = append(all, list...); last {
			return all, nil
		}
	}
}

// ranged returns the values of a range, and whether it is the last.
func ranged(e *ldap.Entry, name string) (list []string, last bool) {
	if e == nil {
		return nil, false
	}
	for _, a := range e.Attributes {
		base, option, _ := strings.Cut(strings.ToLower(a.Name), ";range=")
		if base == strings.ToLower(name) && len(a.Values) > 0 {
			return a.Values, option == "" || strings.HasSuffix(option, "-*")
		}
	}
	return nil, false
}

// place returns a name for people: bytes that are no text are shown as such.
func place(dn []byte) string { return strings.ToValidUTF8(string(dn), "\uFFFD") }
