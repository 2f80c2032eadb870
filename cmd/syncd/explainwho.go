package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// people finds whoever is called so, the surest way first: by key, user id,
// place, anchor; then by user name and e-mail, on both sides; then by what the
// sources have but do not let in; and at last by names of the past.
func (in *inquiry) people(ctx context.Context, who string) ([]explanation, error) {
	for _, known := range []func(string) []sync.Key{in.byKey, in.byUserID, in.byPlace, in.byAnchor} {
		if keys := known(who); len(keys) > 0 {
			return explanations(keys), nil
		}
	}
	keys, strangers, err := in.byName(ctx, who)
	if err != nil || len(keys) > 0 {
		return explanations(keys), err
	}
	found, unasked := in.bySources(ctx, who)
	for _, r := range found {
		if k := r.Key(); k != "" {
			keys = append(keys, in.person(k))
		}
	}
	if len(keys) > 0 {
		return explanations(keys), nil
	}
	if len(found)+len(strangers) > 0 {
		return apart(found, strangers), nil
	}
	past, err := in.byPast(ctx, who)
	if err == nil && len(past) == 0 {
		err = unasked
	}
	if err != nil || len(past) > 0 {
		return past, err
	}
	return in.bySearch(ctx, who)
}

// explanations are those of people, each once.
func explanations(keys []sync.Key) []explanation {
	slices.Sort(keys)
	var all []explanation
	for _, k := range slices.Compact(keys) {
		all = append(all, explanation{key: k})
	}
	return all
}

// apart explains records and accounts that nothing binds together but a name.
func apart(found []sourceRecord, strangers []sync.User) []explanation {
	if len(strangers) == 0 {
		return []explanation{{records: found}}
	}
	var all []explanation
	for _, u := range strangers {
		all = append(all, explanation{account: u, records: found})
	}
	return all
}

// person returns the key of the person who has the key.
func (in *inquiry) person(k sync.Key) sync.Key {
	if main, ok := in.roster.Alias[k]; ok {
		return main
	}
	if _, ok := in.links[k]; ok {
		return k
	}
	for _, l := range in.links {
		if slices.Contains(strings.Split(l.Others, "\n"), string(k)) && !in.stated(k) {
			return l.Key
		}
	}
	return k
}

// stated reports whether a source has a record of the key.
func (in *inquiry) stated(k sync.Key) bool {
	for _, w := range in.witnesses {
		if slices.ContainsFunc(w.snapshot.Identities, func(id sync.Identity) bool { return id.Key == k }) ||
			slices.ContainsFunc(w.snapshot.Rejects, func(r sync.Reject) bool { return r.Key == k }) {
			return true
		}
	}
	return false
}

func (in *inquiry) byKey(who string) []sync.Key {
	k := sync.Key(who)
	if main := in.person(k); main != k {
		return []sync.Key{main}
	}
	if _, linked := in.links[k]; linked || in.stated(k) {
		return []sync.Key{k}
	}
	return nil
}

func (in *inquiry) byUserID(who string) []sync.Key {
	if k, ok := in.owners[who]; ok {
		return []sync.Key{k}
	}
	return nil
}

// byPlace finds a DN, or "line 14", in whatever letters.
func (in *inquiry) byPlace(who string) []sync.Key {
	place := func(o sync.Origin) bool {
		return who != "" && (strings.EqualFold(o.Place, who) || strings.EqualFold(o.String(), who))
	}
	return in.records(func(k sync.Key, id *sync.Identity, o sync.Origin) bool { return place(o) })
}

func (in *inquiry) byAnchor(who string) []sync.Key {
	has := func(k sync.Key) bool {
		_, anchor, _ := strings.Cut(string(k), ":")
		return anchor == who && who != ""
	}
	keys := in.records(func(k sync.Key, _ *sync.Identity, _ sync.Origin) bool { return has(k) })
	for k := range in.links {
		if has(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// records returns the keys of the people whose records fit.
func (in *inquiry) records(fits func(sync.Key, *sync.Identity, sync.Origin) bool) []sync.Key {
	var keys []sync.Key
	for _, w := range in.witnesses {
		for i := range w.snapshot.Identities {
			if id := &w.snapshot.Identities[i]; fits(id.Key, id, id.Origin) {
				keys = append(keys, in.person(id.Key))
			}
		}
		for _, r := range w.snapshot.Rejects {
			if r.Key != "" && fits(r.Key, nil, r.Origin) {
				keys = append(keys, in.person(r.Key))
			}
		}
	}
	return keys
}

// userID is the form of the server's ids.
var userID = regexp.MustCompile(`^[a-z0-9]{26}$`)

// byName finds whoever has a user name or an e-mail, or should have it, and the
// accounts of that name that are nobody's.
func (in *inquiry) byName(ctx context.Context, who string) (keys []sync.Key, strangers []sync.User, err error) {
	who = strings.TrimPrefix(who, "@")
	name, email := sync.Canonical(sync.Username, who), sync.Canonical(sync.Email, who)
	if name == "" {
		return nil, nil, nil
	}
	keys = in.records(func(_ sync.Key, id *sync.Identity, _ sync.Origin) bool {
		return id != nil && (sync.Canonical(sync.Username, id.Profile[sync.Username]) == name || sync.Canonical(sync.Email, id.Profile[sync.Email]) == email)
	})
	q := sync.Query{Usernames: []string{name}}
	if strings.Contains(email, "@") {
		q = sync.Query{Emails: []string{email}}
	}
	if userID.MatchString(who) {
		q.IDs = []string{who}
	}
	users, err := in.finder.Find(ctx, q)
	if err != nil {
		return nil, nil, endError{sync.SinkFailed, err}
	}
	for _, u := range users {
		if k, ok := in.owners[u.ID]; ok {
			keys = append(keys, k)
		} else {
			strangers = append(strangers, u)
		}
	}
	return keys, strangers, nil
}

// byPast finds whoever had a name once.
func (in *inquiry) byPast(ctx context.Context, who string) ([]explanation, error) {
	entries, err := in.memory.Entries(ctx, state.Filter{Who: who})
	var keys []sync.Key
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return explanations(keys), err
}

// bySources asks the sources for records that are not among those they let in.
// An error says that one of them could not be asked.
func (in *inquiry) bySources(ctx context.Context, who string) (all []sourceRecord, err error) {
	for i, f := range in.feeds {
		r, ok := f.Source.(sources.Recorder)
		if !ok || in.witnesses[i].err != nil {
			continue
		}
		found, e := recordsOf(ctx, r, who)
		if e != nil {
			err = endError{sync.SourceFailed, fmt.Errorf("%s: %w", f.Name(), e)}
		}
		for _, one := range found {
			all = append(all, sourceRecord{source: f.Name(), Found: one})
		}
	}
	return all, err
}

// ask adds what each source has of somebody now.
func (in *inquiry) ask(ctx context.Context, e *explanation) {
	keys := in.keys(e)
	for i, f := range in.feeds {
		own := slices.DeleteFunc(slices.Clone(keys), func(k sync.Key) bool { return k.Source() != f.Name() })
		w := in.witnesses[i]
		none := func(why string) { e.records = append(e.records, sourceRecord{source: f.Name(), none: why}) }
		r, can := f.Source.(sources.Recorder)
		switch {
		case w.err != nil:
			none("not read: " + w.err.Error())
		case len(own) == 0:
			none("has no record of the person")
		case !can:
			none("cannot show single records")
		}
		for _, k := range own {
			if w.err == nil && can {
				e.records = append(e.records, w.recorded(ctx, f.Name(), r, k)...)
			}
		}
	}
}

// keys returns the keys under which sources have somebody, or had them.
func (in *inquiry) keys(e *explanation) []sync.Key {
	keys := []sync.Key{e.key}
	for k, main := range in.roster.Alias {
		if main == e.key {
			keys = append(keys, k)
		}
	}
	for line := range strings.SplitSeq(e.link.Others, "\n") {
		if k := sync.Key(line); k != "" && in.person(k) == e.key {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// recorded asks a source for the records of a key: at the place where they were
// read, which is the surest, or else by the key.
func (w *witness) recorded(ctx context.Context, source string, r sources.Recorder, k sync.Key) []sourceRecord {
	who, has := string(k), func(id sync.Identity) bool { return id.Key == k }
	read := slices.IndexFunc(w.snapshot.Identities, has)
	alone := read >= 0 && !slices.ContainsFunc(w.snapshot.Identities[read+1:], has)
	if alone && strings.Contains(w.snapshot.Identities[read].Origin.Place, "=") {
		who = w.snapshot.Identities[read].Origin.Place
	}
	found, err := recordsOf(ctx, r, who)
	if err != nil {
		return []sourceRecord{{source: source, none: "could not be asked: " + err.Error()}}
	}
	if len(found) == 0 {
		return []sourceRecord{{source: source, none: "has nobody under the key " + string(k), moved: read >= 0}}
	}
	var all []sourceRecord
	for _, f := range found {
		all = append(all, sourceRecord{source: source, Found: f, moved: len(found) == 1 && w.moved(f, read)})
	}
	return all
}

// moved reports whether a record is no longer as it was when all were read.
func (w *witness) moved(f sources.Found, read int) bool {
	m := f.Trace.Mapped
	if read < 0 {
		return m.Reject == nil && !m.Excluded && f.Out == ""
	}
	id := m.Identity
	id.Origin = w.snapshot.Identities[read].Origin // a line may be another one, and nothing has changed
	return m.Reject != nil || m.Excluded || f.Out != "" || !id.Equal(w.snapshot.Identities[read])
}

// recordsOf asks a source, and calls what leaves records out as the
// configuration of such a source does.
func recordsOf(ctx context.Context, r sources.Recorder, who string) ([]sources.Found, error) {
	found, err := r.Record(ctx, who)
	if _, ok := r.(*ldapdir.Source); ok {
		for _, f := range found {
			for i := range f.Trace.Steps {
				if s := &f.Trace.Steps[i]; s.Path == pathFilter {
					s.Path = pathInclude
				}
			}
		}
	}
	return found, err
}

// The keys of the condition that leaves records out: of a file and of a
// directory, whose filter is the server's business.
const (
	pathFilter  = "filter"
	pathInclude = "include"
)
