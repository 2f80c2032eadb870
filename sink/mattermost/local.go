package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// localBase is the address that requests over a socket bear.
const localBase = "http://localhost"

// SocketPath returns the path of the server's local socket that an address of
// the form unix:PATH names, and whether it is of that form.
func SocketPath(address string) (path string, local bool) {
	if path, local = strings.CutPrefix(address, "unix:"); !local {
		return "", false
	}
	return path, true
}

// checkSocket says what is wrong with the path of a socket.
func checkSocket(path string) error {
	switch {
	case !filepath.IsAbs(path):
		return errors.New("the path of the socket must begin with a slash: want unix:/var/tmp/mattermost_local.socket")
	case len(path) > 100:
		return errors.New("no system has sockets with a path of more than 100 bytes")
	}
	return nil
}

// dialSocket connects to a socket instead of to an address.
func dialSocket(path string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "unix", path)
	}
}

// Local reports whether the requests go over the server's local socket. There
// is no account whose they are, and not every call is served.
func (r *Reader) Local() bool { return r.conn.local }

// Licensed reports whether the server's last answer stated a licence.
func (r *Reader) Licensed() bool { return strings.HasSuffix(r.ServerID(), ".true") }

// ServerID returns what changes with the server's version, configuration and
// licence; "" before the first answer.
func (r *Reader) ServerID() string {
	if v := r.conn.server.Load(); v != nil {
		return *v
	}
	return ""
}

// ErrHidden is a change that would lose what the server does not show.
var ErrHidden = errors.New("the server does not show the person's notification settings, and over its socket it can only be told the whole account, so they would be lost")

// notServed is a call that is not even tried.
func notServed(call string) *Error {
	return &Error{Call: call, class: ErrNoRoute, outcome: outcomeRefused, Message: "the server's local socket does not serve it"}
}

// Ping asks whether the server is there. Its answer tells the version too.
func (r *Reader) Ping(ctx context.Context) error {
	_, err := fetch[map[string]any](ctx, r.conn, get(callPing, "/system/ping"))
	return err
}

// UserByUsername returns an account by its user name, which must be in lower
// case.
func (r *Reader) UserByUsername(ctx context.Context, name string) (User, error) {
	return readUser(ctx, r.conn, get(callByName, "/users/username/"+url.PathEscape(name)))
}

// usersOneByOne stands for the bulk call. What no user name can be, nobody has.
func (r *Reader) usersOneByOne(ctx context.Context, names []string) ([]User, error) {
	users := make([]User, 0, len(names))
	for _, name := range names {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" || len(name) > 64 || name == "" {
			continue
		}
		u, err := r.UserByUsername(ctx, name)
		switch {
		case errors.Is(err, ErrNotFound), Has(err, IDBodyParam): // nobody has it, or it is reserved
		case err != nil:
			return nil, err
		default:
			users = append(users, u)
		}
	}
	return users, nil
}

// countPages finds how many accounts a listing has without reading it: the page
// on which it ends is searched for by halves.
func (r *Reader) countPages(ctx context.Context, more string) (int, error) {
	var failed error
	size := func(page int) int {
		if failed != nil {
			return 0
		}
		users, err := r.page(ctx, page, more)
		failed = err
		return len(users)
	}
	full := 0 // pages from the first that are known to be full
	step := 1
	for size(full+step-1) == PageSize {
		full, step = full+step, 2*step
	}
	for step > 1 && failed == nil {
		step /= 2
		if size(full+step-1) == PageSize {
			full += step
		}
	}
	last := size(full)
	return full*PageSize + last, failed
}

// countListedAdmins reads the active administrators and leaves the bots out.
func (r *Reader) countListedAdmins(ctx context.Context) (int, error) {
	n := 0
	for page := 0; ; page++ {
		users, err := r.page(ctx, page, "&active=true&role=system_admin")
		if err != nil {
			return 0, err
		}
		for _, u := range users {
			if !u.IsBot {
				n++
			}
		}
		if len(users) < PageSize {
			return n, nil
		}
	}
}

// replaceUser changes fields of an account where there is no patch: it reads
// the whole account and gives it back with the fields changed, so that props,
// time zone and notification settings stay. Its error is ErrHidden where the
// server does not show all of that.
func (c *Client) replaceUser(ctx context.Context, id string, p Patch) (User, error) {
	whole, err := fetch[map[string]json.RawMessage](ctx, c.conn, get(callUser, "/users/"+url.PathEscape(id)))
	if err != nil {
		return User{}, err
	}
	if _, shown := whole["notify_props"]; !shown {
		return User{}, &Error{Call: callReplace, class: ErrHidden, outcome: outcomeRefused, Message: ErrHidden.Error()}
	}
	text, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(text, &whole) // keys that are not there stay
	}
	if err != nil {
		return User{}, fmt.Errorf("mattermost: %s: encode the account: %w", callReplace, err)
	}
	q := put(callReplace, id, "", whole)
	q.method = http.MethodPut
	return readUser(ctx, c.conn, q)
}
