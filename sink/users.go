package sink

import (
	"strings"
	"time"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// words keeps one copy of values that many people share.
type words map[string]string

// maxWords bounds the values that are kept.
const maxWords = 4096

// one returns the copy of a value.
func (w words) one(s string) string {
	if kept, ok := w[s]; ok {
		return kept
	}
	if len(w) < maxWords {
		w[s] = strings.Clone(s)
		return w[s]
	}
	return strings.Clone(s)
}

// toUser turns an account as the server sends it into the core's. Its strings
// share one piece of memory, for there may be a hundred thousand.
func toUser(u mattermost.User, shared words) sync.User {
	own := [...]string{u.ID, u.Username, u.Email, u.FirstName, u.LastName, u.Nickname, deref(u.AuthData)}
	pack(own[:])
	out := sync.User{
		ID:      own[0],
		Auth:    sync.Auth{Service: shared.one(serviceOf(u)), Data: own[6]},
		Created: time.UnixMilli(u.CreateAt).UTC(),
		Active:  u.DeleteAt == 0,
		Bot:     u.IsBot,
		Remote:  deref(u.RemoteID) != "",
	}
	var others string
	out.Guest, out.Admin, others = sync.SplitRoles(u.Roles)
	out.Roles = shared.one(others)
	if u.PictureUpdate > 0 {
		out.PictureAt = time.UnixMilli(u.PictureUpdate).UTC()
	}
	out.Profile = sync.Profile{
		sync.Username: own[1], sync.Email: own[2], sync.FirstName: own[3], sync.LastName: own[4], sync.Nickname: own[5],
		sync.Position: shared.one(u.Position), sync.Locale: shared.one(u.Locale),
	}
	return out
}

// pack makes the strings parts of one.
func pack(parts []string) {
	all := strings.Join(parts, "")
	at := 0
	for i, p := range parts {
		parts[i] = all[at : at+len(p)]
		at += len(p)
	}
}

// serviceOf returns how a person signs in, in the core's words: the server
// calls e-mail and password nothing.
func serviceOf(u mattermost.User) string {
	if u.AuthService == "" {
		return sync.AuthEmail
	}
	return u.AuthService
}

// deref returns what a pointer points at.
func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
