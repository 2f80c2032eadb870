package main

import (
	"net"
	stdsync "sync"
	"testing"
)

// A relay is a way to a socket that can be interrupted as networks are: nothing
// comes through and nobody is told, or all connections end.
type relay struct {
	listener net.Listener
	to       string

	mu    stdsync.Mutex
	held  chan struct{} // closed: it lets through
	conns []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, to: to, held: make(chan struct{})}
	close(r.held)
	go r.accept()
	t.Cleanup(func() {
		_ = l.Close() // no more comes
		r.cut()
	})
	return r
}

func (r *relay) accept() {
	for {
		here, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.connect(here)
	}
}

func (r *relay) connect(here net.Conn) {
	<-r.gate()
	there, err := net.Dial("unix", r.to)
	if err != nil {
		_ = here.Close() // the server is gone
		return
	}
	r.mu.Lock()
	r.conns = append(r.conns, here, there)
	r.mu.Unlock()
	go r.pump(here, there)
	r.pump(there, here)
}

// pump copies one way, as long as it is let through.
func (r *relay) pump(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		<-r.gate()
		if err == nil {
			_, err = to.Write(buf[:n])
		}
		if err != nil {
			_, _ = to.Close(), from.Close() // the other end sees it
			return
		}
	}
}

func (r *relay) gate() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held
}

// hold lets nothing through until cut.
func (r *relay) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = make(chan struct{})
}

// cut ends all connections, and lets new ones through.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		_ = c.Close() // it may have ended
	}
	r.conns = nil
	select {
	case <-r.held:
	default:
		close(r.held)
	}
}
