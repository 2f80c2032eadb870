package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
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
	c, err := parseURL(*u)
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

// parseURL reads a URL and what the environment adds to it. TLS knows the server by
// its name, unless somebody says something else or all hosts are this machine.
func parseURL(u url.URL) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(u.String())
	q := u.Query()
	if err != nil || q.Has("sslmode") || os.Getenv("PGSSLMODE") != "" || local(c) {
		return c, err
	}
	q.Set("sslmode", "verify-full")
	u.RawQuery = q.Encode()
	return pgx.ParseConfig(u.String())
}

// local reports whether every host is this machine.
func local(c *pgx.ConnConfig) bool {
	hosts := []string{c.Host}
	for _, f := range c.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	return !slices.ContainsFunc(hosts, func(host string) bool {
		ip := net.ParseIP(host)
		return host != "localhost" && !strings.HasPrefix(host, "/") && !strings.HasPrefix(host, "@") && (ip == nil || !ip.IsLoopback())
	})
}

// lockKey is the number of an advisory lock. Two of another schema, or of
// another use, are not the same.
func (s *server) lockKey(use string) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "syncd %s %s", s.schema, use) // never fails
	return int64(h.Sum64())
}

// lookPostgres looks at a schema, whoever may read it. A schema that is not there
// has no row.
const lookPostgres = `SELECT has_schema_privilege(n.oid, 'USAGE'), count(c.oid),
	count(c.oid) FILTER (WHERE c.relname IN ('schema_version', 'fence')),
	coalesce(bool_and(has_table_privilege(c.oid, 'SELECT')) FILTER (WHERE c.relname = ANY (string_to_array($2, ','))), true),
	coalesce(bool_or(EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = c.oid AND attname = 'lease' AND NOT attisdropped)) FILTER (WHERE c.relname = 'fence'), false)
	FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p') WHERE n.nspname = $1 GROUP BY n.oid`

const (
	selectPostgresSize = `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace 
		WHERE relkind = 'r' AND nspname = $1 AND relname = ANY (string_to_array('schema_version,fence,' || $2, ','))`
	selectPostgresSchema = `SELECT version FROM schema_version`
	setPostgresSchema    = `UPDATE schema_version SET version = %d`
)

// A sight is what a look at a schema shows.
type sight struct {
	there        bool
	tables, ours int  // tables of anybody's; those of the prelude
	leased       bool // the fence has leases
}

// look reads what lookPostgres shows. What may not be read is an error, never
// taken for what is not there.
func (s *server) look(row interface{ Scan(...any) error }) (sight, error) {
	found := sight{there: true}
	var usage, legible bool
	err := row.Scan(&usage, &found.tables, &found.ours, &legible, &found.leased)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return sight{}, nil
	case err != nil:
		return sight{}, err
	case !usage || !legible:
		return sight{}, s.illegible()
	}
	return found, nil
}

// illegible says what helps a user who may not read the schema.
func (s *server) illegible() error {
	return &advised{
		fmt.Errorf("the user %s may not read the schema %s", s.config.User, s.schema),
		fmt.Sprintf("use the one that owns it, or let that one say: GRANT USAGE ON SCHEMA %[1]s TO %[2]s; GRANT SELECT ON ALL TABLES IN SCHEMA %[1]s TO %[2]s", s.schema, s.config.User),
	}
}

// version is [schemaVersion] for a database.
func (s *server) version(ctx context.Context, db *sql.DB, known int) (version int, err error) {
	err = s.patiently(ctx, 0, func(ctx context.Context) error {
		found, err := s.look(db.QueryRowContext(ctx, lookPostgres, s.schema, ownTables()))
		switch {
		case err != nil || found.tables == 0:
			return err
		case found.ours != 2:
			return errForeignSchema
		}
		return db.QueryRowContext(ctx, selectPostgresSchema).Scan(&version)
	})
	if err != nil {
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
