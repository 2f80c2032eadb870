package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A progress is a line on a terminal that says how far a run is. It appears
// when a run takes longer than a second, and never in a pipe.
type progress struct {
	w     io.Writer // nil: nobody would see it
	now   func() time.Time
	began time.Time

	people, users, usersTotal atomic.Int64
	applied, appliedTotal     atomic.Int64
	applying                  atomic.Int64 // when it began, in Unix nanoseconds
	quit, gone                chan struct{}
}

// The pace of the line.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

func (a *app) newProgress() *progress {
	p := &progress{now: time.Now, quit: make(chan struct{}), gone: make(chan struct{})}
	if a.width(a.stderr) > 0 && !a.quiet && a.getenv("TERM") != "dumb" {
		p.w = a.stderr
	}
	return p
}

func (p *progress) hooks() hooks {
	return hooks{
		onMore: func(people int) { p.people.Add(int64(people)) },
		onUsers: func(read, total int) {
			p.users.Store(int64(read))
			p.usersTotal.Store(int64(total))
		},
	}
}

// start shows the line from now on.
func (p *progress) start() {
	p.began = p.now()
	go p.draw()
}

// stop takes the line away.
func (p *progress) stop() {
	close(p.quit)
	<-p.gone
}

func (p *progress) draw() {
	defer close(p.gone)
	if p.w == nil {
		<-p.quit
		return
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	shown := false
	for {
		select {
		case <-p.quit:
			if shown {
				fmt.Fprint(p.w, "\r\x1b[K")
			}
			return
		case <-tick.C:
			if p.now().Sub(p.began) > progressAfter {
				shown = true
				fmt.Fprint(p.w, "\r\x1b[K"+p.line())
			}
		}
	}
}

// line says how far the run is, in less than 80 columns.
func (p *progress) line() string {
	if total := p.appliedTotal.Load(); total > 0 {
		done := p.applied.Load()
		return fmt.Sprintf("applied %s of %s%s", number(int(done)), number(int(total)), p.left(done, total))
	}
	var words []string
	if n := p.people.Load(); n > 0 {
		words = append(words, number(int(n))+" people read")
	}
	if n := p.users.Load(); n > 0 {
		words = append(words, fmt.Sprintf("accounts read %s of %s", number(int(n)), number(int(p.usersTotal.Load()))))
	}
	if len(words) == 0 {
		words = append(words, "reading both sides")
	}
	return strings.Join(words, ", ")
}

// left says how long the rest will take at the pace so far.
func (p *progress) left(done, total int64) string {
	if done == 0 || done == total {
		return ""
	}
	took := p.now().Sub(time.Unix(0, p.applying.Load()))
	rest := time.Duration(float64(took) / float64(done) * float64(total-done))
	return fmt.Sprintf(", %s left", rest.Round(time.Second))
}

// watch returns the sink with its results counted.
func (p *progress) watch(s sync.Sink) sync.Sink { return watchedSink{s, p} }

type watchedSink struct {
	sync.Sink
	line *progress
}

// Apply implements [sync.Sink].
func (s watchedSink) Apply(ctx context.Context, changes []sync.Change, done func(sync.Result)) error {
	s.line.applying.Store(s.line.now().UnixNano())
	s.line.appliedTotal.Store(int64(len(changes)))
	return s.Sink.Apply(ctx, changes, func(r sync.Result) {
		s.line.applied.Add(1)
		done(r)
	})
}
