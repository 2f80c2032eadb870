package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// Record implements [sources.Recorder]. Somebody who is in none of the bases is
// looked for in all that the directory holds, and the filter is not asked.
func (s *Source) Record(ctx context.Context, who string) ([]sources.Found, error) {
	if who == "" {
		return nil, nil
	}
	servers, err := s.addresses(ctx)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, a := range servers {
		found, err := s.recordsFrom(ctx, a, who)
		if err == nil {
			return found, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil || !worthAnother(err) {
			break
		}
	}
	return nil, errors.Join(errs...)
}

func (s *Source) recordsFrom(ctx context.Context, a address, who string) ([]sources.Found, error) {
	c, err := s.connect(ctx, a)
	if err != nil {
		return nil, err
	}
	defer c.close()
	q := &quest{source: s, conn: c, reader: s.newReader(a), who: who}
	if err := q.run(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", a, err)
	}
	return q.found, nil
}

// A quest is the search for the records of somebody.
type quest struct {
	source *Source
	conn   *conn
	reader *reader
	who    string
	bases  []string
	found  []sources.Found
}

func (q *quest) run(ctx context.Context) (err error) {
	if q.bases, err = q.source.bases(ctx, q.conn); err != nil {
		return err
	}
	if q.reader.groups, err = q.source.enrollment(ctx, q.conn, q.source.config.Page); err != nil {
		return err
	}
	if _, err := ldap.ParseDN(q.who); err == nil && strings.Contains(q.who, "=") {
		return q.search(ctx, q.who, ldap.ScopeBaseObject, "(objectClass=*)")
	}
	filter := q.filter()
	for _, base := range q.bases {
		if err := q.search(ctx, base, ldap.ScopeWholeSubtree, filter); err != nil {
			return err
		}
	}
	if len(q.found) > 0 {
		return nil
	}
	for _, base := range q.beyond(ctx) {
		if err := q.search(ctx, base, ldap.ScopeWholeSubtree, filter); err != nil {
			return err
		}
	}
	return nil
}

// filter finds somebody by their key, their anchor or what people call them.
func (q *quest) filter() string {
	anchor, ours := strings.CutPrefix(q.who, q.source.config.Name+":")
	filter := ""
	if raw, err := q.source.config.Anchor.Decode(anchor); err == nil && len(raw) > 0 {
		filter = fmt.Sprintf("(%s=%s)", q.source.mapping.Anchor(), escaped(raw))
	}
	if ours && filter != "" {
		return filter
	}
	return "(|" + filter + nameFilter(q.who) + ")"
}

// beyond returns what the directory holds around the bases.
func (q *quest) beyond(ctx context.Context) []string {
	root, err := q.conn.look(ctx, "", "(objectClass=*)", "namingContexts")
	if err != nil || root == nil {
		return nil // the bases were searched, and it is only courtesy to look further
	}
	var around []string
	for _, name := range root.GetAttributeValues("namingContexts") {
		context, err := ldap.ParseDN(name)
		if err != nil {
			continue
		}
		for _, base := range q.bases {
			if dn, err := ldap.ParseDN(base); err == nil && context.AncestorOfFold(dn) {
				around = append(around, name)
				break
			}
		}
	}
	return around
}

// search adds the entries that a filter finds. What is on another server is not
// this source's.
func (q *quest) search(ctx context.Context, base string, scope int, filter string) error {
	var all []sight
	search := q.source.search(base, q.source.config.Page, append([]string{"*"}, q.reader.attributes()...), func(e entry) error {
		if len(q.found)+len(all) >= sources.MaxFound {
			return nil
		}
		one, err := q.reader.sight(e)
		all = append(all, one)
		return err
	})
	search.scope, search.filter, search.ignore = scope, filter, []*ldap.DN{{}}
	err := q.conn.run(ctx, search, zap.NewNop()) // the filter says who it is about, which no log should
	if scope == ldap.ScopeBaseObject && notHere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := q.take(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// notHere reports whether a server said that it does not hold the entry of a
// name, or that this is no name.
func notHere(err error) bool {
	var e *SearchError
	return errors.As(err, &e) &&
		slices.Contains([]int{ldap.LDAPResultNoSuchObject, ldap.LDAPResultReferral, ldap.LDAPResultInvalidDNSyntax}, e.Code)
}

// take maps an entry as a read does.
func (q *quest) take(ctx context.Context, one sight) error {
	most := q.source.config.most
	err := one.mend(ctx, q.conn, most.values, most.ranges)
	var tooMany *excess
	switch {
	case errors.As(err, &tooMany):
		one.reject = tooMany
	case err != nil:
		return err
	}
	f := sources.Found{Origin: sync.Origin{Source: q.source.config.Name, Place: place([]byte(one.dn))}, Record: one.other}
	maps.Copy(f.Record, one.record)
	if one.reject != nil {
		reject := q.reader.rejectOf(one.record, f.Origin, one.reject)
		f.Trace.Mapped.Reject = &reject
	} else {
		f.Trace = q.source.mapping.Trace(one.record, f.Origin, q.source.config.Now())
	}
	q.source.mapping.Conceal(&f)
	f.Out, err = q.out(ctx, one.dn)
	q.found = append(q.found, f)
	return err
}

// out says why a read of the bases does not come upon an entry, or "".
func (q *quest) out(ctx context.Context, name string) (string, error) {
	if dn, err := ldap.ParseDN(name); err == nil && !q.within(dn) {
		return "it is not in the base: " + strings.Join(q.bases, " and "), nil
	}
	e, err := q.conn.look(ctx, name, q.source.config.Filter, ldapNothing)
	if err != nil {
		return "", err
	}
	if e == nil {
		return "the filter does not let it in: " + q.source.config.Filter, nil
	}
	return "", nil
}

// ldapNothing asks for an entry without its attributes (RFC 4511, 4.5.1.8).
const ldapNothing = "1.1"

// within reports whether bases and scope let an entry in.
func (q *quest) within(dn *ldap.DN) bool {
	for _, text := range q.bases {
		base, err := ldap.ParseDN(text)
		if err != nil {
			continue
		}
		below := len(dn.RDNs) - len(base.RDNs)
		switch {
		case q.source.config.Scope == "one" && below != 1:
		case below == 0 && base.EqualFold(dn), base.AncestorOfFold(dn):
			return true
		}
	}
	return false
}

// A sight is an entry that is looked at for itself: with the attributes that
// nobody maps.
type sight struct {
	torn
	other  sources.Record
	reject error
}

// sight makes a record of an entry as take does, and keeps the rest.
func (r *reader) sight(e entry) (sight, error) {
	r.badge = badge{uids: r.badge.uids[:0]}
	one := sight{torn: torn{dn: string(e.dn), record: sources.Record{}}, other: sources.Record{}}
	err := e.each(func(name, values []byte) error {
		if err := r.attribute(&one.torn, name, values); err != nil && one.reject == nil {
			one.reject = err
		}
		if spelled, _, _ := r.spelling(name); spelled == "" {
			keepValues(one.other, string(name), texts(values))
		}
		return nil
	})
	if r.groups != nil {
		r.groups.tell(one.record, string(e.dn), r.badge)
	}
	return one, err
}

// escaped writes bytes as the value of a filter (RFC 4515, 3).
func escaped(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&b, `\%02x`, c)
	}
	return b.String()
}
