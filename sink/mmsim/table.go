package mmsim

import (
	"maps"
	"slices"
)

// A table holds all users. A row in it is never changed, only replaced, so a
// row may be read after the lock is given back. The server's lock guards it.
type table struct {
	byID, byName, byEmail, byAuth map[string]*User
	bots                          map[string]*User

	cached map[string]*User // rows that the server's cache shows as they were
	names  []string         // sorted; nil when out of date
	seats  int              // taken
	people int              // accounts that are no bots
}

func newTable() *table {
	return &table{
		byID: map[string]*User{}, byName: map[string]*User{}, byEmail: map[string]*User{}, byAuth: map[string]*User{},
		bots:   map[string]*User{},
		cached: map[string]*User{},
	}
}

// A clash says which of a row's unique values another row has.
type clash uint8

const (
	noClash clash = iota
	clashUsername
	clashAuth
	clashEmail
)

// clashOf returns the first unique value of a row that another one has, in the
// order in which the database looks.
func (t *table) clashOf(u *User) clash {
	other := func(o *User) bool { return o != nil && o.ID != u.ID }
	switch {
	case other(t.byName[u.Username]):
		return clashUsername
	case u.AuthData != "" && other(t.byAuth[u.AuthData]):
		return clashAuth
	case other(t.byEmail[u.Email]):
		return clashEmail
	}
	return noClash
}

// put inserts or replaces a row, and drops what the cache has of it. The
// caller has looked for clashes.
func (t *table) put(u *User) {
	delete(t.cached, u.ID)
	old := t.byID[u.ID]
	if old != nil {
		t.forget(old)
	}
	if old == nil || old.Username != u.Username {
		t.names = nil
	}
	t.byID[u.ID], t.byName[u.Username], t.byEmail[u.Email] = u, u, u
	if u.AuthData != "" {
		t.byAuth[u.AuthData] = u
	}
	if u.takesSeat() {
		t.seats++
	}
	if u.IsBot {
		t.bots[u.ID] = u
	} else {
		t.people++
	}
}

// forget takes a row out of the indexes.
func (t *table) forget(u *User) {
	delete(t.byName, u.Username)
	delete(t.byEmail, u.Email)
	delete(t.byAuth, u.AuthData)
	if u.takesSeat() {
		t.seats--
	}
	if !u.IsBot {
		t.people--
	}
}

// putBehindCache replaces a row, while look-ups by id go on showing the old
// one until the next write.
func (t *table) putBehindCache(u *User) {
	shown := t.show(u.ID)
	t.put(u)
	t.cached[u.ID] = shown
}

// show returns a row as look-ups by id see it, or nil.
func (t *table) show(id string) *User {
	if u := t.cached[id]; u != nil {
		return u
	}
	return t.byID[id]
}

// order returns all user names, sorted.
func (t *table) order() []string {
	if t.names != nil {
		return t.names
	}
	return slices.Sorted(maps.Keys(t.byName))
}
