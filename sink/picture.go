package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

var (
	errNoSource = errors.New("there is no source that has pictures")
	errOther    = errors.New("the record has another picture now")
	errNone     = errors.New("the record has no picture any more")
)

// askPictures finds out whose pictures the server has from its own directory,
// where people may get pictures: it refuses others, and whoever is told so in
// each run learns nothing. Clients are told of a mapped picture, but not of the
// people with SAML whom it keeps in step with LDAP, nor without a license, where
// it refuses all the same.
func (f *Finder) askPictures(ctx context.Context, _ mattermost.User, facts *sync.Facts) error {
	if !f.cfg.Portrays {
		return nil
	}
	settings, err := f.api.Settings(ctx)
	if refused(err) {
		return nil
	}
	mapped := settings.LdapSettings.PictureAttribute != ""
	facts.OwnPictures = map[string]bool{"ldap": mapped, "saml": mapped && settings.SamlSettings.EnableSyncWithLdap}
	return err
}

// setPicture gives an account the picture that the plan is about, or takes the
// last one back. The source is asked for the bytes only now: nobody keeps them.
func (r *run) setPicture(ctx context.Context, w *work, s sync.Step) error {
	if s.Picture.Digest == sync.NoPicture {
		write := func(ctx context.Context) error { return r.api.RemovePicture(ctx, w.user.ID) }
		l := look{r.byID, func(u sync.User) bool { return u.PictureAt.IsZero() }}
		return r.judge(ctx, w, r.confirm(ctx, write, r.seen(w, l)))
	}
	picture, err := r.fetchPicture(ctx, s.Picture)
	if err != nil {
		return err
	}
	before, answered := w.user.PictureAt, false
	write := func(ctx context.Context) error {
		err := r.api.SetPicture(ctx, w.user.ID, picture)
		answered = err == nil
		return err
	}
	// When a server that has this picture already is given it again, nothing moves.
	l := look{r.byID, func(u sync.User) bool {
		return !u.PictureAt.IsZero() && (answered || !u.PictureAt.Equal(before))
	}}
	err = r.confirm(ctx, write, r.seen(w, l))
	if mattermost.RefusesPicture(err) || errors.Is(err, mattermost.ErrTooLarge) {
		return &hold{sync.HoldPicture, err}
	}
	return r.judge(ctx, w, err)
}

// fetchPicture returns the bytes of the picture that the plan is about. A source
// that cannot be read, or has another picture by now, is no trouble of the
// server's: the next run sees to it.
func (r *run) fetchPicture(ctx context.Context, want sync.Picture) ([]byte, error) {
	if r.sink.cfg.Picture == nil {
		return nil, &hold{sync.HoldPictureMoved, errNoSource}
	}
	picture, err := r.sink.cfg.Picture(ctx, want.Key)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("read the picture: %w", context.Cause(ctx))
	case err != nil:
		return nil, &hold{sync.HoldPictureMoved, err}
	case len(picture) == 0:
		return nil, &hold{sync.HoldPictureMoved, errNone}
	case sync.PictureDigest(picture) != want.Digest:
		return nil, &hold{sync.HoldPictureMoved, errOther}
	}
	return picture, nil
}
