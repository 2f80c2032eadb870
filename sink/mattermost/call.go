package mattermost

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

// Bounds of an answer.
const (
	smallAnswer = 1 << 20
	bulkAnswer  = 64 << 20
)

// conn makes requests.
type conn struct {
	Config
	base    string
	local   bool          // over the server's socket
	bodies  stdsync.Pool  // of *bytes.Buffer: answers of a megabyte are read one after the other
	bearer  func() string // a func, so that printing a conn prints no secret
	http    *http.Client
	pace    *pace
	version atomic.Pointer[string]
	server  atomic.Pointer[string] // X-Version-Id, which changes with the configuration
	trouble atomic.Uint64
	chain   certificates
}

// A request is one call to be made.
type request struct {
	call   string
	method string
	path   string
	body   any
	raw    []byte // instead of body: what is no JSON
	kind   string // Content-Type of raw
	most   int64  // bytes of the answer
	write  bool
	heed   func(http.Header) // of an answer that says yes; nil: nobody cares
}

// fetch makes a request and decodes its answer.
func fetch[T any](ctx context.Context, c *conn, q request) (T, error) {
	var out T
	err := c.do(ctx, q, func(body []byte) error {
		var fresh T
		err := json.Unmarshal(body, &fresh)
		out = fresh
		return err
	})
	return out, err
}

// errNoID is a request for one account that does not say which. None is sent:
// on the server's own socket, DELETE without an id deletes everybody.
var errNoID = errors.New("the request names no account")

// unnamed reports whether a request writes to an account without naming one.
func (q request) unnamed() bool {
	rest, users := strings.CutPrefix(q.path, "/users/")
	id := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		id = rest[:i]
	}
	alone := (q.method == http.MethodDelete || q.method == http.MethodPut) && !users
	return alone || users && strings.Trim(id, ".") == ""
}

// do makes a request, again if that is safe and may help.
func (c *conn) do(ctx context.Context, q request, decode func([]byte) error) error {
	if q.unnamed() {
		return notSent(q, errNoID)
	}
	body, err := json.Marshal(q.body)
	if err != nil {
		return fmt.Errorf("mattermost: %s: encode the request: %w", q.call, err)
	}
	if !namesOne(q.path) {
		return notSent(q, errNameless)
	}
	if q.raw != nil {
		body = q.raw
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier, wait.MaxInterval = c.FirstWait, 2, 20*time.Second
	begun := time.Now()
	for attempt := 1; ; attempt++ {
		e := c.attempt(ctx, q, body, decode)
		c.observe(q, e, attempt)
		if e.err == nil {
			return nil
		}
		e.err.Tries = attempt
		pause := max(wait.NextBackOff(), e.err.retryAfter)
		if !e.err.again || attempt >= c.Tries || time.Since(begun)+pause > c.GiveUp {
			return e.err
		}
		c.Log.Info("request is tried again", zap.String("call", q.call), zap.Int("attempt", attempt),
			zap.Duration("wait", pause), zap.Error(e.err))
		if err := sleep(ctx, pause); err != nil {
			return errors.Join(err, e.err)
		}
	}
}

// An ending is what became of one attempt.
type ending struct {
	err  *Error // nil: success
	took time.Duration
	code int
}

// observe tells whoever counts, and counts what asks for a slower pace.
func (c *conn) observe(q request, e ending, attempt int) {
	outcome := outcomeOK
	if e.err != nil {
		outcome = e.err.outcome
		if e.err.class == ErrUnavailable {
			c.trouble.Add(1)
		}
	}
	c.Observe(Call{Name: q.call, Outcome: outcome, Status: e.code, Attempt: attempt, Took: e.took,
		Bucket: c.pace.bucket(), Certificate: c.chain.until()})
}

// attempt makes a request once. Before it believes a refusal that a broken
// database explains as well, it asks for the database.
func (c *conn) attempt(ctx context.Context, q request, body []byte, decode func([]byte) error) ending {
	if err := c.pace.wait(ctx); err != nil {
		return ending{err: notSent(q, err)}
	}
	begun := time.Now()
	code, err := c.once(ctx, q, body, decode)
	end := ending{err: err, took: time.Since(begun), code: code}
	if err != nil && err.suspicious() && q.call != callPing && !c.healthy(ctx) {
		err.class, err.outcome = ErrUnavailable, outcomeError
		err.again, err.unknown = !q.write, q.write
		err.Message = "the server does not say that its database is up, so the refusal is not believed"
	}
	return end
}

// once sends a request and reads the answer.
func (c *conn) once(ctx context.Context, q request, body []byte, decode func([]byte) error) (int, *Error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, errSlow)
	defer cancel()
	req, err := c.newRequest(ctx, q, body)
	if err != nil {
		return 0, notSent(q, err)
	}
	if q.write && c.Allow != nil {
		if err := c.Allow(ctx); err != nil { // as late as can be
			return 0, notSent(q, err)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.chain.refused(err)
		return 0, lost(ctx, q, err)
	}
	defer resp.Body.Close()
	c.chain.note(resp.TLS)
	c.note(resp.Header)
	buffer := c.buffer()
	defer c.bodies.Put(buffer)
	text, err := readAll(buffer, resp.Body, q.most)
	if err != nil {
		e := lost(ctx, q, err)
		e.Status, e.RequestID = resp.StatusCode, clean(resp.Header.Get("X-Request-Id"), 40)
		return resp.StatusCode, e
	}
	if resp.StatusCode/100 != 2 {
		e := refusal(q, resp, text)
		if e.outcome == outcomeLimited {
			c.pace.pause(time.Now(), e.retryAfter, c.GiveUp)
		}
		return resp.StatusCode, e
	}
	if q.heed != nil {
		q.heed(resp.Header)
	}
	if err := decode(text); err != nil {
		return resp.StatusCode, refusal(q, resp, notJSON(text))
	}
	return resp.StatusCode, nil
}

// notJSON returns the body if it is not JSON, so that an error can describe
// it, and nothing if it is JSON of another shape.
func notJSON(body []byte) []byte {
	if json.Valid(body) {
		return nil
	}
	return body
}

// newRequest builds the HTTP request.
func (c *conn) newRequest(ctx context.Context, q request, body []byte) (*http.Request, error) {
	var r io.Reader = http.NoBody
	if q.body != nil || q.raw != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, c.base+q.path, r)
	if err != nil {
		return nil, bare(err)
	}
	if bearer := c.bearer(); !c.local && bearer != "" {
		req.Header.Set("Authorization", bearer)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("User-Agent", "syncd")
	switch {
	case q.raw != nil:
		req.Header.Set("Content-Type", q.kind)
	case q.body != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// note remembers what the headers of an answer say of the server.
func (c *conn) note(h http.Header) {
	c.pace.heed(h)
	if f := strings.SplitN(h.Get("X-Version-Id"), ".", 4); len(f) == 4 {
		v, whole := clean(strings.Join(f[:3], "."), 30), clean(h.Get("X-Version-Id"), 200)
		c.version.Store(&v)
		c.server.Store(&whole)
	}
}

// healthy reports whether the server can reach its database. A refusal, as a
// proxy may give, says nothing against it.
func (c *conn) healthy(ctx context.Context) bool {
	var said struct {
		Database string `json:"database_status"`
	}
	q := request{call: callPing, method: http.MethodGet, path: "/system/ping?get_server_status=true", most: smallAnswer}
	end := c.attempt(ctx, q, nil, func(body []byte) error { return json.Unmarshal(body, &said) })
	c.observe(q, end, 1)
	if end.err != nil {
		return end.err.outcome == outcomeRefused
	}
	return !strings.EqualFold(said.Database, "UNHEALTHY")
}

// errNameless is a request that was not sent.
var errNameless = errors.New("the account has no id, so that the request may reach others")

// namesOne reports whether no part of a path is empty or leads elsewhere: of
// DELETE /users/{id} without an id a proxy makes DELETE /users, which ends
// everybody.
func namesOne(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// errSlow is why a request that got no answer in time ended.
var errSlow = errors.New("the server did not answer in time")

// errLong is an answer over its bound.
var errLong = errors.New("the answer is longer than any that is expected")

// buffer returns an empty buffer. Whatever outlives the call is copied out of
// it.
func (c *conn) buffer() *bytes.Buffer {
	b, ok := c.bodies.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

// readAll reads a body up to a bound. The text is valid as long as the buffer
// is not used for another.
func readAll(into *bytes.Buffer, r io.Reader, most int64) ([]byte, error) {
	_, err := into.ReadFrom(io.LimitReader(r, most+1))
	if err == nil && int64(into.Len()) > most {
		err = errLong
	}
	return into.Bytes(), err
}

// notSent is a request that never left.
func notSent(q request, err error) *Error {
	return &Error{Call: q.call, Cause: err, outcome: outcomeCanceled}
}

// lost is a request whose answer did not come, or not whole.
func lost(ctx context.Context, q request, err error) *Error {
	e := &Error{Call: q.call, Cause: bare(err), class: ErrUnavailable, outcome: outcomeUnreachable, again: true}
	if cause := context.Cause(ctx); cause != nil {
		e.Cause = cause
	}
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &cert): // will not change, and nothing was sent
		e.again = false
	case errors.As(err, &op) && op.Op == "dial": // nothing was sent
	case q.write:
		e.again, e.unknown = false, true
	}
	if cause := context.Cause(ctx); cause != nil && cause != errSlow {
		e.again, e.outcome = false, outcomeCanceled
	}
	return e
}

// bare takes the address away from an error of package http: the path may be
// an e-mail.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
