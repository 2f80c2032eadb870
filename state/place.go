package state

import (
	"net/url"
	"strings"
	"time"
)

// A Place says where the state is: in a file, or in a PostgreSQL database.
type Place struct {
	// Path is the path of the file, or the URL of the database without a
	// password: postgres://syncd@db.example.org/syncd. The tables are in a schema
	// of their own, "syncd" unless the URL names another (?search_path=NAME).
	Path string

	// Password returns the password for the database. It is asked for each new
	// connection; nil is none.
	Password func() (string, error)

	// Lease is after how long the database takes a silent syncd for dead, so that
	// another one may take over; 0 is DefaultLease.
	Lease time.Duration
}

// DefaultLease is the lease unless somebody asks for another one.
const DefaultLease = 10 * time.Second

// At returns the place with that path or URL.
func At(path string) Place { return Place{Path: path} }

// String returns the path, or the URL without its parameters but for the schema
// that it names. There is no password in it.
func (p Place) String() string {
	if !p.Shared() {
		return p.Path
	}
	text, parameters, _ := strings.Cut(p.Path, "?")
	q, err := url.ParseQuery(parameters)
	if schema := q.Get("search_path"); err == nil && schema != "" {
		text += "?search_path=" + url.QueryEscape(schema)
	}
	return text
}

// Same reports whether two places are one, reached in the same way.
func (p Place) Same(q Place) bool { return p.Path == q.Path && p.lease() == q.lease() }

// Shared reports whether several machines can reach the place, so that more than
// one daemon may stand by: whether it is a database.
func (p Place) Shared() bool { return IsURL(p.Path) }

// IsURL reports whether the text is the URL of a database, not the path of a
// file.
func IsURL(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

func (p Place) lease() time.Duration {
	if p.Lease <= 0 {
		return DefaultLease
	}
	return p.Lease
}

// trusted is for how long after it was last sure a holder of a lock believes to
// have it. The database waits twice as long before it gives the lock to another.
func (p Place) trusted() time.Duration { return p.lease() / 2 }
