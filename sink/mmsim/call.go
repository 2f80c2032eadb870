package mmsim

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A call is one request on its way.
type call struct {
	*Server
	r         *http.Request
	route     *route
	arg       string // the parameter in the path
	body      []byte
	caller    *User  // nil: nobody, or nobody valid
	sessionID string // of the caller
	ignored   bool   // answer as if done, and do nothing
	local     bool   // over the socket: an administrator without an account calls
}

// A reply is an answer before it is sent.
type reply struct {
	status int // 0: 200
	header http.Header
	body   []byte
}

func (s *Server) newCall(r *http.Request, local bool) *call {
	routes := s.routes
	if local {
		routes = s.localRoutes
	}
	route, arg := find(routes, r)
	return &call{Server: s, r: r, route: route, arg: arg, local: local}
}

// answer carries a call out.
func (s *Server) answer(c *call) reply {
	id := s.requestIDs.next()
	answer, failed := c.do()
	if failed == nil {
		c.record(answer.body)
	}
	if failed != nil {
		answer.status = cmp.Or(answer.status, failed.status) // a list may be on its way with a 200 already
		answer.body = append(answer.body, failed.json(id, c.r.URL.Path)...)
	}
	if failed != nil && failed.lost {
		answer.header = http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
		return answer
	}
	h := s.header(id)
	if failed != nil && failed.status == http.StatusUnauthorized && c.caller == nil && tokenOf(c.r) != "" {
		h.Set("Set-Cookie", "MMAUTHTOKEN=; Path=/; Max-Age=0; HttpOnly")
	}
	if c.r.Method == http.MethodGet {
		h.Set("Expires", "0")
	}
	for name, values := range answer.header {
		h[name] = values
	}
	answer.header = h
	return answer
}

// header returns what almost every answer bears.
func (s *Server) header(requestID string) http.Header {
	return http.Header{
		"Content-Type": {"application/json"},
		"Vary":         {"Accept-Encoding"},
		"X-Request-Id": {requestID},
		"X-Version-Id": {s.versionID()},
	}
}

// do checks what all calls have in common, in the server's order, and then
// does what the route is for.
func (c *call) do() (reply, *failure) {
	if limit := c.rules.maxURL; limit > 0 && len(c.r.URL.RequestURI()) > limit {
		return reply{}, refuse(414, "basic_security_check.url.too_long_error", "The URL is too long.")
	}
	if failed := c.identify(); failed != nil {
		return reply{}, failed
	}
	if failed := c.read(); failed != nil {
		return reply{}, failed
	}
	if failed := c.outage(); failed != nil {
		return reply{}, failed
	}
	if !c.route.slow {
		c.wait()
	}
	return c.route.act(c)
}

// identify finds out who calls. An open route takes anybody for nobody.
func (c *call) identify() *failure {
	c.caller, c.sessionID = c.session(tokenOf(c.r))
	switch {
	case c.local:
		c.caller = &User{Roles: "system_user system_admin"}
	case c.caller != nil && c.r.Header.Get("Authorization") == "":
		return refuse(401, "api.context.token_provided.app_error", "The token belongs into a header.")
	case c.caller == nil && !c.route.open:
		return expired()
	}
	switch {
	case c.arg == "me" && !c.local && strings.HasPrefix(c.route.pattern, "/users/{id}") && c.caller != nil:
		c.arg = c.caller.ID
	case strings.HasPrefix(c.route.pattern, "/users/{id}") && !validID(c.arg):
		return badURL("user_id")
	case strings.HasPrefix(c.route.pattern, "/bots/{id}") && !validID(c.arg):
		return badURL("bot_user_id")
	}
	return nil
}

// read reads the body, up to the limit.
func (c *call) read() *failure {
	limit := c.rules.maxBody
	if c.route.file {
		limit = c.rules.maxFile
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over) && c.route.file:
		return refusePicture(413, "too_large", "The picture is too large.")
	case errors.As(err, &over) && c.route.deaf:
		return nil
	case errors.As(err, &over):
		return refuse(413, "api.context.request_body_too_large.app_error", "The request body is too large.")
	case err != nil:
		return badBody("body")
	}
	c.body = body
	return nil
}

// wait lets the time pass that a call takes. A client that gives up meanwhile
// does not stop the work.
func (c *call) wait() {
	if c.config.Latency > 0 {
		time.Sleep(c.config.Latency)
	}
}

// versionID returns the header that says which server this is.
func (s *Server) versionID() string {
	build := "" // 5.37 as built from source has none, so two dots meet
	if s.rules.hasLimits {
		build = s.config.Version
	}
	return fmt.Sprintf("%s.%s.%s.%t", s.config.Version, build, "2fff5e10bd048e09b1959f2634b390ea", s.config.Licensed)
}

// json returns the failure as the server writes it.
func (f *failure) json(requestID, path string) []byte {
	o := object{b: []byte{'{'}}
	o.text("id", f.id)
	o.text("message", f.message)
	if f.lost {
		o.text("detailed_error", "There is no call for the url='"+path+"'.")
	} else {
		o.text("detailed_error", "")
		o.text("request_id", requestID)
	}
	o.number("status_code", int64(f.status))
	return append(o.b, '}')
}

// write sends an answer, compressed if it is worth it and the client can.
func (s *Server) write(w http.ResponseWriter, r *http.Request, a reply) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	a.status = cmp.Or(a.status, http.StatusOK)
	if !compresses(r, a.body) {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // the client is gone: nobody is left to tell
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(a.status)
	z, ok := s.zip.Get().(*gzip.Writer)
	if !ok {
		z, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	}
	z.Reset(w)
	_, _ = z.Write(a.body)
	_ = z.Close()
	s.zip.Put(z)
}

// decode reads the body into v and reports whether it is JSON of that form, and
// not null. Like the server, it does not mind what follows.
func (c *call) decode(v any) bool {
	var value json.RawMessage
	if json.NewDecoder(bytes.NewReader(c.body)).Decode(&value) != nil || string(value) == "null" {
		return false
	}
	err := json.Unmarshal(value, v)
	var mistyped *json.UnmarshalTypeError
	return err == nil || errors.As(err, &mistyped) && !c.rules.checksTypes
}

// compresses reports whether an answer is sent compressed.
func compresses(r *http.Request, body []byte) bool {
	return len(body) >= 1400 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// fields reads a body of a few texts. Whatever else it is counts as none.
func (c *call) fields() map[string]string {
	var fields map[string]string
	if json.NewDecoder(bytes.NewReader(c.body)).Decode(&fields) != nil {
		return nil
	}
	return fields
}

// ok is the answer of most writes.
func ok() (reply, *failure) { return reply{body: []byte(`{"status":"OK"}`)}, nil }

// admin reports whether an administrator calls.
func (c *call) admin() bool { return c.caller != nil && c.caller.admin() }

// self reports whether the caller asks about their own account.
func (c *call) self() bool { return c.caller != nil && c.caller.ID == c.arg }

// view returns what the caller may see of other people.
func (c *call) view() view { return view{admin: c.admin(), rules: c.rules} }
