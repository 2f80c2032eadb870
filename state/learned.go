package state

import (
	"context"
	"database/sql"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// What refusals told of the server has a table and queries of its own: losing it
// costs one refusal each.
const (
	selectLessons = `SELECT kind, service, field, said, server, at FROM learned ORDER BY kind, service, field`
	upsertLesson  = `INSERT INTO learned (kind, service, field, said, server, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, service, field) DO UPDATE SET said = excluded.said, server = excluded.server, at = excluded.at`
	pruneLessons  = `DELETE FROM learned WHERE server <> ?`
	deleteLessons = `DELETE FROM learned`
)

// Lessons returns what refusals told of the server, outdated or not, in a fixed
// order.
func (r *Reader) Lessons(ctx context.Context) ([]sync.Lesson, error) {
	var lessons []sync.Lesson
	err := r.read(ctx, "read what was learned in", func() error {
		return r.each(ctx, selectLessons, nil, func(rows *sql.Rows) error {
			l, known, err := scanLesson(rows)
			if known {
				lessons = append(lessons, l)
			}
			return err
		})
	})
	return lessons, err
}

// scanLesson reads a lesson. One of a kind that is not known counts for nothing.
func scanLesson(rows *sql.Rows) (l sync.Lesson, known bool, err error) {
	var kind, field string
	var at sql.NullInt64
	if err := rows.Scan(&kind, &l.Service, &field, &l.Said, &l.ServerID, &at); err != nil {
		return l, false, err
	}
	l.At = fromMillis(at)
	l.Kind, known = sync.ParseLessonKind(kind)
	if known && l.Kind == sync.LessonLocked {
		l.Field, known = sync.ParseField(field)
	}
	return l, known, nil
}

// Learn writes down what refusals told of a server at a time, and forgets what
// was learned of it before its version or configuration changed.
func (s *Store) Learn(ctx context.Context, lessons []sync.Lesson, at time.Time) error {
	if len(lessons) == 0 {
		return nil
	}
	return s.write(ctx, "remember what was learned in", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, pruneLessons, lessons[len(lessons)-1].ServerID); err != nil {
			return err
		}
		for _, l := range lessons {
			field := ""
			if l.Kind == sync.LessonLocked {
				field = l.Field.String()
			}
			if _, err := tx.ExecContext(ctx, upsertLesson, l.Kind.String(), l.Service, field, l.Said, l.ServerID, at.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unlearn forgets what refusals told of the server, so that it is tried again,
// and returns how much that was.
func (s *Store) Unlearn(ctx context.Context) (int, error) {
	var gone int64
	err := s.write(ctx, "forget what was learned in", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, deleteLessons)
		if err != nil {
			return err
		}
		gone, err = done.RowsAffected()
		return err
	})
	return int(gone), err
}
