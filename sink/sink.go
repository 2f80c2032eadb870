package sink

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// A Config says how hard the server may be worked.
type Config struct {
	MaxParallel int                   // calls in flight; 4. Reads use at least 4.
	OnRead      func(done, total int) // progress of Find, never two at a time; nil: none
	Grace       time.Duration         // how long calls in flight may go on when Apply is stopped; 20 s
	Pause       time.Duration         // before a second look or write; then it doubles; 200 ms
	EndTokens   bool                  // access tokens end with a deactivated account
	Erases      bool                  // accounts may be deleted for good, so that Facts asks whether the server does that
	Portrays    bool                  // accounts may get pictures, so that Facts asks whose pictures the server has itself
	WelcomeMail bool                  // let the server greet whoever gets an account
	ResetMail   bool                  // mail a link to whoever gets one with a password that nobody knows
	Log         *zap.Logger           // changes of pace; nil: none

	// Picture returns the bytes of the picture that somebody's record has now,
	// none for nobody's; nil: there are no pictures. It is called by several
	// goroutines.
	Picture func(ctx context.Context, key sync.Key) ([]byte, error)
}

// minReads is how many reads are in flight at least: a server answers four at
// once nearly twice as fast as one after the other.
const minReads = 4

// A Finder reads users. It implements [sync.Finder].
type Finder struct {
	api   *mattermost.Reader
	cfg   Config
	facts atomic.Pointer[sync.Facts] // as last read
}

// A Sink reads and changes users. It implements [sync.Sink].
type Sink struct {
	*Finder
	api  *mattermost.Client
	vain vain
}

var (
	_ sync.Finder = (*Finder)(nil)
	_ sync.Sink   = (*Sink)(nil)

	_ sync.TokenLister = (*Finder)(nil)
)

// NewFinder returns a Finder, which cannot write.
func NewFinder(r *mattermost.Reader, c Config) *Finder {
	if c.MaxParallel <= 0 {
		c.MaxParallel = minReads
	}
	if c.Grace <= 0 {
		c.Grace = 20 * time.Second
	}
	if c.Pause <= 0 {
		c.Pause = 200 * time.Millisecond
	}
	if c.OnRead == nil {
		c.OnRead = func(int, int) {}
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	return &Finder{api: r, cfg: c}
}

// New returns a Sink.
func New(c *mattermost.Client, cfg Config) *Sink {
	return &Sink{Finder: NewFinder(&c.Reader, cfg), api: c}
}

// ErrNotAdmin is the error of a token that is accepted but is not an active
// system administrator's.
var ErrNotAdmin = errors.New("the token does not belong to an active system administrator")

// ErrGaveUp is why Apply stopped: too many changes in a row failed.
var ErrGaveUp = errors.New("stopped, because one change after the other failed")

// errStopped is a change that was begun and not ended when the run stopped.
var errStopped = errors.New("the run stopped between two steps")

// notAdmin says whose token it is.
func notAdmin(username, why string) error {
	return fmt.Errorf("mattermost: the token belongs to %q, %s: %w: give the account the role, or use a token of a bot that has it",
		username, why, ErrNotAdmin)
}
