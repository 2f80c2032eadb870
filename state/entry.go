package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// An Entry is one step in the journal.
type Entry struct {
	Run      string            `json:"run"`
	Seq      int               `json:"seq"`            // place in the run
	At       time.Time         `json:"at"`             // when the step was written down
	Ended    time.Time         `json:"ended,omitzero"` // when its outcome was; zero: nobody heard
	Key      sync.Key          `json:"key"`
	UserID   string            `json:"user_id,omitempty"` // "" for a creation that did not happen
	Username string            `json:"username"`          // by which people knew the person before the step
	Kind     sync.StepKind     `json:"kind"`
	Cause    sync.Cause        `json:"cause,omitzero"`
	Before   map[string]string `json:"before"` // what the step changes, by the names of fields, AuthService, AuthData, Role and OtherRoles
	After    map[string]string `json:"after"`
	Outcome  sync.Outcome      `json:"outcome"` // none: nobody heard
	Reason   sync.Reason       `json:"reason,omitzero"`
	Error    string            `json:"error,omitempty"`
}

// The names under which an entry has how a person signs in, their role, and in
// After which part of a detour the step is.
const (
	AuthService = "auth_service"
	AuthData    = "auth_data"
	Way         = "way"
	Role        = "role"
	OtherRoles  = "roles" // other ones, which the server may take with it
)

// AccessTokens is the name under which an entry has the ids of the access
// tokens that work, as far as the step ends or starts them.
const AccessTokens = "access_tokens"

// SecondFactor is the name under which an entry has that a second factor was
// reset.
const SecondFactor = "mfa"

// Picture is the name under which an entry has the digest of a picture, which is
// [sync.NoPicture] after one was removed.
const Picture = "picture"

// A Filter narrows down the entries. The zero value lets all through.
type Filter struct {
	Run   string // of this run
	Who   string // of this person: key, user id or user name, of now or of then
	Limit int    // no more than these; 0: all
}

// Entries returns the steps that the filter lets through: the newest run
// first, each run's steps in their order.
func (r *Reader) Entries(ctx context.Context, f Filter) ([]Entry, error) {
	query, args := f.query()
	return r.entries(ctx, query, args)
}

// Later returns the steps of runs that began after the given one, for the
// people to whom that one did anything: in the order of [Reader.Entries].
func (r *Reader) Later(ctx context.Context, run string) ([]Entry, error) {
	return r.entries(ctx, selectEntries+entriesLater+entriesOrder, []any{run, -1})
}

func (r *Reader) entries(ctx context.Context, query string, args []any) ([]Entry, error) {
	var entries []Entry
	err := r.read(ctx, "read the journal in", func() error {
		return r.each(ctx, query, args, func(rows *sql.Rows) error {
			e, err := scanEntry(rows)
			entries = append(entries, e)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func (f Filter) query() (string, []any) {
	var where []string
	var args []any
	if f.Who != "" { // first, because its parameters have numbers
		where = append(where, entriesOfWho)
		args = append(args, f.Who, sync.Canonical(sync.Username, f.Who))
	}
	if f.Run != "" {
		where = append(where, entriesOfRun)
		args = append(args, f.Run)
	}
	query := selectEntries
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	return query + entriesOrder, append(args, orAll(f.Limit))
}

func scanEntry(rows *sql.Rows) (Entry, error) {
	var e Entry
	var at, ended sql.NullInt64
	var kind, cause, before, after, outcome, reason string
	err := rows.Scan(&e.Run, &e.Seq, &at, &ended, &e.Key, &e.UserID, &e.Username, &kind, &cause,
		&before, &after, &outcome, &reason, &e.Error)
	if err != nil {
		return e, err
	}
	e.At, e.Ended = fromMillis(at), fromMillis(ended)
	var errs [6]error
	e.Kind, errs[0] = parse[sync.StepKind](kind)
	e.Cause, errs[1] = parse[sync.Cause](cause)
	e.Reason, errs[2] = parse[sync.Reason](reason)
	e.Outcome, errs[3] = parseOutcome(outcome)
	errs[4] = json.Unmarshal([]byte(before), &e.Before)
	errs[5] = json.Unmarshal([]byte(after), &e.After)
	return e, errors.Join(errs[:]...)
}

func parseOutcome(name string) (sync.Outcome, error) {
	if name == "" {
		return sync.OutcomeNone, nil
	}
	for _, o := range sync.Outcomes() {
		if o.String() == name {
			return o, nil
		}
	}
	return sync.OutcomeNone, fmt.Errorf("%q is no outcome", name)
}

// OpenIntents returns the steps of earlier runs whose outcome nobody heard, in
// the order in which they were written down. Among them are creations that
// failed, because the server may have made the account all the same. Steps of
// the run that this Store is making are not among them; those of a run that
// another process is making are.
func (r *Reader) OpenIntents(ctx context.Context) ([]sync.Intent, error) {
	type creation struct {
		key   sync.Key
		after string
	}
	var intents []sync.Intent
	seen := make(map[creation]bool)
	err := r.read(ctx, "read the journal in", func() error {
		return r.each(ctx, selectOpen, []any{r.live.Load()}, func(rows *sql.Rows) error {
			in, after, err := scanIntent(rows)
			if c := (creation{in.Key, after}); in.Kind == sync.Create {
				if seen[c] { // asked for again and again: once is enough, and the first has the oldest time
					return err
				}
				seen[c] = true
			}
			intents = append(intents, in)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return intents, nil
}

func scanIntent(rows *sql.Rows) (in sync.Intent, after string, err error) {
	var at sql.NullInt64
	var kind, cause, before string
	if err := rows.Scan(&in.Run, &in.Key, &in.UserID, &kind, &cause, &before, &after, &at); err != nil {
		return in, after, err
	}
	in.At = fromMillis(at)
	var errs [3]error
	in.Kind, errs[0] = parse[sync.StepKind](kind)
	in.Cause, errs[1] = parse[sync.Cause](cause)
	switch in.Kind {
	case sync.Create, sync.MigrateAuth:
		errs[2] = askedOf(after, &in)
	case sync.Deactivate:
		in.Tokens, errs[2] = tokensOf(before)
	case sync.SetRole:
		in.Role, errs[2] = roleOf(after)
	}
	return in, after, errors.Join(errs[:]...)
}
