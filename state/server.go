package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// A server is a PostgreSQL database that holds the state.
type server struct {
	place  Place
	config *pgx.ConnConfig
	schema string
}

// defaultSchema is where the tables are.
const defaultSchema = "syncd"

// connectTimeout is how long a connection may take to come about.
const connectTimeout = 10 * time.Second

var (
	errNoURL         = errors.New("this is no URL: write postgres://USER@HOST:PORT/DATABASE") // and is not shown: it may hold a secret
	errPasswordInURL = errors.New("the URL has a password in it: take it out and give it as password: cred:NAME, file:PATH or env:NAME")
	errSchemaName    = errors.New("search_path names the schema of syncd's tables: one name, of small letters, digits and underscores")
)

// Usable says what is wrong with the place, before anything is connected to: nil
// if it may be used.
func (p Place) Usable() error {
	if !p.Shared() {
		return nil
	}
	_, err := newServer(p)
	return err
}

func newServer(p Place) (*server, error) {
	u, err := url.Parse(p.Path)
	if err != nil {
		return nil, errNoURL
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errNoURL
	}
	if _, has := u.User.Password(); has || q.Has("password") {
		return nil, errPasswordInURL
	}
	c, err := pgx.ParseConfig(verified(*u))
	if err != nil {
		return nil, err
	}
	s := &server{place: p, config: c, schema: defaultSchema}
	if name, ok := c.RuntimeParams["search_path"]; ok {
		s.schema = name
	}
	if ok, err := regexp.MatchString(`^[a-z_][a-z0-9_]{0,62}$`, s.schema); !ok || err != nil {
		return nil, errSchemaName
	}
	delete(c.RuntimeParams, "search_path") // see settings
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	beat := p.lease() / 2
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: beat, Interval: beat / 2, Count: 2}}
	c.DialFunc = dialer.DialContext
	return s, nil
}

// verified returns the URL with TLS that knows the server by its name, unless the
// URL says something else or the database is on this machine.
func verified(u url.URL) string {
	q := u.Query()
	host := u.Hostname()
	if h := q.Get("host"); h != "" {
		host = h
	}
	ip := net.ParseIP(host)
	here := host == "" || host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
	if !q.Has("sslmode") && !here {
		q.Set("sslmode", "verify-full")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// lockKey is the number of an advisory lock. Two of another schema, or of
// another use, are not the same.
func (s *server) lockKey(use string) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "syncd %s %s", s.schema, use) // never fails
	return int64(h.Sum64())
}

// prelude makes what the schema's steps do not: where they are, which of them
// were made, and the fence. Nothing happens when it is there.
const prelude = `
CREATE TABLE IF NOT EXISTS schema_version (
	one     BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
	version INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS fence (
	one   BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
	n     BIGINT NOT NULL,
	token TEXT NOT NULL,
	clean BOOLEAN NOT NULL
);
INSERT INTO schema_version (version) VALUES (0) ON CONFLICT DO NOTHING;
INSERT INTO fence (n, token, clean) VALUES (0, '', true) ON CONFLICT DO NOTHING;`

const (
	selectPostgresTables = `SELECT count(*), count(*) FILTER (WHERE tablename IN ('schema_version', 'fence')) FROM pg_tables WHERE schemaname = current_schema()`
	selectPostgresSize   = `SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`
	selectPostgresSchema = `SELECT version FROM schema_version`
	setPostgresSchema    = `UPDATE schema_version SET version = %d`
)

// postgresVersion is [schemaVersion] for a database.
func postgresVersion(ctx context.Context, db *sql.DB, known int) (int, error) {
	var tables, ours, version int
	if err := db.QueryRowContext(ctx, selectPostgresTables).Scan(&tables, &ours); err != nil {
		return 0, err
	}
	switch {
	case tables == 0:
		return 0, nil
	case ours != 2:
		return 0, errForeignSchema
	}
	if err := db.QueryRowContext(ctx, selectPostgresSchema).Scan(&version); err != nil {
		return 0, err
	}
	if version > known {
		return 0, newerSchema(version, known)
	}
	return version, nil
}

var errForeignSchema = errors.New("the schema has another program's tables: name another one with ?search_path=NAME")

func newerSchema(version, known int) error {
	return fmt.Errorf("it has schema %d, and this syncd knows up to %d: a newer syncd wrote it, so use that one", version, known)
}
