package csvfile

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sources"
)

var errNotAgain = errors.New("standard input cannot be read a second time, to look for one person")

// Record implements [sources.Recorder]. It reads the file again, whole and with
// all its checks.
func (s *Source) Record(ctx context.Context, who string) ([]sources.Found, error) {
	if s.config.Path == stdin {
		return nil, fmt.Errorf("csvfile: %w", errNotAgain)
	}
	var all []sources.Found
	r := s.newReading()
	r.each = func(next row) {
		if len(all) == sources.MaxFound {
			return
		}
		if f := r.found(next); s.mapping.Fits(who, f) {
			all = append(all, f)
		}
	}
	if err := r.whole(ctx); err != nil {
		return nil, err
	}
	return all, nil
}

// found returns a row with all its cells, mapped. The cells of a broken one are
// not to be relied on.
func (r *reading) found(next row) sources.Found {
	f := sources.Found{Origin: r.origin(next)}
	if next.fault != "" {
		reject := r.broken(next)
		f.Trace.Mapped.Reject = &reject
		return f
	}
	f.Record = make(sources.Record, len(r.names))
	for i, name := range r.names {
		f.Record[name] = next.cells[i]
	}
	f.Trace = r.source.mapping.Trace(f.Record, f.Origin, r.began)
	r.source.mapping.Conceal(&f)
	return f
}
