package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// An exhibition is a source whose pictures cannot be had, each for the reason
// that comes next; the last one stays.
type exhibition struct {
	sync.Source
	sync.Gallery
	faults []error
	asked  int
	closed bool
}

func (e *exhibition) Name() string { return "hr" }

func (e *exhibition) Pictures(context.Context, []sync.Key) (sync.Pictures, error) { return e, nil }

func (e *exhibition) Picture(context.Context, sync.Key) ([]byte, error) {
	e.asked++
	err := e.faults[min(e.asked, len(e.faults))-1]
	if err == errPanic {
		panic(err)
	}
	return nil, err
}

func (e *exhibition) Close() error {
	e.closed = true
	return nil
}

var errPanic = errors.New("panic")

// A source that breaks is not asked for the pictures of ten thousand people one
// after the other; a picture that cannot be used is no such trouble.
func TestGalleryThatBreaks(t *testing.T) {
	down, bad := errors.New("the directory is down"), fmt.Errorf("no such file: %w", sync.ErrPicture)
	for name, tt := range map[string]struct {
		faults []error
		want   int
	}{
		"down":                     {[]error{down}, mostBroken},
		"it panics":                {[]error{errPanic}, mostBroken},
		"down now and then":        {[]error{down, down, nil, down, down, nil}, 10},
		"all of them are unusable": {[]error{bad}, 10},
		"one between is unusable":  {[]error{down, down, bad, down}, 3 + mostBroken},
	} {
		e := &exhibition{faults: tt.faults}
		g := &gallery{feeds: []feed{{Source: e, pictures: e}}}
		end := g.open([]sync.Change{{Steps: []sync.Step{{Kind: sync.SetPicture, Picture: sync.Picture{Digest: "d", Key: "hr:1"}}}}})
		var err error
		for range 10 {
			_, err = g.picture(t.Context(), "hr:1")
		}
		if e.asked != tt.want || (err == nil) != (tt.faults[len(tt.faults)-1] == nil) {
			t.Errorf("%s: got that it was asked %d times, and %v at last; want %d", name, e.asked, err, tt.want)
		}
		if _, err := g.picture(t.Context(), "ldap:1"); !errors.Is(err, errNoPictures) {
			t.Errorf("%s: of another source: got %v, want %v", name, err, errNoPictures)
		}
		if end(); !e.closed {
			t.Errorf("%s: it stays open", name)
		}
	}
}
