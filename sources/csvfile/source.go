package csvfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

var (
	errReadTwice    = errors.New("standard input was read already")
	errPeek         = errors.New("the header of standard input cannot be looked at without reading it")
	errNoTrailer    = errors.New("the trailer is missing: the file is cut off")
	errAfterTrailer = errors.New("there is a row after the trailer")
)

// How often the context is asked and progress is told, in rows.
const (
	rowsPerAsk  = 256
	rowsPerTell = 1024
)

// A Source reads people from a CSV file. It is not for use by several
// goroutines at the same time.
type Source struct {
	config  Config
	dialect dialect
	mapping *sources.Mapping
	shown   string // name of the file, for people
	spent   bool   // standard input was read
}

// Name returns the name of the source.
func (s *Source) Name() string { return s.config.Name }

// Read reads the whole file.
func (s *Source) Read(ctx context.Context) (sync.Snapshot, error) {
	if s.config.Path != stdin {
		return s.read(ctx, nil)
	}
	if s.spent {
		return sync.Snapshot{}, fmt.Errorf("csvfile: %w", errReadTwice)
	}
	s.spent = true
	return s.readStdin(ctx)
}

// readStdin reads from standard input, which may keep silent for ever: when
// the context ends, the reading goroutine is left behind with it.
func (s *Source) readStdin(ctx context.Context) (sync.Snapshot, error) {
	type answer struct {
		snapshot sync.Snapshot
		err      error
	}
	answers := make(chan answer, 1)
	go func() {
		snapshot, err := s.read(ctx, nil)
		answers <- answer{snapshot, err}
	}()
	select {
	case a := <-answers:
		return a.snapshot, a.err
	case <-ctx.Done():
		return sync.Snapshot{}, fmt.Errorf("csvfile: read stdin: %w", context.Cause(ctx))
	}
}

// read reads the whole file, and the pictures in a folder if one is given.
func (s *Source) read(ctx context.Context, pictures *folder) (sync.Snapshot, error) {
	tally := sources.NewTally(s.config.Name, s.shown)
	r := s.newReading()
	r.folder = pictures
	r.each = func(next row) {
		r.add(tally, next)
		if r.entries%rowsPerTell == 0 {
			tally.Foresee(r.in.progress())
			s.config.OnRead(r.entries)
		}
	}
	if err := r.whole(ctx); err != nil {
		return sync.Snapshot{}, err
	}
	s.config.OnRead(r.entries)
	snapshot := tally.Snapshot(s.config.Now().Sub(r.began))
	snapshot.Receipt.Sentinels, snapshot.Receipt.Pictures = len(s.config.Sentinels), pictures != nil
	return snapshot, nil
}

// failed adds to an error what was read. A file that changed looks broken in
// many ways, so that is said in place of them.
func (s *Source) failed(in *file, err error) error {
	if changed := in.unchanged(); changed != nil {
		err = changed
	}
	return fmt.Errorf("csvfile: read %s: %w", s.config.Path, err)
}

// Header returns the names of the columns.
func (s *Source) Header(ctx context.Context) ([]string, error) {
	if len(s.config.Columns) > 0 {
		return s.config.Columns, nil
	}
	if s.config.Path == stdin {
		return nil, fmt.Errorf("csvfile: %w", errPeek)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("csvfile: %w", err)
	}
	in, err := s.open()
	if err != nil {
		return nil, fmt.Errorf("csvfile: %w", err)
	}
	defer in.close()
	rows, err := s.rows(in)
	if err == nil {
		var names []string
		if names, err = s.header(rows); err == nil {
			return names, nil
		}
	}
	return nil, s.failed(in, err)
}

// header reads the names of the columns from the first row.
func (s *Source) header(rows *rows) ([]string, error) {
	if len(s.config.Columns) > 0 {
		return s.config.Columns, nil
	}
	first, err := rows.next()
	if errors.Is(err, io.EOF) {
		return nil, errNoHeader
	}
	if err != nil {
		return nil, err
	}
	names, err := headerNames(first)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", first.line, err)
	}
	return names, nil
}

// A reading is one read of the file, from its beginning to its end.
type reading struct {
	source  *Source
	in      *file
	rows    *rows
	names   []string // of all columns
	columns columns
	record  sources.Record
	began   time.Time
	entries int               // rows that were read; header and trailer are none
	each    func(row)         // is given each of them
	ended   bool              // the trailer was read
	missing map[sync.Key]bool // sentinels that did not come yet
	folder  *folder           // nil: pictures are not read
}

func (s *Source) newReading() *reading {
	r := &reading{source: s, record: sources.Record{}, began: s.config.Now(), missing: make(map[sync.Key]bool)}
	for _, anchor := range s.config.Sentinels {
		r.missing[s.mapping.Key(anchor)] = true
	}
	return r
}

// whole reads all of the file, or fails.
func (r *reading) whole(ctx context.Context) error {
	in, err := r.source.open()
	if err != nil {
		return fmt.Errorf("csvfile: %w", err)
	}
	defer in.close()
	r.in = in
	if err := r.all(ctx); err != nil {
		return r.source.failed(in, err)
	}
	return nil
}

func (r *reading) all(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%rowsPerAsk == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		next, err := r.rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.take(next)
		}
		if err != nil {
			return err
		}
	}
	if r.source.config.Trailer != "" && !r.ended {
		return errNoTrailer
	}
	if err := r.in.finish(); err != nil {
		return err
	}
	return r.unseen()
}

// unseen refuses a file without one of the sentinels.
func (r *reading) unseen() error {
	for _, anchor := range r.source.config.Sentinels {
		if r.missing[r.source.mapping.Key(anchor)] {
			return fmt.Errorf("sentinel %s: there is no row with this anchor, so the file is not whole: check the export, and whether that record was removed", anchor)
		}
	}
	return nil
}

// begin reads up to the first row of people.
func (r *reading) begin() error {
	rows, err := r.source.rows(r.in)
	if err != nil {
		return err
	}
	names, err := r.source.header(rows)
	if err != nil {
		return err
	}
	if r.columns, err = newColumns(names, r.source.mapping); err != nil {
		return err
	}
	rows.setWidth(r.columns.width)
	r.rows, r.names = rows, names
	return nil
}

// take makes of a row what it is.
func (r *reading) take(next row) error {
	switch {
	case r.ended:
		return fmt.Errorf("line %d: %w", next.line, errAfterTrailer)
	case r.isTrailer(next):
		r.ended = true
		return r.count(next)
	}
	r.entries++
	if len(r.missing) > 0 {
		delete(r.missing, r.key(next))
	}
	r.each(next)
	return nil
}

func (r *reading) isTrailer(next row) bool {
	want := r.source.config.Trailer
	return want != "" && len(next.cells) > 0 && strings.TrimSpace(next.cells[0]) == want
}

// count compares the number in the trailer with the rows that were read.
func (r *reading) count(trailer row) error {
	if len(trailer.cells) < 2 {
		return fmt.Errorf("line %d: the trailer has no number of rows", trailer.line)
	}
	n, err := strconv.Atoi(strings.TrimSpace(trailer.cells[1]))
	switch {
	case err != nil:
		return fmt.Errorf("line %d: the second cell of the trailer is no number of rows", trailer.line)
	case n != r.entries:
		return fmt.Errorf("line %d: the trailer says %d rows, the file has %d", trailer.line, n, r.entries)
	}
	return nil
}

// origin says where a row stands.
func (r *reading) origin(next row) sync.Origin {
	return sync.Origin{Source: r.source.shown, Place: "line " + strconv.Itoa(next.line)}
}

func (r *reading) add(tally *sources.Tally, next row) {
	if next.fault == "" {
		r.columns.load(r.record, next.cells)
		tally.Add(r.pictured(r.source.mapping.Map(r.record, r.origin(next), r.began), next))
		return
	}
	tally.Reject(r.broken(next))
}

// broken returns what a row is that is no record.
func (r *reading) broken(next row) sync.Reject {
	return sync.Reject{Key: r.key(next), Unsure: true, Origin: r.origin(next), Reason: sync.RejectRecord, Detail: next.fault}
}

// key returns whose row it is. Of a broken one it may be another person's all
// the same: a row that lost its first cell has the next one in its place.
func (r *reading) key(next row) sync.Key {
	if next.fault != "" && (!next.alone || r.columns.anchor != 0 || len(next.cells) == 0) {
		return ""
	}
	return r.source.mapping.Key(next.cells[r.columns.anchor])
}
