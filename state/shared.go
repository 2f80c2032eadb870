package state

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/directory-sync/syncd/sync"
)

// claim takes the lock of those who write, and the next number of the fence. Its
// error is a [HeldError] when somebody else has the lock.
func (s *server) claim(ctx context.Context, command string) (claim, error) {
	l, err := s.take(ctx, useWriter, command)
	if err != nil {
		return nil, s.explain(ctx, "lock", err)
	}
	if err := l.raise(ctx); err != nil {
		l.fence = nil // nothing of ours is on its way, but of the one before there may be
		l.release()
		return nil, s.explain(ctx, "lock", err)
	}
	return l, nil
}

func (s *server) explain(ctx context.Context, what string, err error) error {
	if held, ok := errors.AsType[*HeldError](err); ok {
		return held
	}
	return explain(ctx, s.place.String(), what, err)
}

// openServer is [Open] for a database.
func openServer(ctx context.Context, place Place, command string) (*Store, error) {
	server, err := newServer(place)
	if err != nil {
		return nil, explain(ctx, place.String(), "open", err)
	}
	s := &Store{Reader: server.reader(), db: server.writer()}
	if err := s.enter(ctx, command); err != nil {
		return nil, errors.Join(server.explain(ctx, "open", err), s.Close())
	}
	return s, nil
}

// enter takes the lock and brings the schema up to date.
func (s *Store) enter(ctx context.Context, command string) error {
	if _, err := s.server.version(ctx, s.Reader.db, len(migrations())); err != nil {
		return err // before anything is made beside a stranger's tables
	}
	l, err := s.server.take(ctx, useWriter, command)
	if err != nil {
		return err
	}
	s.lock = l
	bound, stop := s.Bound(ctx) // what takes long ends when nobody answers any more
	defer stop()
	if err := s.settle(bound, l); err != nil {
		if bound.Err() != nil {
			return context.Cause(bound)
		}
		return err
	}
	return nil
}

// settle does what comes after the lock.
func (s *Store) settle(ctx context.Context, l *session) error {
	if err := s.apart(ctx, l); err != nil {
		return err
	}
	if err := l.raise(ctx); err != nil {
		l.fence = nil
		return err
	}
	version, err := s.server.version(ctx, s.db, len(migrations()))
	if err != nil {
		return err
	}
	for steps := migrations(); version < len(steps); version++ {
		if err := s.step(ctx, version+1, steps[version]); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", version+1, err)
		}
	}
	return nil
}

// apart returns nil if the lock has a connection of its own, as far as that shows.
func (s *Store) apart(ctx context.Context, l *session) error {
	for _, db := range []*sql.DB{s.Reader.db, s.db} {
		var pid int
		if err := db.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			return err
		}
		if pid == l.pid {
			return errMixed
		}
	}
	return nil
}

// step makes one step of the schema, all of it or nothing.
func (s *Store) step(ctx context.Context, version int, step string) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	if err := s.lock.check(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, schemaAsPostgres(step)+";"+fmt.Sprintf(setPostgresSchema, version)); err != nil {
		return err
	}
	return tx.Commit()
}

// openServerDaemon is [OpenDaemon] for a database.
func openServerDaemon(ctx context.Context, place Place, command string) (*Store, error) {
	server, err := newServer(place)
	if err != nil {
		return nil, explain(ctx, place.String(), "open", err)
	}
	sole, err := server.take(ctx, useDaemon, command)
	if err != nil {
		return nil, server.explain(ctx, "lock", err)
	}
	s, err := openServer(ctx, place, command)
	if err != nil {
		sole.release()
		return nil, err
	}
	s.sole = sole
	s.Rest()
	return s, nil
}

// Allowed returns nil while this process certainly has the right to write, and
// keeps it for long enough to begin a step. Else its error is [ErrFenced]. A
// file's lock cannot be lost; a database's can.
func (s *Store) Allowed(ctx context.Context) error {
	for _, c := range []claim{s.sole, s.lock} {
		if c == nil {
			continue
		}
		if err := c.allowed(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Bound returns a context that also ends, with [ErrFenced] as its cause, when the
// right to write is lost.
func (s *Store) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stops := []func() bool{}
	for _, c := range []claim{s.sole, s.lock} {
		if c == nil || c.lost() == nil {
			continue
		}
		gone := c.lost()
		stops = append(stops, context.AfterFunc(gone, func() { cancel(context.Cause(gone)) }))
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel(nil)
	}
}

// nameHolder says whose an account is. A transaction of PostgreSQL's in which
// something went wrong cannot be asked.
func (s *Store) nameHolder(ctx context.Context, err error) error {
	conflict, ok := errors.AsType[*ConflictError](err)
	if !ok || conflict.Holder != "" {
		return err
	}
	var holder string
	if e := s.db.QueryRowContext(ctx, selectLinkOfUser, conflict.UserID).Scan(&holder); e != nil {
		holder = "another key of the same write"
	}
	conflict.Holder = sync.Key(holder)
	return err
}

// serverRemedy says what helps against an error of a database.
func serverRemedy(err error) string {
	switch state := sqlState(err); {
	case state == "28P01" || state == "28000":
		return "see user and password of the state: and the server's pg_hba.conf"
	case state == "3D000":
		return "make the database: createdb --owner USER NAME"
	case state == "42501":
		return "use the user that owns the schema, or let that one GRANT what is missing"
	case state == "42704" && strings.Contains(err.Error(), "idle_session_timeout"):
		return "PostgreSQL 14 or newer is needed"
	case state == "57P03":
		return "try again when it has started"
	case state == "53100":
		return "free some space on the database's disk; nothing of this write was kept"
	case state == "25006":
		return "this server is a read-only copy: name the primary, or several hosts with target_session_attrs=read-write"
	case state == "08P01" && strings.Contains(err.Error(), "unsupported startup parameter"): // PgBouncer
		return "leave it out of the URL, or let the pooler take it (ignore_startup_parameters)"
	case state == "26000" || state == "42P05": // a statement that was prepared on another connection
		return errMixed.Error()
	case strings.HasPrefix(state, "57P0") || strings.HasPrefix(state, "08"):
		return "the database has ended the connection: see its log"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "name the certificate of the authority: ?sslrootcert=FILE"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the server's certificate is for another name: use that one in the URL"
	}
	if errors.As(err, new(*pgconn.ConnectError)) && errors.As(err, new(net.Error)) {
		return "see whether the database runs and can be reached from here"
	}
	return ""
}

// Leader says which daemon leads; nil when none does. Of a file nobody knows.
func Leader(ctx context.Context, place Place) (*HeldError, error) {
	server, err := newServer(place)
	if err != nil {
		return nil, explain(ctx, place.String(), "open", err)
	}
	r := server.reader()
	defer r.Close()
	var name, addr string
	var since time.Time
	err = server.patiently(ctx, 0, func(ctx context.Context) error {
		return r.db.QueryRowContext(ctx, whoHas, server.lockKey(useDaemon)).Scan(&name, &addr, &since)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return holderOf(place, name, addr, since), explain(ctx, place.String(), "open", err)
}
