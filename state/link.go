package state

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/directory-sync/syncd/sync"
)

// Links returns every link, sorted by key.
func (r *Reader) Links(ctx context.Context) ([]sync.Link, error) {
	var links []sync.Link
	err := r.read(ctx, "read the links in", func() error {
		var n int
		if err := r.db.QueryRowContext(ctx, countLinks).Scan(&n); err != nil {
			return err
		}
		links = make([]sync.Link, 0, n) // growing would take twice the memory at its peak
		var p packer
		return r.each(ctx, selectLinks, nil, func(rows *sql.Rows) error {
			link, err := scanLink(rows, &p)
			links = append(links, link)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return links, nil
}

// linkRow is a link as the driver hands it over. One is used for all rows.
type linkRow struct {
	key, userID, how, leftCause, deactivatedFor, stamp, authData, askedEmail, join, others, unit, owes string
	picture, pictureRefused                                                                            string
	since, leftSince, askedAt, pictureAt                                                               sql.NullInt64
	revokeDue                                                                                          bool
	tokensOff                                                                                          int
}

func scanLink(rows *sql.Rows, p *packer) (sync.Link, error) {
	l := &p.row
	err := rows.Scan(&l.key, &l.userID, &l.since, &l.how, &l.leftSince, &l.leftCause, &l.deactivatedFor,
		&l.revokeDue, &l.stamp, &l.authData, &l.askedEmail, &l.askedAt, &l.join, &l.others, &l.unit, &l.owes, &l.tokensOff,
		&l.picture, &l.pictureAt, &l.pictureRefused)
	if err != nil {
		return sync.Link{}, err
	}
	link := sync.Link{
		Key: sync.Key(p.pack(l.key)), UserID: p.pack(l.userID), Since: fromMillis(l.since),
		LeftSince: fromMillis(l.leftSince), RevokeDue: l.revokeDue, TokensOff: l.tokensOff,
		Join: p.pack(l.join), Others: p.pack(l.others), Unit: p.share(l.unit), Stamp: p.pack(l.stamp), AuthData: p.pack(l.authData), Owes: p.pack(l.owes),
		AskedEmail: p.pack(l.askedEmail), AskedEmailAt: fromMillis(l.askedAt),
		Picture: p.pack(l.picture), PictureAt: fromMillis(l.pictureAt), PictureRefused: p.pack(l.pictureRefused),
	}
	if err := l.enums(&link); err != nil {
		return sync.Link{}, fmt.Errorf("link of %s: %w", link.Key, err)
	}
	return link, nil
}

func (l *linkRow) enums(link *sync.Link) (err error) {
	if link.How, err = parse[sync.How](l.how); err != nil {
		return err
	}
	if link.LeftCause, err = parse[sync.Cause](l.leftCause); err != nil {
		return err
	}
	link.DeactivatedFor, err = parse[sync.Cause](l.deactivatedFor)
	return err
}

func saveLink(ctx context.Context, tx *sql.Tx, upsert *sql.Stmt, l *sync.Link) error {
	if l.Key == "" || l.UserID == "" {
		return fmt.Errorf("link of %q to %q: both a key and a user id are needed", l.Key, l.UserID)
	}
	if l.Replaces != "" {
		if _, err := tx.ExecContext(ctx, deleteLink, string(l.Replaces), l.UserID); err != nil {
			return err
		}
	}
	_, err := upsert.ExecContext(ctx, string(l.Key), l.UserID, millis(l.Since), l.How.String(),
		millis(l.LeftSince), l.LeftCause.String(), l.DeactivatedFor.String(), l.RevokeDue,
		l.Stamp, l.AuthData, l.AskedEmail, millis(l.AskedEmailAt), l.Join, l.Others, l.Unit, l.Owes, l.TokensOff,
		l.Picture, millis(l.PictureAt), l.PictureRefused)
	if !notUnique(err) {
		return err
	}
	conflict := &ConflictError{UserID: l.UserID, Key: l.Key}
	if err := tx.QueryRowContext(ctx, selectLinkOfUser, l.UserID).Scan(&conflict.Holder); err != nil && !isOver(err) {
		return err
	}
	return conflict
}
