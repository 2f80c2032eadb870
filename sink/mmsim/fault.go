package mmsim

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	stdsync "sync"
	"time"
)

// A FaultKind says how a request goes wrong.
type FaultKind uint8

// The kinds of faults.
const (
	FaultNone    FaultKind = iota
	FaultTooMany           // 429 in plain text, with Retry-After
	FaultError             // 500 with an error in JSON
	FaultGateway           // 502 with an HTML page, as from a proxy
	FaultCut               // the work is done, but the answer ends halfway
	FaultHang              // no answer until the client gives up
	FaultReset             // the connection is reset
	FaultIgnore            // 200 as if it were done, and nothing is
)

// A Fault makes requests go wrong.
type Fault struct {
	Method     string // "": any
	Path       string // part of the path, like "/patch"; "": any
	Times      int    // how many requests; 0: one
	After      bool   // the work is done first, and then the answer is lost
	Kind       FaultKind
	RetryAfter time.Duration // of FaultTooMany; a second by default
}

// Fault makes the next requests that match go wrong. Of several faults that
// match, the one set first comes first.
func (s *Server) Fault(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults.due = append(s.faults.due, f)
}

// ClearFaults drops the faults that have not struck yet.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.due = nil
}

// faults are those that have not struck yet.
type faults struct {
	mu  stdsync.Mutex
	due []Fault
}

// next returns the fault of a request, which may be none.
func (fs *faults) next(r *http.Request) Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i := range fs.due {
		f := &fs.due[i]
		if f.Times == 0 || f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.Path, f.Path) {
			continue
		}
		f.Times--
		return *f
	}
	return Fault{}
}

// before reports whether the fault strikes instead of the work.
func (f Fault) before() bool {
	return f.Kind != FaultNone && f.Kind != FaultIgnore && f.Kind != FaultCut && !f.After
}

// after reports whether the fault strikes after the work.
func (f Fault) after() bool {
	return f.Kind == FaultCut || f.After && f.Kind != FaultNone && f.Kind != FaultIgnore
}

// strike answers in the way of a fault, or does not answer. The answer that is
// due is empty if no work was done.
func (s *Server) strike(w http.ResponseWriter, r *http.Request, f Fault, due reply) {
	switch f.Kind {
	case FaultTooMany:
		w.Header().Set("Retry-After", seconds(max(f.RetryAfter, time.Second)))
		http.Error(w, "limit exceeded", http.StatusTooManyRequests)
	case FaultError:
		id := s.requestIDs.next()
		failed := refuse(500, "app.user.get.app_error", "Something went wrong.")
		s.write(w, r, reply{status: failed.status, header: s.header(id), body: failed.json(id, "")})
	case FaultGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"))
	case FaultCut:
		cut(w, due)
	case FaultHang:
		hang(r)
	case FaultReset:
		reset(w)
	}
}

// cut announces the whole answer, sends half of it and closes the connection.
func cut(w http.ResponseWriter, due reply) {
	for name, values := range due.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(due.body)+1))
	w.WriteHeader(max(due.status, http.StatusOK))
	_, _ = w.Write(due.body[:len(due.body)/2])
	_ = http.NewResponseController(w).Flush() // or the panic would drop it
	panic(http.ErrAbortHandler)
}

// hang waits until the client has given up.
func hang(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the client's leaving shows only after its body
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// reset drops the connection without a word.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2: only the stream can be dropped
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
