package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	stdsync "sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrFenced is why a write or a step is not made: this process had the right to
// make it, and may have it no longer.
var ErrFenced = errors.New("another syncd may have taken over")

// A claim is the right to write, or to be the daemon.
type claim interface {
	release()

	// allowed returns nil if the claim is held, for certain, and for long enough
	// to begin a step.
	allowed(ctx context.Context) error

	// confirm returns nil if the claim is held, as whoever gave it says now.
	confirm(ctx context.Context) error

	// lost is done, with the cause, when the claim is held no longer; nil when that
	// cannot happen.
	lost() context.Context

	// check returns nil if the claim is held until the transaction ends.
	check(ctx context.Context, tx *sql.Tx) error
}

// A session is an advisory lock on a connection of its own, and with it the
// right that the lock stands for. The database ends a session that is silent for
// a lease, as that of a process that was stopped; the session itself believes in
// the lock only for half as long after the database last said that it has it.
type session struct {
	server *server
	key    int64
	gone   context.Context // done when the lock is lost
	lose   context.CancelCauseFunc
	quit   chan struct{} // the lock was given back
	once   stdsync.Once
	beaten chan struct{} // closed when nothing beats any more
	fence  *fence        // of the lock of those who write; or nil

	mu   stdsync.Mutex // the connection has one user at a time
	conn *pgx.Conn
	pid  int       // of what the database runs for the connection
	sure time.Time // the database had the lock as ours after this time
}

// The uses of locks.
const (
	useWriter = "writer"
	useDaemon = "daemon"
)

const (
	// Who has it already gets it again, and behind a pooler that may be somebody
	// else: NULL is that the connection has it.
	takeAdvisory = `SELECT pg_backend_pid(), CASE WHEN ` + onThisOne + ` = 0 THEN pg_try_advisory_lock($1) END`
	dropAdvisory = `SELECT pg_advisory_unlock($1)`
	haveAdvisory = `SELECT pg_backend_pid(), ` + onThisOne
	onThisOne    = `(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid = pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND (classid::bigint << 32 | objid::bigint) = $1)`
	whoHas = `SELECT coalesce(a.application_name, ''), coalesce(host(a.client_addr), ''), a.backend_start
		FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE locktype = 'advisory' AND objsubid = 1 AND granted
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND (classid::bigint << 32 | objid::bigint) = $1`
)

// errMixed is what a lock is worth when transactions of one client go to several
// connections, and those of several clients to one.
var errMixed = errors.New("a pooler in transaction mode is before the database, and no lock holds there: set its pool_mode = session, or name the database itself")

// take takes a lock, or says who has it.
func (s *server) take(ctx context.Context, use, command string) (*session, error) {
	c := s.settings(signature(command, time.Now()), map[string]string{
		"idle_session_timeout": milliseconds(s.place.lease()), "tcp_user_timeout": milliseconds(s.place.lease()),
	})
	if err := s.secretly(c); err != nil {
		return nil, err
	}
	began := time.Now()
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	l := &session{server: s, key: s.lockKey(use), conn: conn, sure: began, quit: make(chan struct{}), beaten: make(chan struct{})}
	if err := s.patiently(ctx, 0, l.lock); err != nil {
		l.hangUp()
		return nil, err
	}
	l.gone, l.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	go l.beat()
	return l, nil
}

// lock takes the lock, if nobody has it.
func (l *session) lock(ctx context.Context) error {
	var got *bool
	switch err := l.conn.QueryRow(ctx, takeAdvisory, l.key).Scan(&l.pid, &got); {
	case err != nil:
		return err
	case got == nil:
		return errMixed
	case !*got:
		return l.heldBy(ctx)
	}
	return nil
}

// hangUp ends the connection, and with it the lock.
func (l *session) hangUp() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = l.conn.Close(ctx) // the database ends what is left
}

// beat asks again and again whether the lock is ours still.
func (l *session) beat() {
	defer close(l.beaten)
	t := time.NewTicker(l.server.place.lease() / 10)
	defer t.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-t.C:
		}
		l.mu.Lock()
		err := l.ask(context.Background())
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// ask asks whether the lock is ours. If it is not, or nobody answers in time, it
// is lost.
func (l *session) ask(ctx context.Context) error {
	if l.gone.Err() != nil {
		return context.Cause(l.gone)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, l.server.place.trusted())
	defer cancel()
	var n, pid int
	err := l.conn.QueryRow(ctx, haveAdvisory, l.key).Scan(&pid, &n)
	switch {
	case err == nil && n == 1 && pid == l.pid:
		l.sure = began
		return nil
	case err == nil && pid != l.pid:
		err = errMixed
	case err == nil:
		err = errors.New("the database has taken it away")
	}
	l.lose(fmt.Errorf("%w: the lock in the database is lost: %w", ErrFenced, err))
	l.hangUp()
	return context.Cause(l.gone)
}

// allowed implements claim. A clock that goes on while the machine sleeps counts
// too.
func (l *session) allowed(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	since := max(now.Sub(l.sure), now.Round(0).Sub(l.sure.Round(0)))
	if since < l.server.place.trusted() && l.gone.Err() == nil {
		return nil
	}
	return l.ask(context.WithoutCancel(ctx))
}

// confirm implements claim.
func (l *session) confirm(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ask(context.WithoutCancel(ctx))
}

func (l *session) lost() context.Context { return l.gone }

// release implements claim. Whoever takes the lock next is told that nothing is
// on its way any more.
func (l *session) release() {
	l.once.Do(func() { close(l.quit) })
	<-l.beaten
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone.Err() == nil {
		l.giveBack()
	}
	l.lose(fmt.Errorf("%w: the lock was given back", ErrFenced))
	l.hangUp()
}

// giveBack lets go of the lock before the connection ends, which the database may
// see later. What goes wrong makes the next one wait.
func (l *session) giveBack() {
	ctx, cancel := context.WithTimeout(context.Background(), l.server.place.trusted())
	defer cancel()
	if l.fence != nil {
		_, _ = l.conn.Exec(ctx, cleanFence, l.fence.n, l.fence.token)
	}
	_, _ = l.conn.Exec(ctx, dropAdvisory, l.key)
}

// signature says in the database's list of connections who has a lock. It has
// 63 bytes.
func signature(command string, at time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine" // the name is for people only
	}
	text := fmt.Sprintf("%s|%d|%d|%s", command, os.Getpid(), at.Unix(), host)
	return text[:min(len(text), 63)]
}

// heldBy reads who has the lock.
func (l *session) heldBy(ctx context.Context) error {
	var name, addr string
	var since time.Time
	err := l.conn.QueryRow(ctx, whoHas, l.key).Scan(&name, &addr, &since)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // it may have been given back just now
		return err
	}
	return holderOf(l.server.place, name, addr, since)
}

// holderOf reads what a signature says.
func holderOf(place Place, name, addr string, since time.Time) *HeldError {
	held := &HeldError{Path: place.String(), Since: since}
	parts := strings.SplitN(name, "|", 4)
	if len(parts) != 4 {
		return held
	}
	held.Command, held.Host = parts[0], parts[3]
	if addr != "" {
		held.Host += " (" + addr + ")"
	}
	held.PID, _ = strconv.Atoi(parts[1]) // 0 is shown as nobody
	if at, err := strconv.ParseInt(parts[2], 10, 64); err == nil {
		held.Since = time.Unix(at, 0)
	}
	return held
}
