package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// A glimpse is which of the attributes that may be anchors somebody has.
type glimpse map[string][]byte // by name, in lower case

// knownAnchors are the attributes that directories give everybody once, with
// their usual encoding.
func knownAnchors() map[string]Encoding {
	return map[string]Encoding{"objectGUID": GUIDMixed, "entryUUID": Text, "nsUniqueId": Text, "ipaUniqueID": Text, "GUID": GUID}
}

func (d *diagnosis) filter(ctx context.Context) Finding {
	c := &d.source.config
	var err error
	if d.schema, err = d.conn.schema(ctx); err == nil {
		err = d.schema.checkFilter(c.Filter)
	}
	if err != nil && slices.ContainsFunc(Kinds(), func(kind string) bool { return PresetOf(kind).Filter == c.Filter }) {
		err = fmt.Errorf("%w; %s", err, adviseType)
	}
	return Finding{"filter", c.Filter, err}
}

// mapping looks whether the directory knows what the expressions read.
func (d *diagnosis) mapping(context.Context) Finding {
	m := d.source.mapping
	return Finding{"mapping", "reads " + strings.Join(m.Attributes(), " "), d.schema.checkMapping(m, d.source.config.Preset)}
}

const adviseType = "is type: right for this directory? It brings a filter and an anchor"

// paging reads the first page of people, as large as the server allows.
func (d *diagnosis) paging(ctx context.Context) Finding {
	s := d.source
	bases, err := s.bases(ctx, d.conn)
	if err != nil {
		return Finding{Step: "paging", Err: err}
	}
	size, more := 0, false
	err = s.paged(func(page int) error {
		size, d.sample = page, nil
		q := s.search(bases[0], page, d.anchors(), d.glance)
		d.conn.tap.feed(q.take)
		defer d.conn.tap.feed(nil)
		d.conn.tell(s.config.Log, q)
		cookie, err := d.conn.page(ctx, q, nil)
		more = len(cookie) > 0
		return err
	})
	text := fmt.Sprintf("%d entries on the first page", len(d.sample))
	switch {
	case err != nil:
		err = fmt.Errorf("search %s: %w", bases[0], err)
	case len(d.sample) == 0 && !more:
		err = fmt.Errorf("search %s: %w", bases[0], errNobody)
	case more:
		text += ", more follow"
	}
	if size < s.config.Page {
		text += fmt.Sprintf("; pages of %d are too large for this server, set page_size: %d", s.config.Page, size)
	}
	return Finding{"paging", text, err}
}

func anchorNames() []string { return slices.Sorted(maps.Keys(knownAnchors())) }

// anchors returns what is looked for in the first page.
func (d *diagnosis) anchors() []string {
	names, own := anchorNames(), d.source.mapping.Anchor()
	if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, own) }) {
		names = append(names, own)
	}
	return names
}

// glance keeps what of an entry may be an anchor.
func (d *diagnosis) glance(e entry) error {
	g := glimpse{}
	err := e.each(func(name, values []byte) error {
		return eachValue(values, func(v []byte) { g[strings.ToLower(string(name))] = slices.Clone(v) })
	})
	d.sample = append(d.sample, g)
	return err
}

// anchor looks whether people have the anchor, and in the configured encoding.
func (d *diagnosis) anchor(context.Context) Finding {
	name, encoding := d.source.mapping.Anchor(), d.source.config.Anchor
	have := d.having(name)
	if len(d.sample) == 0 {
		return Finding{Step: "anchor", Text: "not looked at: nobody is on the first page"}
	}
	if have == 0 {
		return Finding{Step: "anchor", Err: fmt.Errorf("none of the %d entries has the attribute %s%s; %s", len(d.sample), name, d.otherAnchors(), adviseType)}
	}
	i := slices.IndexFunc(d.sample, func(g glimpse) bool { return len(g[strings.ToLower(name)]) > 0 })
	raw := d.sample[i][strings.ToLower(name)]
	text, err := encoding.Encode(raw)
	if err != nil {
		return Finding{Step: "anchor", Err: fmt.Errorf("attribute %s: %w: %s", name, err, adviseEncoding(raw))}
	}
	return Finding{"anchor", fmt.Sprintf("%s of %d of %d entries, as %s, such as %s", name, have, len(d.sample), encoding, text), nil}
}

// having counts who has an attribute.
func (d *diagnosis) having(name string) (n int) {
	for _, g := range d.sample {
		if len(g[strings.ToLower(name)]) > 0 {
			n++
		}
	}
	return n
}

// otherAnchors says what to configure instead.
func (d *diagnosis) otherAnchors() string {
	for _, name := range anchorNames() {
		if d.having(name) == len(d.sample) {
			return fmt.Sprintf(", but all have %s: set anchor: { attribute: %s, encoding: %s }", name, name, knownAnchors()[name])
		}
	}
	return ": set anchor to one that everybody has and that never changes, which this account may see"
}

// adviseEncoding names the encodings that fit.
func adviseEncoding(raw []byte) string {
	var names []string
	for _, s := range spellings(raw) {
		names = append(names, string(s.Encoding))
	}
	return "set anchor.encoding to one of " + strings.Join(names, ", ")
}

// people reads everybody, as a run does.
func (d *diagnosis) people(ctx context.Context) Finding {
	s, err := d.source.readFrom(ctx, d.server, false)
	if err != nil {
		return Finding{Step: "people", Err: err}
	}
	d.tell(Finding{"read", fmt.Sprintf("%d entries", s.Receipt.Entries), nil})
	n := map[sync.Status]int{}
	for _, id := range s.Identities {
		n[id.Status]++
	}
	d.tell(Finding{"status", fmt.Sprintf("%d enabled, %d disabled, %d expired", n[sync.Enabled], n[sync.Disabled], n[sync.Expired]), nil})
	d.rejects(s.Rejects)
	switch {
	case len(s.Identities) > 0:
	case len(s.Rejects) > 0:
		return Finding{Step: "people", Err: fmt.Errorf("every entry is a reject: change what the first one names (%s), or a filter that lets in who is no person", s.Rejects[0].Detail)}
	default:
		return Finding{Step: "people", Err: errors.New("include leaves everybody out: see what its expression wants of an entry")}
	}
	id := s.Identities[max(0, slices.IndexFunc(s.Identities, func(id sync.Identity) bool { return id.Status == sync.Enabled }))]
	return Finding{"people", fmt.Sprintf("the first one is %s: user name %s, %s, fields %s", id.Key, id.Profile[sync.Username], id.Status, id.States), nil}
}

// rejects shows the first ones.
func (d *diagnosis) rejects(all []sync.Reject) {
	for i, r := range all {
		if i == 3 {
			d.tell(Finding{"reject", fmt.Sprintf("and %d more", len(all)-i), nil})
			break
		}
		d.tell(Finding{"reject", r.Origin.Place + ": " + r.Detail, nil})
	}
}
