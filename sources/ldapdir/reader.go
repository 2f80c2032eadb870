package ldapdir

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

const reportRows = 1000

// A reader makes people of entries.
type reader struct {
	source *Source
	wanted []string
	anchor string
	names  map[string]string // lower case: as the mapping spells it
	tally  *sources.Tally
	record sources.Record
	groups *enrollment // nil: the mapping asks for none
	badge  badge       // of the entry at hand
	watch  watch
	torn   []torn // entries some of whose values the server holds back

	picture string       // attribute with the picture; "": pictures are not read
	shot    sync.Picture // of the entry at hand

	become func(sources.Record, sync.Origin) // is given each whole record
	refuse func(sync.Reject)                 // and what cannot even be mapped
}

// newReader returns a reader that tallies the people of a whole read.
func (s *Source) newReader(a address) *reader {
	r := s.bareReader()
	r.tally, r.watch = sources.NewTally(s.config.Name, a.host), newWatch(s.sentinels)
	r.become = func(record sources.Record, origin sync.Origin) {
		r.tally.Add(r.pictured(s.mapping.Map(record, origin, s.config.Now())))
		r.report()
	}
	r.refuse = func(j sync.Reject) {
		r.tally.Reject(j)
		r.report()
	}
	return r
}

// bareReader returns a reader that does nothing with what it makes yet.
func (s *Source) bareReader() *reader {
	r := &reader{
		source: s, wanted: s.mapping.Attributes(), anchor: s.mapping.Anchor(),
		names: make(map[string]string), record: sources.Record{},
	}
	for _, n := range r.wanted {
		r.names[strings.ToLower(n)] = n
	}
	return r
}

func (r *reader) report() {
	if n := r.tally.Entries(); n%reportRows == 0 {
		r.source.config.OnRead(n)
	}
}

// attributes returns what is asked for: what the mapping reads, what the groups
// know people by, and the picture if it is to be read.
func (r *reader) attributes() []string {
	all := slices.Clone(r.wanted)
	if r.groups != nil {
		all = append(all, badgeAttributes()...)
	}
	if r.picture != "" && !slices.Contains(all, r.picture) {
		all = append(all, r.picture)
	}
	return all
}

// take makes a record of an entry, and a person of the record. A torn entry is
// kept with a copy of the record, which the next entry gets.
func (r *reader) take(e entry) error {
	clear(r.record)
	r.badge = badge{uids: r.badge.uids[:0]}
	r.shot = sync.Picture{Digest: sync.NoPicture}
	origin := sync.Origin{Source: r.source.config.Name, Place: place(e.dn)}
	t := torn{record: r.record}
	var reject error
	err := e.each(func(name, values []byte) error {
		r.snap(name, values)
		if err := r.attribute(&t, name, values); err != nil && reject == nil {
			reject = err
		}
		return nil
	})
	if err != nil {
		return err
	}
	anchor, _ := r.record[r.anchor].(string)
	r.watch.see(e.dn, anchor)
	if r.groups != nil {
		r.groups.tell(r.record, string(e.dn), r.badge)
	}
	switch {
	case reject != nil:
		r.reject(r.record, origin, reject)
	case len(t.next) > 0:
		t.dn, t.record, t.shot = string(e.dn), copied(r.record), r.shot
		r.torn = append(r.torn, t)
	default:
		r.become(r.record, origin)
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

// reject takes in an entry that cannot be mapped. Its key is known if its
// anchor is.
func (r *reader) reject(record sources.Record, origin sync.Origin, why error) {
	r.refuse(r.rejectOf(record, origin, why))
}

func (r *reader) rejectOf(record sources.Record, origin sync.Origin, why error) sync.Reject {
	anchor, _ := record[r.anchor].(string)
	j := sync.Reject{Key: r.source.mapping.Key(anchor), Origin: origin, Reason: sync.RejectValue, Detail: why.Error()}
	if j.Key == "" {
		j.Reason = sync.RejectAnchor
	}
	return j
}

// attribute puts an attribute into the record. Names have no case, and options
// are part of them, but for the range.
func (r *reader) attribute(t *torn, name, values []byte) error {
	if r.groups != nil {
		r.badge.take(name, values)
	}
	spelled, part, err := r.spelling(name)
	switch {
	case spelled == "" || err != nil:
		return err
	case spelled == r.anchor:
		return r.keepAnchor(t.record, values)
	case part.first != 0:
		return fmt.Errorf("attribute %s: the server sent its values from number %d on, not from the first", spelled, part.first)
	}
	list := texts(values)
	if most := r.source.config.most.values; len(list) > most {
		return &excess{spelled, most}
	}
	if !part.last {
		if t.next == nil {
			t.next = make(map[string]int)
		}
		t.next[spelled] = len(list)
	}
	keepValues(t.record, spelled, list)
	return nil
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
// it, and which of its values came.
func (r *reader) spelling(name []byte) (string, part, error) {
	if spelled := r.names[string(bytes.ToLower(name))]; spelled != "" {
		return spelled, part{last: true}, nil
	}
	base, p, err := cutRange(string(name))
	spelled := r.names[base]
	if spelled == "" {
		return "", p, nil
	}
	return spelled, p, err
}

func (r *reader) keepAnchor(record sources.Record, values []byte) error {
	n, first := 0, []byte(nil)
	_ = eachValue(values, func(v []byte) {
		if n++; n == 1 {
			first = v
		}
	})
	if n > 1 {
		return fmt.Errorf("anchor.attribute: attribute %s has %d values", r.anchor, n)
	}
	text, err := r.source.config.Anchor.Encode(first)
	if err != nil {
		return fmt.Errorf("anchor.attribute: attribute %s: %w", r.anchor, err)
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

// place returns a name for people. Bytes that are no text are escaped, as they
// may be in every name (RFC 4514, 2.4): nothing is lost.
func place(dn []byte) string {
	if utf8.Valid(dn) {
		return string(dn)
	}
	var b strings.Builder
	for len(dn) > 0 {
		r, size := utf8.DecodeRune(dn)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\%02x`, dn[0])
		} else {
			b.Write(dn[:size])
		}
		dn = dn[size:]
	}
	return b.String()
}
