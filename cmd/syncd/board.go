package main

import (
	stdsync "sync"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// A board is what the daemon says of itself to whoever looks at its pages. The
// daemon writes it, and any number of requests read it.
type board struct {
	mu  stdsync.Mutex
	now boardState
}

// A boardState is a board at one moment. What its pointers lead to never
// changes.
type boardState struct {
	Instance string
	Mode     sync.Mode
	Digest   string    // of the configuration
	Loaded   time.Time // when it was read
	Refused  time.Time // when another one was read and refused; zero: that in use is the newest
	Standing error     // why this daemon stands by; nil: it leads
	Next     time.Time // when the next run begins
	Began    time.Time // of the run that is under way; zero: none is
	LeftOut  time.Time // when a run was left out because somebody else was at work; zero: not the last one
	Last     *story    // the last run or plan that ended; nil: none since the start
	Plan     *story    // the last one that came to a plan
	Sheet    *sheet    // that plan
}

// peopleOnBoard is how many people of each group of a plan are kept.
const peopleOnBoard = 200

// look returns the board as it is.
func (b *board) look() boardState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *board) write(change func(*boardState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.now)
}

func (b *board) configured(c *config.Config, at time.Time) {
	b.write(func(s *boardState) {
		s.Instance, s.Mode, s.Digest, s.Loaded, s.Refused = c.Instance, c.Mode, c.Digest(), at, time.Time{}
	})
}

func (b *board) configRefused(at time.Time) { b.write(func(s *boardState) { s.Refused = at }) }

func (b *board) scheduled(next time.Time) { b.write(func(s *boardState) { s.Next = next }) }

// stands says why this daemon stands by: of another one's next run nothing is
// known.
func (b *board) stands(why error) {
	b.write(func(s *boardState) { s.Standing, s.Next = why, time.Time{} })
}

func (b *board) began(at time.Time) { b.write(func(s *boardState) { s.Began = at }) }

func (b *board) leftOut(at time.Time) {
	b.write(func(s *boardState) { s.Began, s.LeftOut = time.Time{}, at })
}

// ended takes over what a run came to. Of a plan the first people of each group
// are kept, not the plan.
func (b *board) ended(told story, plan sheet) {
	b.write(func(s *boardState) {
		s.Began, s.LeftOut, s.Last = time.Time{}, time.Time{}, &told
		if told.Planned {
			s.Plan, s.Sheet = &told, &plan
		}
	})
}
