package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// portrays reports whether some source has pictures.
func portrays(c *config.Config) bool {
	return slices.ContainsFunc(c.Sources, func(s config.Source) bool { return s.Mapping.Picture() != "" })
}

// picturesDue reports whether this run reads pictures: when a person asks for
// them, or when those of one source were last read too long ago.
func (c *cycle) picturesDue(ctx context.Context) (bool, error) {
	for _, f := range c.feeds {
		if f.pictures == nil {
			continue
		}
		last, err := c.memory.PicturesRead(ctx, f.Name())
		if err != nil || c.pictures || !c.now().Before(last.Add(c.pictureTime)) {
			return true, err
		}
	}
	return false, nil
}

// mostBroken is how often one after the other the pictures of a source cannot
// be had before it is asked for no more.
const mostBroken = 3

// A gallery has the pictures of the people of a plan, while it is carried out.
// They are opened when the first one is asked for. A nil gallery has none.
type gallery struct {
	feeds []feed
	mu    stdsync.Mutex
	rooms map[string]*room // by source
}

// A room is what a gallery has of one source.
type room struct {
	keys   []sync.Key
	open   sync.Pictures // nil: not yet
	broken int           // how often one after the other it failed
	err    error
}

// open prepares for the pictures of some changes, and returns what ends that.
func (g *gallery) open(changes []sync.Change) (end func()) {
	if g == nil {
		return func() {}
	}
	g.rooms = make(map[string]*room)
	for _, c := range changes {
		for _, s := range c.Steps {
			if k := s.Picture.Key; s.Kind == sync.SetPicture && s.Picture.Digest != sync.NoPicture {
				if g.rooms[k.Source()] == nil {
					g.rooms[k.Source()] = new(room)
				}
				r := g.rooms[k.Source()]
				r.keys = append(r.keys, k)
			}
		}
	}
	return g.close
}

func (g *gallery) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.rooms {
		if r.open != nil {
			_ = r.open.Close() // it was only read
		}
	}
	g.rooms = nil
}

var errNoPictures = errors.New("the source has no pictures in this configuration")

// picture returns the bytes of the picture that somebody's record has now.
func (g *gallery) picture(ctx context.Context, key sync.Key) (picture []byte, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.rooms[key.Source()]
	i := slices.IndexFunc(g.feeds, func(f feed) bool { return f.Name() == key.Source() && f.pictures != nil })
	switch {
	case r == nil || i < 0:
		return nil, errNoPictures
	case r.broken >= mostBroken:
		return nil, r.err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		if r.broken++; err == nil || errors.Is(err, sync.ErrPicture) {
			r.broken = 0
		}
		r.err = err
	}()
	if r.open == nil {
		if r.open, err = g.feeds[i].pictures.Pictures(ctx, r.keys); err != nil {
			r.open = nil
			return nil, err
		}
	}
	return r.open.Picture(ctx, key)
}
