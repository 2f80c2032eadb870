package mmsim

import (
	"cmp"
	"fmt"
	"strings"
)

// Add stores an account as it is given, without the checks of the API: an
// administrator, a bot with its owner, somebody remote or deactivated. What is
// left empty gets what the server would give it. It panics if the id, user
// name, e-mail or auth_data is taken, which only a mistaken caller can cause.
func (s *Server) Add(u User) (id string) {
	u.ID = cmp.Or(u.ID, s.userIDs.next())
	u.CreateAt = cmp.Or(u.CreateAt, s.now())
	u.UpdateAt = cmp.Or(u.UpdateAt, u.CreateAt)
	u.LastPasswordUpdate = cmp.Or(u.LastPasswordUpdate, u.CreateAt)
	u.Username = cmp.Or(u.Username, u.ID)
	u.Email = cmp.Or(u.Email, u.Username+"@localhost")
	u.Roles = cmp.Or(u.Roles, "system_user")
	u.Locale = cmp.Or(u.Locale, "en")
	u.HasPassword = u.AuthService == "" && !u.IsBot
	u.normalize()

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users.byID[u.ID] != nil || s.users.clashOf(&u) != noClash {
		panic(fmt.Sprintf("mmsim: add user %q: its id, user name, e-mail or auth_data is taken", u.Username))
	}
	s.users.put(&u)
	return u.ID
}

// AddGroup makes a group, which people are mentioned by as by a user name.
func (s *Server) AddGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[name] = true
}

// grouped reports whether a group has the name, where that is in the way.
func (s *Server) grouped(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.rules.groupsHoldNames && s.groups[strings.ToLower(name)]
}

// Token makes a personal access token for a user.
func (s *Server) Token(userID string) string {
	return s.newToken(userID, "made by mmsim").token
}

// Login signs a user in as a browser would, and returns the session's token.
// Versions that note the time of a login move update_at, which look-ups by id
// do not show.
func (s *Server) Login(userID string) string {
	signedIn := &session{id: s.tokenIDs.next(), token: s.tokenIDs.next(), userID: userID, createAt: s.now()}
	s.note(userID, "/api/v4/users/login", "authenticated", "")
	s.note(userID, "/api/v4/users/login", "success session_user="+userID, signedIn.id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions.add(signedIn)
	if old := s.users.byID[userID]; old != nil && s.rules.loginMoves {
		row := *old
		row.UpdateAt = s.after(old.UpdateAt)
		row.LastLogin = row.UpdateAt
		s.users.putBehindCache(&row)
	}
	return signedIn.token
}

// Users returns all accounts, sorted by user name.
func (s *Server) Users() []User {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]User, 0, len(s.users.byID))
	for _, name := range s.users.order() {
		all = append(all, *s.users.byName[name])
	}
	return all
}

// Sessions returns how often a user is signed in.
func (s *Server) Sessions(userID string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.sessions.byUser[userID])
}
