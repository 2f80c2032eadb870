package csvfile

import (
	"context"
	"fmt"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// Look implements [sync.Looker]. It reads the file again, all of it, with the
// checks of a read: what is not in a file that is not whole is not absent. A
// broken row that may be anybody's may be theirs, and a row that the filter
// leaves out is nobody else's.
func (s *Source) Look(ctx context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	if s.config.Path == stdin {
		return nil, fmt.Errorf("csvfile: standard input: %w", sync.ErrCannotLook)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	out := sources.NewLookout(s.config.Name, keys)
	r := s.newReading()
	r.each = func(next row) { r.look(out, next) }
	if err := r.whole(ctx); err != nil {
		return nil, err
	}
	return out.Sightings(), nil
}

// look looks at a row if it is, or may be, that of somebody who is asked for.
func (r *reading) look(out *sources.Lookout, next row) {
	key := r.key(next)
	if key != "" && !out.Wants(key) {
		return
	}
	place := r.origin(next).String()
	if next.fault != "" {
		j := r.broken(next)
		out.See(sources.Mapped{Reject: &j}, false, place)
		return
	}
	r.columns.load(r.record, next.cells)
	if key == "" && r.source.mapping.Map(r.record, r.origin(next), r.began).Excluded {
		return // what the filter says is no person hides nobody, as in a read
	}
	m, in := r.source.mapping.Look(r.record, r.origin(next), r.began)
	out.See(m, in, place)
}
