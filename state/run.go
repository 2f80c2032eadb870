package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A Run is what is remembered of a run.
type Run struct {
	ID       string        `json:"id"`
	Command  string        `json:"command"` // "sync", "run", "undo", with the limits that --set gave
	Instance string        `json:"instance"`
	Sources  []string      `json:"sources"` // that it read; an undo reads none
	Started  time.Time     `json:"started"`
	Finished time.Time     `json:"finished,omitzero"` // zero: the run is under way, or died
	End      sync.End      `json:"end"`               // none: the run is under way, or died
	Refused  []sync.Reason `json:"refused"`           // the limits that refused the plan, if it was refused
	Counts   Counts        `json:"counts"`
	Digest   string        `json:"digest,omitempty"` // of the plan; "" when there was none
	Error    string        `json:"error,omitempty"`  // why the run ended early
}

// Counts are the numbers of a run. All are zero until it ends.
type Counts struct {
	Read      int                   `json:"read"`
	People    int                   `json:"people"`
	Managed   int                   `json:"managed"`
	Unchanged int                   `json:"unchanged"`
	Changes   int                   `json:"changes"`
	Pending   int                   `json:"pending"`
	Held      int                   `json:"held"`
	HeldBy    map[sync.Reason]int   `json:"held_by,omitempty"` // and those whom the server held, by code
	Rejects   int                   `json:"rejects"`
	Illegible int                   `json:"illegible,omitempty"`    // rejects that may be anybody's
	At        []string              `json:"illegible_at,omitempty"` // where the first of them are, and what is wrong
	Steps     map[sync.StepKind]int `json:"steps,omitempty"`        // planned, by kind
	Results   map[string]int        `json:"results,omitempty"`      // changes, by the name of their outcome
	Receipts  []Receipt             `json:"receipts,omitempty"`     // by source, in order of precedence
}

// placesKept is of how many illegible records a run remembers the place.
const placesKept = 20

func countsOf(r *sync.Report) Counts {
	c := Counts{
		Read: r.Plan.Read, People: r.Plan.People, Managed: r.Plan.Managed, Unchanged: r.Plan.Unchanged,
		Changes: len(r.Plan.Changes), Pending: len(r.Plan.Pending), Held: len(r.Plan.Held), Illegible: r.Plan.Illegible, Steps: r.Plan.Steps(),
		Receipts: receiptsOf(r), HeldBy: codesHeld(r),
	}
	for i := range r.Sources {
		c.Rejects += len(r.Sources[i].Rejects)
		for _, x := range r.Sources[i].Rejects {
			if (x.Key == "" || x.Unsure) && len(c.At) < placesKept {
				c.At = append(c.At, x.Origin.String()+": "+x.Detail)
			}
		}
	}
	if len(r.Results) > 0 {
		c.Results = make(map[string]int)
	}
	for i := range r.Results {
		c.Results[r.Results[i].Outcome.String()]++
	}
	return c
}

// codesHeld counts the people of whom something is held, by why.
func codesHeld(r *sync.Report) map[sync.Reason]int {
	n := make(map[sync.Reason]int)
	for i := range r.Plan.Held {
		n[r.Plan.Held[i].Reason]++
	}
	for i := range r.Results {
		if r.Results[i].Outcome == sync.Held {
			n[r.Results[i].Reason]++
		}
	}
	return n
}

// refusals are the limits for which the guard refused.
func refusals(r *sync.Report) []sync.Reason {
	reasons := []sync.Reason{}
	if r.End != sync.Refused {
		return reasons
	}
	for _, c := range r.Verdict.Checks {
		if !c.OK {
			reasons = append(reasons, c.Reason)
		}
	}
	return reasons
}

// Runs returns the runs, newest first; limit 0 returns all.
func (r *Reader) Runs(ctx context.Context, limit int) ([]Run, error) {
	return r.runs(ctx, runsNewest, orAll(limit))
}

// Run returns the run with the given id, if there is one.
func (r *Reader) Run(ctx context.Context, id string) (Run, bool, error) {
	runs, err := r.runs(ctx, runByID, id)
	if err != nil || len(runs) == 0 {
		return Run{}, false, err
	}
	return runs[0], true, nil
}

func (r *Reader) runs(ctx context.Context, query string, args ...any) ([]Run, error) {
	var runs []Run
	err := r.read(ctx, "read the runs in", func() error {
		return r.each(ctx, query, args, func(rows *sql.Rows) error {
			run, err := scanRun(rows)
			runs = append(runs, run)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return runs, nil
}

func scanRun(rows *sql.Rows) (Run, error) {
	var run Run
	var started, finished sql.NullInt64
	var source, ended, counts, refused string
	err := rows.Scan(&run.ID, &run.Command, &run.Instance, &source, &started, &finished, &ended,
		&counts, &refused, &run.Digest, &run.Error)
	if err != nil {
		return run, err
	}
	run.Sources = strings.FieldsFunc(source, func(c rune) bool { return c == ',' }) // an undo reads none
	run.Started, run.Finished = fromMillis(started), fromMillis(finished)
	run.End, err = parse[sync.End](ended)
	return run, errors.Join(err,
		json.Unmarshal([]byte(counts), &run.Counts), json.Unmarshal([]byte(refused), &run.Refused))
}

// LastRead returns what the source had at its last good run, one that ended in
// step, partial or observed; nothing if there was none.
func (r *Reader) LastRead(ctx context.Context, source string) (sync.Read, error) {
	var last sync.Read
	err := r.read(ctx, "read the last run in", func() error {
		var filled string
		err := r.db.QueryRowContext(ctx, selectLastRead, source).Scan(&last.People, &filled)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return readFilled(filled, &last)
	})
	return last, err
}

// readFilled reads how many had a value. Of a run that did not count, nobody
// had: nothing can have been lost since.
func readFilled(text string, into *sync.Read) error {
	filled := make(map[string]int)
	if err := json.Unmarshal([]byte(text), &filled); err != nil {
		return err
	}
	for _, f := range sync.Fields() {
		if n, ok := filled[f.String()]; ok {
			into.Filled[f] = n
		}
	}
	into.Joined = filled[keyJoined]
	return nil
}

// PicturesRead returns when the last run began that read the pictures of a
// source and left none to the next one; the zero time if there was none.
func (r *Reader) PicturesRead(ctx context.Context, source string) (time.Time, error) {
	var at sql.NullInt64
	err := r.read(ctx, "read the last run in", func() error {
		return r.db.QueryRowContext(ctx, selectPictures, source).Scan(&at)
	})
	return fromMillis(at), err
}

// Spent returns how many people each sort of change happened to since the given
// time, the run that is under way left out.
func (r *Reader) Spent(ctx context.Context, since time.Time) (sync.Tally, error) {
	var n sync.Tally
	err := r.read(ctx, "read what was done in", func() error {
		into := make([]any, len(n))
		for i := range n {
			into[i] = &n[i]
		}
		return r.db.QueryRowContext(ctx, selectSpent, since.UnixMilli(), r.live.Load()).Scan(into...)
	})
	return n, err
}

// Accepted returns the digest of the configuration that was accepted last, ""
// if none was.
func (r *Reader) Accepted(ctx context.Context) (string, error) {
	digest := ""
	err := r.read(ctx, "read the accepted configuration in", func() error {
		err := r.db.QueryRowContext(ctx, selectAccepted).Scan(&digest)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return digest, err
}

// orAll turns a limit of 0 into SQL's "no limit".
func orAll(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}
