package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Table is how much of something is remembered.
type Table struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	digest digest
}

// A digest is of all rows of a table, whatever their order: the sum of the rows'
// own.
type digest [4]uint64

func (d *digest) add(values []any) error {
	h := sha256.New()
	for _, v := range values {
		var text string
		switch v := v.(type) {
		case nil:
			text = "n"
		case int64:
			text = fmt.Sprint("i", v)
		case string:
			text = "s" + v
		case []byte:
			text = "s" + string(v)
		default:
			return fmt.Errorf("a value is a %T", v)
		}
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text)))) // never fails
		h.Write([]byte(text))
	}
	sum := h.Sum(nil)
	for i := range d {
		d[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
	return nil
}

// ErrNotEmpty is why nothing is copied to a place.
var ErrNotEmpty = errors.New("something is remembered there already: name an empty place, and nothing is mixed")

const (
	listTables         = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	listPostgresTables = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	// What counts up goes on after the highest number that was copied.
	listCounters = `SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 0) + 1, false) FROM %I', table_name, column_name, column_name, table_name)
		FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = ANY (string_to_array($1, ','))`
)

// Copy copies all that is remembered to another place, which must be empty, and
// compares the two. It returns what was copied. Nobody writes to the state
// meanwhile.
func (s *Store) Copy(ctx context.Context, to *Store) ([]Table, error) {
	if err := s.Allowed(ctx); err != nil {
		return nil, explain(ctx, s.path, "copy", err)
	}
	ctx, stop := s.Bound(ctx)
	defer stop()
	return s.copyTo(ctx, to)
}

func (r *Reader) copyTo(ctx context.Context, to *Store) ([]Table, error) {
	var tables []Table
	err := r.snapshot(ctx, "copy", func(from *sql.Tx) error {
		return to.write(ctx, "copy to", func(tx *sql.Tx) error {
			var err error
			tables, err = r.fill(ctx, from, to, tx)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	var got []Table
	err = to.snapshot(ctx, "compare", func(tx *sql.Tx) error {
		got, err = to.weigh(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !slices.Equal(got, tables) {
		return nil, fmt.Errorf("state: compare %s with %s: they differ: do not use the copy", to.path, r.path)
	}
	return tables, nil
}

// snapshot runs do in a transaction that sees one moment.
func (r *Reader) snapshot(ctx context.Context, what string, do func(*sql.Tx) error) error {
	return r.read(ctx, what, func() error {
		options := &sql.TxOptions{ReadOnly: true}
		if r.server != nil {
			options.Isolation = sql.LevelRepeatableRead
		}
		tx, err := r.db.BeginTx(ctx, options)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // it wrote nothing
		return do(tx)
	})
}

// tables returns the names of our tables: first runs, which others refer to.
func (r *Reader) tables(ctx context.Context, tx *sql.Tx) ([]string, error) {
	query := listTables
	if r.server != nil {
		query = listPostgresTables
	}
	names, err := column(ctx, tx, query)
	ours := strings.Split(ownTables(), ",")
	names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(ours, name) })
	slices.SortFunc(names, func(a, b string) int {
		if (a == "runs") != (b == "runs") {
			return strings.Compare(fmt.Sprint(a != "runs"), fmt.Sprint(b != "runs"))
		}
		return strings.Compare(a, b)
	})
	return names, err
}

// column returns an answer of one column.
func column(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// fill copies every table.
func (r *Reader) fill(ctx context.Context, from *sql.Tx, to *Store, tx *sql.Tx) ([]Table, error) {
	before, err := to.weigh(ctx, tx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(before, func(t Table) bool { return t.Rows > 0 }) {
		return nil, ErrNotEmpty
	}
	names, err := r.tables(ctx, from)
	if err != nil {
		return nil, err
	}
	tables := make([]Table, len(names))
	for i, name := range names {
		if tables[i], err = fillTable(ctx, from, tx, name); err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
	}
	if to.server == nil {
		return tables, nil
	}
	counters, err := column(ctx, tx, listCounters, ownTables())
	for _, query := range counters {
		if err == nil {
			_, err = tx.ExecContext(ctx, query)
		}
	}
	return tables, err
}

// weigh counts and digests every table.
func (r *Reader) weigh(ctx context.Context, tx *sql.Tx) ([]Table, error) {
	names, err := r.tables(ctx, tx)
	if err != nil {
		return nil, err
	}
	tables := make([]Table, len(names))
	for i, name := range names {
		tables[i].Name = name
		if err := eachRow(ctx, tx, name, func(_ []string, values []any) error {
			tables[i].Rows++
			return tables[i].digest.add(values)
		}); err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
	}
	return tables, nil
}

// eachRow calls do with every row of a table: the names of its columns, in their
// order, and the values.
func eachRow(ctx context.Context, tx *sql.Tx, table string, do func(columns []string, values []any) error) error {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := do(columns, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// mostValues is how many values one statement inserts: SQLite takes 32,766.
const mostValues = 8_000

// fillTable copies one table.
func fillTable(ctx context.Context, from, to *sql.Tx, name string) (Table, error) {
	t := Table{Name: name}
	var columns []string
	var waiting []any
	insert := func() error {
		_, err := to.ExecContext(ctx, insertOf(name, columns, len(waiting)/max(1, len(columns))), waiting...)
		waiting = waiting[:0]
		return err
	}
	err := eachRow(ctx, from, name, func(names []string, values []any) error {
		columns = names
		t.Rows++
		waiting = append(waiting, values...)
		if err := t.digest.add(values); err != nil || len(waiting)+len(values) <= mostValues {
			return err
		}
		return insert()
	})
	if err == nil && len(waiting) > 0 {
		err = insert()
	}
	return t, err
}

// insertOf returns a statement that inserts so many rows.
func insertOf(table string, columns []string, rows int) string {
	row := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
	return `INSERT INTO "` + table + `" ("` + strings.Join(columns, `", "`) + `") VALUES ` + strings.Repeat(row+", ", rows-1) + row
}
