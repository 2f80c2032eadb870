package sink

import (
	"time"

	"github.com/directory-sync/syncd/sync"
)

const (
	// paceWindow is how many steps of a kind are looked at together.
	paceWindow = 8

	// paceRest is how many windows pass after a step back before the next try.
	paceRest = 3

	// paceCalm is the latency under which no server is strained.
	paceCalm = 20 * time.Millisecond
)

// pace finds out how many calls at a time the server bears. It doubles the
// number while latency holds, later adds one at a time, and halves it on
// trouble or rising latency.
//
// With n calls in flight and a latency of r times the one of a single call,
// n/r times as much gets done. Beyond r = 1 + n/2 more calls only wait for
// each other, and for the people who use the server.
type pace struct {
	limit int // calls in flight, from 1
	most  int
	eager bool // no step back yet
	rest  int  // windows until the next try
	slow  int  // windows in a row with a latency that is too high; one may be chance
	deaf  int  // strains not to be heard: of calls begun before the step back
	kinds map[sync.StepKind]*latency
}

// latency is what was seen of one kind of step.
type latency struct {
	n    int
	sum  time.Duration
	best time.Duration // mean of the best window
}

// newPace returns a pace of one call at a time, up to most.
func newPace(most int) *pace {
	return &pace{limit: 1, most: most, eager: true, kinds: map[sync.StepKind]*latency{}}
}

// note takes in how long a step took.
func (p *pace) note(kind sync.StepKind, took time.Duration) {
	p.deaf = max(p.deaf-1, 0)
	l := p.kinds[kind]
	if l == nil {
		l = &latency{}
		p.kinds[kind] = l
	}
	l.n++
	l.sum += took
	if l.n < paceWindow {
		return
	}
	mean := l.sum / time.Duration(l.n)
	l.n, l.sum = 0, 0
	if l.best == 0 || mean < l.best {
		l.best = mean
	}
	p.decide(mean, l.best)
	l.best += l.best / 32 // what was best long ago says little
}

// decide looks at a whole window.
func (p *pace) decide(mean, best time.Duration) {
	if mean <= paceCalm || 2*mean <= best*time.Duration(2+p.limit) {
		p.slow = 0
	} else {
		p.slow++
	}
	switch {
	case p.slow > 1:
		p.halve()
	case p.slow > 0:
	case p.rest > 0:
		p.rest--
	case p.eager:
		p.limit = min(2*p.limit, p.most)
	default:
		p.limit = min(p.limit+1, p.most)
	}
}

// strained halves the pace because the server asked for it or is in trouble.
func (p *pace) strained() {
	if p.deaf > 0 {
		p.deaf--
		return
	}
	p.deaf = p.limit
	p.halve()
}

func (p *pace) halve() {
	p.limit = max(p.limit/2, 1)
	p.eager, p.rest, p.slow = false, paceRest, 0
	for _, l := range p.kinds {
		l.n, l.sum = 0, 0
	}
}
