package sources

import (
	"fmt"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// Look makes of a record what is known of a person when somebody asks for them
// alone, and reports whether the filter lets them in. Nobody is excluded, and a
// status is enough: a broken profile leaves an identity that states nothing. A
// record without a legible anchor, or whose status cannot be told, is a reject.
func (m *Mapping) Look(r Record, origin sync.Origin, now time.Time) (Mapped, bool) {
	f := m.frames.Get().(*frame)
	defer m.frames.Put(f)
	f.load(m.wanted, r, now)

	anchor, err := f.anchor(m.anchor)
	if err != nil {
		return m.rejected(f, "", origin, sync.RejectAnchor, err), false
	}
	key := sync.NewKey(m.source, anchor)
	status, err := m.status(f)
	if err != nil {
		return m.rejected(f, key, origin, sync.RejectValue, err), false
	}
	bare := sync.Identity{Key: key, Status: status, When: m.when, Origin: origin}
	id := bare
	id.Stamp = m.digest(r, key)
	join, joinErr := m.joinValue(f)
	id.Join = join
	if err := m.describe(f, &id); err != nil || joinErr != nil {
		id = bare
	}
	in, err := f.truth(m.include, true)
	return Mapped{Identity: id}, err == nil && in
}

// A Lookout collects what a source has of the people it is asked for alone.
type Lookout struct {
	keys  []sync.Key
	by    map[sync.Key]*sought
	doubt error // a record may be anybody's who was not seen
}

// A sought is one of the people asked for.
type sought struct {
	sync.Sighting
	records int
	first   string // where the first one is
}

// NewLookout returns a lookout for the people with the given keys. It has no
// answer for the key of another source.
func NewLookout(source string, keys []sync.Key) *Lookout {
	l := &Lookout{keys: keys, by: make(map[sync.Key]*sought, len(keys))}
	for _, k := range keys {
		l.by[k] = &sought{Sighting: sync.Sighting{Key: k}}
		if k.Source() != source {
			l.Fail(k, fmt.Errorf("the key is not one of the source %s", source))
		}
	}
	return l
}

// Wants reports whether somebody is asked for.
func (l *Lookout) Wants(k sync.Key) bool { return l.by[k] != nil }

// See takes in what [Mapping.Look] made of the record at a place. One that is
// somebody else's is of no interest, one that may be anybody's is a doubt, and
// of two with one key it is not known which is theirs.
func (l *Lookout) See(m Mapped, in bool, place string) {
	key, id, err := m.Identity.Key, m.Identity, error(nil)
	if m.Reject != nil {
		key, err = m.Reject.Key, fmt.Errorf("%s: %s", place, m.Reject.Detail)
	}
	if key == "" {
		l.Doubt(fmt.Errorf("a record may be theirs: %w", err))
		return
	}
	s := l.by[key]
	if s == nil {
		return
	}
	switch s.records++; {
	case s.records > 1:
		s.Sighting = sync.Sighting{Key: key, Err: fmt.Errorf("two records have this key: %s and %s", s.first, place)}
	case err != nil:
		s.Err = err
	default:
		s.Found, s.In, s.Identity, s.Place = true, in, id, place
	}
	if s.records == 1 {
		s.first = place
	}
}

// Doubt says that those who are not seen may be there all the same. The first
// reason is the one that is told.
func (l *Lookout) Doubt(err error) {
	if l.doubt == nil {
		l.doubt = err
	}
}

// Fail says why it cannot be found out whether somebody is there.
func (l *Lookout) Fail(k sync.Key, err error) {
	if s := l.by[k]; s != nil {
		s.Sighting = sync.Sighting{Key: k, Err: err}
	}
}

// Sightings returns one sighting for each key asked for, in their order.
func (l *Lookout) Sightings() []sync.Sighting {
	all := make([]sync.Sighting, len(l.keys))
	for i, k := range l.keys {
		all[i] = l.by[k].Sighting
		if !all[i].Found && all[i].Err == nil {
			all[i].Err = l.doubt
		}
	}
	return all
}
