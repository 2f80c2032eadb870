package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Reading is what became of reading one source in this run.
type Reading struct {
	Source   string
	Failed   bool // the source was not read whole, so nothing is known of its people
	Joins    bool // its records may say who is the same person in other sources
	Snapshot Snapshot

	Read      int // identities in the snapshot; NewRoster counts them
	Joined    int // of them, with a join value; NewRoster counts them
	Illegible int // rejects without a legible key; NewRoster counts them
}

// A Roster is everybody whom the sources state, each person once.
type Roster struct {
	Readings   []Reading // in order of precedence; the identities of all are below
	Identities []Identity
	Rejects    []Reject
	Doubts     []Doubt        // by key, reason, detail
	Others     map[Key]string // by key of a person: as in Link.Others
	Alias      map[Key]Key    // from a key of Others to the person's
	Moved      map[Key]Key    // from the key of a link to another record that states the join value by which the person was known
	Split      []Key          // who stands alone because a person said so
}

// A Doubt is a reason why somebody must be held, whatever the sources state.
type Doubt struct {
	Key    Key
	Reason Reason
	Detail string
}

// NewRoster puts together what all sources state. Records with the same join
// value are one person. The key of the person is that of the link, if there is
// one, or else the one of the first source that has them; that source decides
// whether they are in, and each field is the first source's that states it.
//
// Somebody of whom a person said that they are somebody else stands alone: a
// key in split is joined with no other.
func NewRoster(readings []Reading, links []Link, split []Key) Roster {
	r := Roster{Readings: slices.Clone(readings), Split: split}
	joined := len(readings) > 1
	for i := range links {
		joined = joined || links[i].Join != ""
	}
	for i := range r.Readings {
		read := &r.Readings[i]
		read.count()
		if !joined {
			r.Identities, r.Rejects = read.Snapshot.Identities, read.Snapshot.Rejects
			continue
		}
		r.Identities = append(r.Identities, read.Snapshot.Identities...)
		r.Rejects = append(r.Rejects, read.Snapshot.Rejects...)
		read.Snapshot.Identities = nil // once is enough
	}
	if joined {
		newJoiner(&r, links, split).run()
	}
	return r
}

func (r *Reading) count() {
	r.Read, r.Joined, r.Illegible = len(r.Snapshot.Identities), 0, 0
	for i := range r.Snapshot.Identities {
		if r.Joins && r.Snapshot.Identities[i].Join != "" {
			r.Joined++
		}
	}
	for i := range r.Snapshot.Rejects {
		if r.Snapshot.Rejects[i].illegible() {
			r.Illegible++
		}
	}
}

// person returns the key of the person who has the key.
func (r Roster) person(k Key) Key {
	if main, ok := r.Alias[k]; ok {
		return main
	}
	return k
}

// at returns the place of a source in the order of precedence, and false when
// it is not in the configuration.
func (r Roster) at(source string) (int, bool) {
	for i := range r.Readings {
		if r.Readings[i].Source == source {
			return i, true
		}
	}
	return len(r.Readings), false
}

// illegible reports whether the record may be anybody's.
func (r *Reject) illegible() bool { return r.Key == "" || r.Unsure }

// counts says how many each source has that was read.
func (r Roster) counts() []SourceCount {
	var counts []SourceCount
	for _, read := range r.Readings {
		if !read.Failed {
			counts = append(counts, SourceCount{Source: read.Source, Joins: read.Joins, Read: Read{read.Read, read.Snapshot.Receipt.Filled, read.Joined}})
		}
	}
	return counts
}

// illegible returns, by source, the first reject without a legible key.
func (r Roster) illegible() map[string]*Reject {
	first := make(map[string]*Reject)
	for _, read := range r.Readings {
		for i := range read.Snapshot.Rejects {
			x := &read.Snapshot.Rejects[i]
			if old := first[read.Source]; x.illegible() && (old == nil || x.Origin.String() < old.Origin.String()) {
				first[read.Source] = x
			}
		}
	}
	return first
}

// unread returns the source because of which somebody whom no source states may
// not be taken for absent, and what is wrong with it; or "".
func (in brief) unread(l Link) (source, why string) {
	for _, k := range l.keys() {
		if _, ok := in.Roster.at(k.Source()); !ok {
			return k.Source(), notConfigured
		}
	}
	for _, read := range in.Roster.Readings {
		if read.Failed && read.mayHave(l) {
			return read.Source, notRead
		}
	}
	return "", ""
}

// What is wrong with a source.
const (
	notRead       = "was not read"
	notConfigured = "is not in the configuration"
)

// hides returns a record that may be that of somebody whom no source states, or
// nil: one without a legible key, or one whose key is nobody's and that has the
// user name or the e-mail of the account. A row that is shifted by a cell has
// another key.
func (in brief) hides(l Link, u *User) *Reject {
	for _, f := range []Field{Username, Email} {
		if x := in.hinted[Canonical(f, u.Profile[f])]; x != nil {
			return x
		}
	}
	if len(in.illegible) == 0 {
		return nil
	}
	for _, read := range in.Roster.Readings {
		if x := in.illegible[read.Source]; x != nil && read.mayHave(l) {
			return x
		}
	}
	return nil
}

// mayHave reports whether the source had the person at the last run, or may
// have taken them over from another one since.
func (r Reading) mayHave(l Link) bool {
	return r.Joins && l.Join != "" || slices.ContainsFunc(l.keys(), func(k Key) bool { return k.Source() == r.Source })
}

// keys returns the key of the link and those that other sources had for the
// person.
func (l Link) keys() []Key {
	keys := []Key{l.Key}
	for line := range strings.SplitSeq(l.Others, "\n") {
		if line != "" {
			keys = append(keys, Key(line))
		}
	}
	return keys
}

// newDoubt is a doubt with its detail put together.
func newDoubt(k Key, reason Reason, format string, args ...any) Doubt {
	return Doubt{k, reason, fmt.Sprintf(format, args...)}
}

func compareDoubts(a, b Doubt) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
}
