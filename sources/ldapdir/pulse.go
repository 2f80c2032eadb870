package ldapdir

import (
	"net"
	stdsync "sync"
	"time"
)

// A pulse is a connection that may be silent for a while, but not while an
// answer is due: then each read moves the deadline on. So slowness ends
// nothing, and silence does.
type pulse struct {
	net.Conn
	idle time.Duration

	mu      stdsync.Mutex
	due     bool
	stopped bool
}

// expect says that an answer is due, or no longer is.
func (p *pulse) expect(due bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due = due
	p.arm()
}

// stop makes all reads and writes fail from now on.
func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.arm()
}

// arm sets the deadline. The caller has the lock.
func (p *pulse) arm() {
	switch {
	case p.stopped:
		_ = p.SetDeadline(time.Unix(1, 0))
	case p.due:
		_ = p.SetDeadline(time.Now().Add(p.idle))
	default:
		_ = p.SetDeadline(time.Time{})
	}
}

// Read implements [net.Conn].
func (p *pulse) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.due && n > 0 {
		p.arm()
	}
	return n, err
}
