package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A Start says which run begins.
type Start struct {
	Command  string
	Instance string
	Sources  []string    // names, in order of precedence
	Accepts  string      // digest of the configuration that is accepted once the run went all the way; "": none
	Released []sync.Sort // what a person let through on purpose: it counts for no budget
	At       time.Time
}

// A Journal is what one run writes: what it is about to do, what became of it,
// and how the run ended. It is used by one goroutine.
type Journal struct {
	store   *Store
	id      string
	n       int64     // runs.n
	accepts string    // digest of a configuration; "": none
	seq     int       // of the last step written down
	skipped []skipped // for Finish
}

// skipped is a change that was never begun.
type skipped struct {
	key    sync.Key
	link   sync.Link
	linked bool
}

// errDied is kept as the error of a run that did not finish.
const errDied = "syncd ended before the run did"

// idTries bounds how often another id is tried when one is taken.
const idTries = 20

// Begin begins a run. A run that began earlier and did not finish is over: it
// is remembered as broken.
func (s *Store) Begin(ctx context.Context, start Start) (*Journal, error) {
	j := &Journal{store: s, accepts: start.Accepts}
	err := s.write(ctx, "begin a run in", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, endDeadRuns, errDied); err != nil {
			return err
		}
		return j.insert(ctx, tx, start)
	})
	if err != nil {
		return nil, err
	}
	s.live.Store(j.n)
	return j, nil
}

// insert makes the row of the run under an id that is free.
func (j *Journal) insert(ctx context.Context, tx *sql.Tx, s Start) error {
	for range idTries {
		j.id = newID(s.At)
		err := tx.QueryRowContext(ctx, insertRun, j.id, s.Command, s.Instance, strings.Join(s.Sources, ","), millis(s.At), listOf(s.Released)).Scan(&j.n)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return fmt.Errorf("no run id is free for %s", j.id)
}

// listOf writes sorts down so that each can be found between commas.
func listOf(sorts []sync.Sort) string {
	text := ""
	for _, s := range sorts {
		text += s.String() + ","
	}
	if text != "" {
		text = "," + text
	}
	return text
}

// newID returns an id that people can read and that sorts by time.
func newID(at time.Time) string {
	var tail [2]byte
	rand.Read(tail[:]) // never fails
	return at.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(tail[:])
}

// ID returns the run's id, such as "20261124T080620Z-7f3a".
func (j *Journal) ID() string { return j.id }

// Intend writes down every step of the changes, all or none, before the first
// one is made. Nobody may be in two changes of a run.
func (j *Journal) Intend(ctx context.Context, changes []sync.Change, at time.Time) error {
	if len(changes) == 0 {
		return nil
	}
	seq := j.seq
	err := j.store.write(ctx, "write down what is due in", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, insertStep)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range changes {
			if seq, err = j.intend(ctx, insert, &changes[i], seq, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		j.seq = seq
	}
	return err
}

func (j *Journal) intend(ctx context.Context, insert *sql.Stmt, c *sync.Change, seq int, at time.Time) (int, error) {
	key := keyOf(c)
	if key == "" {
		return seq, fmt.Errorf("change of %q: it has no key", c.Username())
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		seq++
		before, after := delta(s)
		_, err := insert.ExecContext(ctx, j.n, seq, string(key), i, userOf(c), c.Username(),
			after[sync.Username.String()], s.Kind.String(), s.Cause.String(), toJSON(before), toJSON(after), millis(at))
		if notUnique(err) {
			return seq, fmt.Errorf("%s is in two changes of run %s", key, j.id)
		}
		if err != nil {
			return seq, err
		}
	}
	return seq, nil
}

// Record writes down what became of a change and, if linked is set, the link
// that follows from it, both or neither. It does so even when ctx is canceled:
// what was done must be known. What belongs to a change that was never begun is
// written down by Finish, for all such changes at once, because a run that is
// stopped has no time for each.
func (j *Journal) Record(ctx context.Context, r sync.Result, link sync.Link, linked bool, at time.Time) error {
	if r.Outcome == sync.Skipped && r.Done == 0 {
		j.skipped = append(j.skipped, skipped{keyOf(&r.Change), link, linked})
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	return j.store.write(ctx, "write down what was done in", func(tx *sql.Tx) error {
		if err := j.record(ctx, tx, &r, at); err != nil {
			return err
		}
		if erased(&r) {
			return forget(ctx, tx, &r)
		}
		if !linked {
			return nil
		}
		upsert, err := tx.PrepareContext(ctx, upsertLink)
		if err != nil {
			return err
		}
		defer upsert.Close()
		return saveLink(ctx, tx, upsert, &link)
	})
}

func (j *Journal) record(ctx context.Context, tx *sql.Tx, r *sync.Result, at time.Time) error {
	key := keyOf(&r.Change)
	for i := range r.Change.Steps {
		o := outcomeOf(r, i)
		done, err := tx.ExecContext(ctx, recordStep, o.outcome.String(), o.reason.Code(), o.text,
			millis(at), o.open, r.User.ID, j.n, string(key), i)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("run %s did not write down step %d of %s", j.id, i+1, key))
		}
	}
	return nil
}

// stepOutcome is what became of one step.
type stepOutcome struct {
	outcome sync.Outcome
	reason  sync.Reason
	text    string
	open    bool
}

// outcomeOf returns what became of the i-th step: those before r.Done are done,
// that one has the change's outcome, and those after it were not begun.
func outcomeOf(r *sync.Result, i int) stepOutcome {
	switch {
	case i == r.Done-1 && r.Outcome == sync.Held && r.Done == len(r.Change.Steps): // not all that belongs to it
		return stepOutcome{outcome: sync.Done, reason: r.Reason, text: errorText(r.Err)}
	case i < r.Done || r.Outcome == sync.Done:
		return stepOutcome{outcome: sync.Done}
	case i > r.Done:
		return stepOutcome{outcome: sync.Skipped, open: roleDue(r, i)}
	}
	// A creation that failed may have made an account without our hearing of
	// it, and a deactivation may have ended one, whose cause must be known when
	// the person returns, and a moved sign-in that old servers do not show. They
	// stay open; anything else is planned anew from
	// what is there.
	kind := r.Change.Steps[i].Kind
	open := r.Outcome == sync.Failed && (kind == sync.Create || kind == sync.Deactivate || kind == sync.MigrateAuth)
	return stepOutcome{r.Outcome, r.Reason, errorText(r.Err), open || roleDue(r, i)}
}

// roleDue reports whether the step makes a guest of an account that was made, or
// may have been, and that is none yet. That stays open: where roles are only ever
// raised, nothing else would tell such an account from a member's.
func roleDue(r *sync.Result, i int) bool {
	s := r.Change.Steps[i]
	made := r.Done > 0 || r.Outcome == sync.Failed
	return s.Kind == sync.SetRole && s.Role == sync.Guest && r.Change.Has(sync.Create) && made
}
