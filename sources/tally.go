package sources

import (
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A Tally collects what the records of one read become. It keeps little: the
// texts of an identity lie in one piece of memory and do not hold on to the
// record they came from, and texts that many people share are kept once.
type Tally struct {
	snapshot sync.Snapshot
	shared   map[string]string
}

// The texts that are shared are few and short; beyond this they are not.
const (
	maxShared     = 4096
	maxSharedText = 128
)

// foresight is for how many identities there must be room, lest more is made.
const foresight = 1024

// NewTally returns a tally for a read of the named source from a server or
// file.
func NewTally(source, server string) *Tally {
	return &Tally{
		snapshot: sync.Snapshot{Source: source, Receipt: sync.Receipt{Server: server}},
		shared:   map[string]string{},
	}
}

// Foresee makes room for the identities that are to come if the rest of an
// input of the given size is like what was read of it. Growing by and by would
// take twice the memory at its peak.
func (t *Tally) Foresee(read, size int64) {
	all := t.snapshot.Identities
	if read <= 0 || read >= size || len(all) == 0 || cap(all)-len(all) >= foresight {
		return
	}
	more := float64(len(all)) * float64(size-read) / float64(read) * 9 / 8
	t.snapshot.Identities = slices.Grow(all, int(min(more, 15*float64(len(all))))) // the beginning may mislead
}

// Entries returns how many records were added.
func (t *Tally) Entries() int { return t.snapshot.Receipt.Entries }

// Add takes in what a record became.
func (t *Tally) Add(m Mapped) {
	switch {
	case m.Reject != nil:
		t.Reject(*m.Reject)
	case m.Excluded:
		t.snapshot.Receipt.Entries++
		t.snapshot.Receipt.Excluded++
	default:
		t.snapshot.Receipt.Entries++
		t.keep(m.Identity)
	}
}

// Reject takes in a record that could not even be mapped.
func (t *Tally) Reject(r sync.Reject) {
	t.snapshot.Receipt.Entries++
	r.Key = sync.Key(strings.Clone(string(r.Key)))
	r.Join = strings.Clone(r.Join)
	r.Hints = strings.Clone(r.Hints)
	r.Origin.Place = strings.Clone(r.Origin.Place)
	r.Origin.Source = t.share(r.Origin.Source)
	t.snapshot.Rejects = append(t.snapshot.Rejects, r)
}

// Snapshot returns all that was added. The tally must not be used afterwards.
func (t *Tally) Snapshot(took time.Duration) sync.Snapshot {
	t.snapshot.Receipt.Took = took
	return t.snapshot
}

func (t *Tally) keep(id sync.Identity) {
	for f := range id.States.All() {
		if id.Profile[f] != "" {
			t.snapshot.Receipt.Filled[f]++
		}
	}
	if id.Picture != nil {
		id.Picture = t.picture(*id.Picture)
	}
	id.Origin.Source = t.share(id.Origin.Source)
	id.Auth.Service = t.share(id.Auth.Service)
	id.Profile[sync.Position] = t.share(id.Profile[sync.Position])
	id.Profile[sync.Locale] = t.share(id.Profile[sync.Locale])
	pack(&id)
	if id.Picture != nil && id.Picture.Key != "" {
		id.Picture.Key = id.Key
	}
	t.snapshot.Identities = append(t.snapshot.Identities, id)
}

// picture counts a picture, and returns one that nobody else has.
func (t *Tally) picture(p sync.Picture) *sync.Picture {
	if p.Digest != "" && p.Digest != sync.NoPicture {
		t.snapshot.Receipt.Pictured++
	}
	p.Fault = t.share(p.Fault)
	return &p
}

// share returns an equal text that others use too, if there is room for it.
func (t *Tally) share(s string) string {
	if kept, ok := t.shared[s]; ok {
		return kept
	}
	s = strings.Clone(s)
	if len(t.shared) < maxShared && len(s) <= maxSharedText {
		t.shared[s] = s
	}
	return s
}

// pack puts the texts that are the person's own into one allocation.
func pack(id *sync.Identity) {
	own := []*string{
		(*string)(&id.Key), &id.Auth.Data, &id.Stamp, &id.Join, &id.Origin.Place,
		&id.Profile[sync.Username], &id.Profile[sync.Email], &id.Profile[sync.FirstName],
		&id.Profile[sync.LastName], &id.Profile[sync.Nickname],
	}
	if id.Picture != nil {
		own = append(own, &id.Picture.Digest)
	}
	size := 0
	for _, s := range own {
		size += len(*s)
	}
	var b strings.Builder
	b.Grow(size)
	for _, s := range own {
		start := b.Len()
		b.WriteString(*s)
		*s = b.String()[start:]
	}
}
