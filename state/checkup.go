package state

import (
	"context"
	"database/sql"
	"fmt"
)

// A Checkup is what a look at everything found.
type Checkup struct {
	Schema int      `json:"schema"`
	Tables []Table  `json:"tables"`
	Faults []string `json:"faults"` // none: all is well
}

// mostFaults bounds how much is told of one sort of damage.
const mostFaults = 20

// rules are what holds between runs. A query returns what breaks its rule.
func rules() []struct{ query, broken string } {
	return []struct{ query, broken string }{
		{`SELECT user_id FROM links GROUP BY user_id HAVING count(*) > 1`, "account %s is linked to more than one key"},
		{`SELECT key FROM links GROUP BY key HAVING count(*) > 1`, "key %s has more than one link"},
		{`SELECT CAST(j.run AS TEXT) FROM journal j WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.n = j.run) GROUP BY j.run`, "run %s has steps and is not remembered"},
		{`SELECT x.source FROM reads x WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.n = x.run)`, "a read of %s is of a run that is not remembered"},
		{`SELECT r.id FROM runs r WHERE r.ended = '' AND r.n < (SELECT max(n) FROM runs)`, "run %s has not ended, and others came after it"},
		{`SELECT r.id FROM journal j JOIN runs r ON r.n = j.run WHERE j.open = 1 AND j.outcome = 'done' GROUP BY r.id`, "run %s has steps that are done and count as open"},
	}
}

// Check reads everything and says what is wrong. Its error is of the reading
// itself.
func (r *Reader) Check(ctx context.Context) (Checkup, error) {
	var c Checkup
	err := r.read(ctx, "check", func() error {
		version, err := r.version(ctx, r.db, len(migrations()))
		if err != nil {
			return err
		}
		c.Schema = version
		if r.server == nil {
			if err := r.checkFile(ctx, &c); err != nil || len(c.Faults) > 0 {
				return err // what a damaged file says of its content is worth nothing
			}
		}
		for _, rule := range rules() {
			if err := r.broken(ctx, &c, rule.query, rule.broken); err != nil {
				return err
			}
		}
		r.legible(ctx, &c)
		return ctx.Err()
	})
	if err != nil {
		return c, err
	}
	err = r.snapshot(ctx, "count", func(tx *sql.Tx) error {
		c.Tables, err = r.weigh(ctx, tx)
		return err
	})
	return c, err
}

// checkFile lets SQLite look at its file.
func (r *Reader) checkFile(ctx context.Context, c *Checkup) error {
	if err := r.broken(ctx, c, "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'", "the file is damaged: %s"); err != nil {
		return err
	}
	return r.broken(ctx, c, `SELECT "table" FROM pragma_foreign_key_check`, "the table %s refers to what is not there")
}

// broken notes what a query returns.
func (r *Reader) broken(ctx context.Context, c *Checkup, query, broken string) error {
	n := 0
	return r.each(ctx, query, nil, func(rows *sql.Rows) error {
		var what string
		if err := rows.Scan(&what); err != nil {
			return err
		}
		if n++; n <= mostFaults {
			c.Faults = append(c.Faults, fmt.Sprintf(broken, what))
		}
		return nil
	})
}

// legible notes what a run would stumble over.
func (r *Reader) legible(ctx context.Context, c *Checkup) {
	note := func(err error) {
		if err != nil && ctx.Err() == nil {
			c.Faults = append(c.Faults, err.Error())
		}
	}
	_, err := r.Links(ctx)
	note(err)
	_, err = r.Runs(ctx, 0)
	note(err)
	_, err = r.OpenIntents(ctx)
	note(err)
	query, args := Filter{}.query()
	note(r.each(ctx, query, args, func(rows *sql.Rows) error {
		_, err := scanEntry(rows)
		return err
	}))
}
