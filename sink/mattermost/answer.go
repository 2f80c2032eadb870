package mattermost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What became of a request, for metrics.
const (
	outcomeOK          = "ok"
	outcomeRefused     = "refused"     // the server said no
	outcomeLimited     = "limited"     // 429
	outcomeError       = "error"       // the server is in trouble
	outcomeUnreachable = "unreachable" // no answer
	outcomeGarbled     = "garbled"     // an answer that is cut or not Mattermost's
	outcomeCanceled    = "canceled"
)

// Outcomes returns every value of Call.Outcome.
func Outcomes() []string {
	return []string{outcomeOK, outcomeRefused, outcomeLimited, outcomeError, outcomeUnreachable, outcomeGarbled, outcomeCanceled}
}

// refusal turns an answer that is no success into an error.
func refusal(q request, resp *http.Response, body []byte) *Error {
	e := &Error{Call: q.call, Status: resp.StatusCode, RequestID: clean(resp.Header.Get("X-Request-Id"), 40)}
	var said struct {
		ID        string `json:"id"`
		Message   string `json:"message"`
		RequestID string `json:"request_id"`
	}
	ours := json.Unmarshal(body, &said) == nil
	if ours {
		e.ID, e.Message = clean(said.ID, 120), clean(said.Message, 240)
	} else {
		e.Message = foreign(resp, body)
	}
	e.classify(q, ours)
	e.retryAfter = retryAfter(resp.Header, time.Now())
	return e
}

// classify decides what an answer means. Statuses lie, so ids count where
// there is one: Mattermost says 401 where it means 403, and a 404 may come
// from something that does not know Mattermost's users.
func (e *Error) classify(q request, ours bool) {
	e.outcome = outcomeRefused
	switch s := e.Status; {
	case s == http.StatusTooManyRequests:
		e.class, e.outcome, e.again = ErrUnavailable, outcomeLimited, true
	case s == http.StatusNotImplemented && ours, e.has(IDNoMail):
	case s >= 500:
		e.class, e.outcome = ErrUnavailable, outcomeError
		e.again, e.unknown = !q.write, q.write
	case s == http.StatusUnauthorized && (e.ID == "" || strings.HasPrefix(e.ID, "api.context.")), e.has("api.context.mfa_required"):
		e.class = ErrUnauthorized
	case s == http.StatusForbidden && e.has(IDPermissions):
		e.class = ErrForbidden
	case s == http.StatusNotFound && e.has("api.context.404"):
		e.class = ErrNoRoute
	case s == http.StatusNotFound && e.ID != "":
		e.class = ErrNotFound
	case s == http.StatusRequestEntityTooLarge:
		e.class = ErrTooLarge
	case e.has(IDUsernameTaken), e.has(IDEmailTaken), e.has(IDAuthTaken):
		e.class = ErrTaken
	case strings.HasSuffix(e.ID, "user_limits.exceeded"), strings.HasSuffix(e.ID, "user_limit.exceeded"):
		e.class = ErrSeats
	case s < 300: // a success that should have held something else
		e.outcome, e.again, e.unknown = outcomeGarbled, !q.write, q.write
		e.class = ErrUnavailable
	}
}

// suspicious reports whether a server whose database is down may have said
// this of somebody whom it would serve otherwise.
func (e *Error) suspicious() bool {
	return e.Status == http.StatusUnauthorized && e.class == ErrUnauthorized ||
		e.class == ErrForbidden || e.has(IDBodyParam)
}

// foreign describes an answer that is not Mattermost's, without repeating it:
// it may hold anything.
func foreign(resp *http.Response, body []byte) string {
	if at := resp.Header.Get("Location"); at != "" && resp.StatusCode/100 == 3 {
		return "it points at " + place(at)
	}
	kind := "text"
	if bytes.Contains(bytes.ToLower(body[:min(len(body), 512)]), []byte("<html")) ||
		strings.Contains(resp.Header.Get("Content-Type"), "html") {
		kind = "an HTML page"
	}
	if len(body) == 0 {
		return "an empty answer"
	}
	if t := title(body); t != "" {
		kind += fmt.Sprintf(" %q", t)
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		return "too many requests"
	}
	return kind + ", which Mattermost did not write: look at the proxy in front of it"
}

// place returns the server to which a redirect points. The rest of the address
// may name a person.
func place(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "somewhere else"
	}
	return clean((&url.URL{Scheme: u.Scheme, Host: u.Host}).String(), 200)
}

// title returns the title of an HTML page.
func title(body []byte) string {
	_, rest, ok := strings.Cut(string(body[:min(len(body), 4096)]), "<title>")
	if !ok {
		return ""
	}
	t, _, _ := strings.Cut(rest, "<")
	return clean(t, 80)
}
