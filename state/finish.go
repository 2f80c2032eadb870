package state

import (
	"context"
	"database/sql"

	"github.com/directory-sync/syncd/sync"
)

// Finish writes down how the run ended. When it went all the way, it settles
// the steps of earlier runs whose outcome nobody heard: what is due was worked
// out anew from what is there. Like Record, it does so even when ctx is
// canceled.
func (j *Journal) Finish(ctx context.Context, r sync.Report) error {
	ctx = context.WithoutCancel(ctx)
	err := j.store.write(ctx, "write down the end of a run in", func(tx *sql.Tx) error {
		if err := j.skip(ctx, tx, &r); err != nil {
			return err
		}
		if carriedOut(&r) && r.Applied {
			if err := j.settle(ctx, tx, &r); err != nil {
				return err
			}
		}
		if carriedOut(&r) {
			if err := j.accept(ctx, tx, &r); err != nil {
				return err
			}
		}
		return j.finish(ctx, tx, &r)
	})
	if err == nil {
		j.store.live.CompareAndSwap(j.n, 0)
	}
	return err
}

func (j *Journal) finish(ctx context.Context, tx *sql.Tx, r *sync.Report) error {
	digest := ""
	if r.Plan.People > 0 {
		digest = r.Plan.Digest()
	}
	if err := j.remember(ctx, tx, r); err != nil {
		return err
	}
	if r.PicturesPending() { // the next run reads them again, however soon
		if _, err := tx.ExecContext(ctx, forgetPictures); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, finishRun, millis(r.Finished), r.End.String(), r.Plan.Read,
		toJSON(countsOf(r)), toJSON(refusals(r)), digest, errorText(r.Err), j.n)
	return err
}

// keyJoined is where a read has how many people had a join value, beside the
// names of the fields.
const keyJoined = "join"

// accept writes down that a person accepted the configuration.
func (j *Journal) accept(ctx context.Context, tx *sql.Tx, r *sync.Report) error {
	if j.accepts == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, insertAccepted, j.accepts, j.id, millis(r.Finished)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, pruneAccepted)
	return err
}

// remember writes down what each source had at a good run: the guard compares
// the next one with it.
func (j *Journal) remember(ctx context.Context, tx *sql.Tx, r *sync.Report) error {
	if r.End != sync.InStep && r.End != sync.Partial && r.End != sync.Observed {
		return nil
	}
	for _, s := range r.Sources {
		if s.Err != nil {
			continue
		}
		had := filled(s.Receipt)
		had[keyJoined] = s.Joined
		if _, err := tx.ExecContext(ctx, insertRead, s.Name, j.n, s.Read, toJSON(had), s.Receipt.Pictures && r.End != sync.Observed); err != nil {
			return err
		}
	}
	return nil
}

// skip writes down which changes were never begun, and their links.
func (j *Journal) skip(ctx context.Context, tx *sql.Tx, r *sync.Report) error {
	if len(j.skipped) == 0 {
		return nil
	}
	step, err := tx.PrepareContext(ctx, skipSteps)
	if err != nil {
		return err
	}
	defer step.Close()
	upsert, err := tx.PrepareContext(ctx, upsertLink)
	if err != nil {
		return err
	}
	defer upsert.Close()
	for i := range j.skipped {
		c := &j.skipped[i]
		if _, err := step.ExecContext(ctx, millis(r.Finished), j.n, string(c.key)); err != nil {
			return err
		}
		if !c.linked {
			continue
		}
		if err := saveLink(ctx, tx, upsert, &c.link); err != nil {
			return err
		}
	}
	return nil
}

// carriedOut reports whether a plan for everybody was carried out, whether it
// was made in this run or read from a file. The one from a file has not looked
// at those whom it leaves alone: it settles nothing that is theirs.
func carriedOut(r *sync.Report) bool {
	return !r.Plan.AdoptOnly && (r.End == sync.InStep || r.End == sync.Partial) && len(r.Results) == len(r.Plan.Changes)
}

// earlier is a step of an earlier run whose outcome nobody heard.
type earlier struct {
	run, seq int64
	key      sync.Key
	kind     string
}

// settle closes what earlier runs left open for people of the sources that were
// read. A creation stays
// open while the account may be there without a link: the person was held or
// failed this time, or may be behind a record without a legible key. So does a
// role as long as the person was held or failed.
func (j *Journal) settle(ctx context.Context, tx *sql.Tx, r *sync.Report) error {
	left, err := j.earlier(ctx, tx)
	if err != nil || len(left) == 0 {
		return err
	}
	unsettled, read := unsettledKeys(r), sourcesRead(r)
	for _, e := range left {
		if !read[e.key.Source()] {
			continue
		}
		if e.kind == sync.Create.String() && (r.Plan.Illegible > 0 || unsettled[e.key]) {
			linked, err := isLinked(ctx, tx, e.key)
			if err != nil {
				return err
			}
			if !linked {
				continue
			}
		}
		if e.kind == sync.SetRole.String() && unsettled[e.key] {
			continue
		}
		if _, err := tx.ExecContext(ctx, settleStep, e.run, e.seq); err != nil {
			return err
		}
	}
	return nil
}

func isLinked(ctx context.Context, tx *sql.Tx, key sync.Key) (bool, error) {
	var n int
	err := tx.QueryRowContext(ctx, selectLinkOfKey, string(key)).Scan(&n)
	return n > 0, err
}

// earlier returns what earlier runs left open. All of it is read
// before anything is changed: a transaction has one connection.
func (j *Journal) earlier(ctx context.Context, tx *sql.Tx) ([]earlier, error) {
	rows, err := tx.QueryContext(ctx, selectEarlier, j.n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var left []earlier
	for rows.Next() {
		var e earlier
		if err := rows.Scan(&e.run, &e.seq, &e.key, &e.kind); err != nil {
			return nil, err
		}
		left = append(left, e)
	}
	return left, rows.Err()
}

func sourcesRead(r *sync.Report) map[string]bool {
	read := make(map[string]bool)
	for _, s := range r.Sources {
		read[s.Name] = s.Err == nil
	}
	return read
}

// unsettledKeys are the people for whom the run did not do what was due.
func unsettledKeys(r *sync.Report) map[sync.Key]bool {
	keys := make(map[sync.Key]bool)
	for i := range r.Plan.Held {
		keys[keyOf(&r.Plan.Held[i].Change)] = true
	}
	for i := range r.Results {
		if r.Results[i].Outcome != sync.Done {
			keys[keyOf(&r.Results[i].Change)] = true
		}
	}
	return keys
}
