package sources

import (
	"slices"
	"strings"
	stdsync "sync"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A Mapping makes identities of records. It may be used by several goroutines
// at the same time.
type Mapping struct {
	source                     string
	anchor                     string
	include, disabled, expired *expression // nil: not configured
	join, role                 *expression // nil: not configured
	fields                     []fieldRule
	service                    string
	serviceFrom, data          *expression
	when                       sync.AuthMode
	stamp                      []string
	hash, zone                 *expression // nil: not configured
	zones                      zones
	picture                    string
	uses                       map[string][]string // attribute: paths
	wanted                     []attribute
	frames                     stdsync.Pool
}

type fieldRule struct {
	field   sync.Field
	value   *expression
	onEmpty OnEmpty
}

// An attribute is what evaluation loads of a record.
type attribute struct {
	name string
	one  string // its name in the environment as one value
	all  string // as a list; "" when no expression wants one
}

// Attributes returns the attributes that the mapping reads, sorted: those of
// the expressions, the anchor and the stamp. Groups are not among them.
func (m *Mapping) Attributes() []string {
	names := make([]string, 0, len(m.wanted))
	for _, a := range m.wanted {
		if !strings.HasPrefix(a.name, groupPrefix) {
			names = append(names, a.name)
		}
	}
	return names
}

// Uses returns the paths in the configuration that read an attribute, so that
// a missing column can be reported where it is used.
func (m *Mapping) Uses(attr string) []string { return slices.Clone(m.uses[attr]) }

// Joins reports whether records say who is the same person in other sources.
func (m *Mapping) Joins() bool { return m.join != nil }

// Source returns the name of the source, the first part of every key.
func (m *Mapping) Source() string { return m.source }

// Anchor returns the attribute that holds the anchor.
func (m *Mapping) Anchor() string { return m.anchor }

// Picture returns the attribute that has the picture, or the column with the
// name of its file; "" if there are none.
func (m *Mapping) Picture() string { return m.picture }

// Key returns the key of the person with the given raw anchor, for records that
// are too broken to be mapped. It returns "" when the anchor is not legible.
func (m *Mapping) Key(anchor string) sync.Key {
	s, err := clean(anchor)
	if err != nil || checkAnchor(s) != nil {
		return ""
	}
	return sync.NewKey(m.source, s)
}

// prepare derives what evaluation needs from the checked parts.
func (m *Mapping) prepare() {
	lists := map[string]bool{}
	for _, e := range m.expressions() {
		for _, a := range e.lists {
			lists[a] = true
		}
	}
	for name := range m.uses {
		a := attribute{name: name, one: oneOf + name}
		if lists[name] {
			a.all = allOf + name
		}
		m.wanted = append(m.wanted, a)
	}
	slices.SortFunc(m.wanted, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	m.frames.New = func() any { return newFrame(len(m.wanted)) }
}

func (m *Mapping) expressions() []*expression {
	all := []*expression{m.include, m.disabled, m.expired, m.join, m.serviceFrom, m.data, m.role}
	all = append(all, m.hash, m.zone)
	for _, f := range m.fields {
		all = append(all, f.value)
	}
	return slices.DeleteFunc(all, func(e *expression) bool { return e == nil })
}

// Mapped is what a record became: an identity, unless Reject is set or
// Excluded is true. Never are both.
type Mapped struct {
	Identity sync.Identity
	Reject   *sync.Reject // the record is broken; Identity is zero
	Excluded bool         // the filter says that the record is no person; Identity is zero
}

// Map makes of a record an identity, a reject, or neither if the filter
// excludes it. Now is the time of the run, against which past compares.
func (m *Mapping) Map(r Record, origin sync.Origin, now time.Time) Mapped {
	f := m.frames.Get().(*frame)
	defer m.frames.Put(f)
	f.load(m.wanted, r, now)
	return m.become(f, r, origin)
}

// become maps the record that the frame holds.
func (m *Mapping) become(f *frame, r Record, origin sync.Origin) Mapped {
	anchor, err := f.anchor(m.anchor)
	included, includeErr := f.truth(m.include, true)
	switch {
	case includeErr == nil && !included:
		// Even without an anchor: a record that is no person's hides nobody.
		return Mapped{Excluded: true}
	case err != nil:
		return m.rejected(f, "", origin, sync.RejectAnchor, err)
	}
	key := sync.NewKey(m.source, anchor)
	if includeErr != nil {
		return m.rejected(f, key, origin, sync.RejectValue, includeErr)
	}
	status, err := m.status(f)
	if err != nil {
		return m.rejected(f, key, origin, sync.RejectValue, err)
	}
	id := sync.Identity{Key: key, Status: status, When: m.when, Origin: origin, Stamp: m.digest(r, key)}
	if id.Join, err = m.joinValue(f); err != nil { // who somebody is must be certain, whatever their status
		return m.rejected(f, key, origin, sync.RejectValue, err)
	}
	if err := m.describe(f, &id); err != nil {
		return m.rejected(f, key, origin, sync.RejectValue, err)
	}
	return Mapped{Identity: id}
}

// rejected is a record that is broken. Whose it is may be known all the same.
func (m *Mapping) rejected(f *frame, key sync.Key, origin sync.Origin, reason sync.Reason, err error) Mapped {
	join, unknown := m.joinValue(f)
	if unknown != nil {
		join = ""
	}
	return Mapped{Reject: &sync.Reject{Key: key, Join: join, Hints: f.hints(), Origin: origin, Reason: reason, Detail: err.Error()}}
}

// joinValue tells who is the same person in other sources.
func (m *Mapping) joinValue(f *frame) (string, error) {
	value, err := f.text(m.join)
	if err == nil && len(value) > maxAnchor {
		err = m.join.problem(errLongJoin)
	}
	return value, err
}

// status tells whether the person is still there. Disabled goes before
// expired: somebody decided it.
func (m *Mapping) status(f *frame) (sync.Status, error) {
	disabled, err := f.truth(m.disabled, false)
	if err != nil {
		return sync.StatusNone, err
	}
	expired, err := f.truth(m.expired, false)
	switch {
	case err != nil:
		return sync.StatusNone, err
	case disabled:
		return sync.Disabled, nil
	case expired:
		return sync.Expired, nil
	}
	return sync.Enabled, nil
}

// describe fills in profile, sign-in and role. Of somebody who left it states nothing
// that cannot be told; of anybody else that is an error.
func (m *Mapping) describe(f *frame, id *sync.Identity) error {
	problems := m.profile(f, id)
	auth, err := m.auth(f)
	role, roleErr := m.roleOf(f)
	if id.Status != sync.Enabled {
		if len(problems) > 0 {
			id.Profile, id.States = sync.Profile{}, 0
		}
		if err == nil {
			id.Auth = auth
		}
		return nil
	}
	id.Auth, id.Role, id.First = auth, role, m.once(f)
	for _, err := range []error{err, roleErr} {
		if err != nil {
			problems = append(problems, err)
		}
	}
	return joined(problems)
}
