package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/directory-sync/syncd/sync"
)

// Bounds of the second look: everybody up to the first, a sample beyond it when
// the guard refuses anyway.
const (
	lookAtAll  = 200
	lookSample = 20
)

// look asks the sources once more for those whom the plan takes for absent and
// who were not asked for yet, and reports whether that has to be planned again.
// When so many are gone that the guard refuses, it looks at a sample, for the
// diagnosis.
func (c *cycle) look(ctx context.Context, in *sync.Input, r *sync.Report, asked map[sync.Key]bool) bool {
	start := c.now()
	defer func() { r.Took[sync.PhaseRead] += c.now().Sub(start) }()
	keys := slices.DeleteFunc(r.Plan.Leavers(), func(k sync.Key) bool { return asked[k] })
	if len(keys) == 0 {
		return false
	}
	all := c.lookAtAll || len(keys) <= lookAtAll || len(r.Verdict.Refusals()) == 0
	if !all {
		keys = sample(keys, lookSample)
	}
	for i, f := range c.feeds {
		own := keysOf(keys, f.Name())
		if len(own) == 0 || r.Sources[i].Err != nil {
			continue
		}
		seen, can := f.look(ctx, own)
		add(&r.Sources[i].Look, tallyLook(seen, len(own), can))
		r.Sources[i].Look.Sampled = !all
		if all {
			in.Sightings = append(in.Sightings, seen...)
		}
	}
	for _, k := range keys {
		asked[k] = true
	}
	return all
}

// add counts what another look found.
func add(l *sync.LookReport, more sync.LookReport) {
	l.Asked, l.Enabled, l.Left, l.Unknown = l.Asked+more.Asked, l.Enabled+more.Enabled, l.Left+more.Left, l.Unknown+more.Unknown
	l.Cannot = l.Cannot || more.Cannot
	l.Places = append(l.Places, more.Places...)
}

// look asks a source, if it can be asked. What it cannot say is an error of
// each of the people.
func (f feed) look(ctx context.Context, keys []sync.Key) (seen []sync.Sighting, can bool) {
	defer func() {
		if p := recover(); p != nil {
			seen, can = unknown(keys, fmt.Errorf("panic: %v", p)), true
		}
	}()
	looker, ok := f.Source.(sync.Looker)
	if !ok {
		return nil, false
	}
	seen, err := looker.Look(ctx, keys)
	switch {
	case errors.Is(err, sync.ErrCannotLook):
		return nil, false
	case err != nil:
		return unknown(keys, err), true
	}
	return seen, true
}

func unknown(keys []sync.Key, err error) []sync.Sighting {
	seen := make([]sync.Sighting, len(keys))
	for i, k := range keys {
		seen[i] = sync.Sighting{Key: k, Err: err}
	}
	return seen
}

func keysOf(keys []sync.Key, source string) []sync.Key {
	var own []sync.Key
	for _, k := range keys {
		if k.Source() == source {
			own = append(own, k)
		}
	}
	return own
}

// sample returns n keys from all over the list.
func sample(keys []sync.Key, n int) []sync.Key {
	picked := make([]sync.Key, n)
	for i := range n {
		picked[i] = keys[i*len(keys)/n]
	}
	return picked
}

func tallyLook(seen []sync.Sighting, asked int, can bool) sync.LookReport {
	l := sync.LookReport{Asked: asked, Cannot: !can}
	for _, s := range seen {
		switch {
		case s.Err != nil:
			l.Unknown++
		case s.Found && s.Identity.Status == sync.Enabled:
			l.Enabled++
			l.Places = append(l.Places, s.Place)
		case s.Found:
			l.Left++
		}
	}
	return l
}
