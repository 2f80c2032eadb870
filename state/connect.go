package state

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// settings returns how to connect as somebody, with parameters of the session.
// They are set by statements: a pooler takes none that it does not know at the
// start, or drops them.
func (s *server) settings(name string, params map[string]string) *pgx.ConnConfig {
	c := s.config.Copy()
	c.RuntimeParams["application_name"] = name
	beat := strconv.Itoa(max(1, int(s.place.lease()/2/time.Second)))
	all := map[string]string{"search_path": s.schema, "tcp_keepalives_idle": beat, "tcp_keepalives_interval": beat, "tcp_keepalives_count": "2"}
	maps.Copy(all, params)
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		return s.patiently(ctx, 0, func(ctx context.Context) error { return setUp(ctx, conn, all) })
	}
	return c
}

// setUp sets parameters and looks whether they hold on what answers then.
func setUp(ctx context.Context, conn *pgconn.PgConn, params map[string]string) error {
	set, get := []string{"pg_backend_pid()"}, []string{"pg_backend_pid()"}
	for _, name := range slices.Sorted(maps.Keys(params)) { // no name and no value has a quote
		set = append(set, fmt.Sprintf("set_config('%s', '%s', false)", name, params[name]))
		get = append(get, fmt.Sprintf("current_setting('%s')", name))
	}
	var answers [2][][]byte
	for i, columns := range [][]string{set, get} {
		results, err := conn.Exec(ctx, "SELECT "+strings.Join(columns, ", ")).ReadAll()
		if err != nil {
			return err
		}
		answers[i] = results[0].Rows[0]
	}
	if !slices.EqualFunc(answers[0], answers[1], bytes.Equal) {
		return errMixed
	}
	return nil
}

// patiently bounds how long the database may say nothing, where nothing else
// does. What may have to wait for somebody else is given some time more.
func (s *server) patiently(ctx context.Context, more time.Duration, do func(context.Context) error) error {
	patience := s.config.ConnectTimeout + more
	bound, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := do(bound)
	if err != nil && ctx.Err() == nil && bound.Err() != nil && interrupted(err) {
		return &advised{
			fmt.Errorf("the database has not answered for %v", patience),
			"see whether it runs and can be reached from here, and whether something keeps its tables locked",
		}
	}
	return err
}

// secretly puts the password in.
func (s *server) secretly(c *pgx.ConnConfig) error {
	if s.place.Password == nil {
		return nil
	}
	var err error
	c.Password, err = s.place.Password()
	return err
}

// open returns connections for one use, none of which is made yet.
func (s *server) open(most int, params map[string]string) *sql.DB {
	connector := stdlib.GetConnector(*s.settings("syncd", params), stdlib.OptionBeforeConnect(func(_ context.Context, c *pgx.ConnConfig) error {
		return s.secretly(c)
	}))
	db := sql.OpenDB(&translator{Connector: connector})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// readers is how many connections read.
const readers = 4

func (s *server) reader() *Reader {
	db := s.open(readers, map[string]string{"default_transaction_read_only": "on"})
	return &Reader{path: s.place.String(), db: db, server: s}
}

// writer returns the one connection that writes. A transaction that a stopped
// process leaves open ends by itself, so that it stands in nobody's way.
func (s *server) writer() *sql.DB {
	return s.open(1, map[string]string{"idle_in_transaction_session_timeout": milliseconds(s.place.lease())})
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
