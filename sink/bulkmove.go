package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// A BulkMove is a Sink that lets the server move everybody to another sign-in in
// one call, which only licensed servers can: all that it can match, whoever is
// planned. Then it looks who has moved, and ends their sessions, which the
// server does not.
type BulkMove struct {
	*Sink
	From, To   string            // services; To is "ldap" or "saml"
	MatchField string            // of ldap: what account and entry have in common
	Force      bool              // of ldap: go on although several entries match
	Auto       bool              // of saml: the e-mail is the name there
	Matches    map[string]string // of saml: names by e-mail
}

var _ sync.Sink = BulkMove{}

// errStayed is somebody whom the server did not move.
var errStayed = errors.New("the server did not move the account: its own log says why")

// errElsewhere is somebody whom the server moved under a name that the source does
// not state.
var errElsewhere = errors.New("the server moved the account, but under another name than the source states: compare the two, and end the sessions with syncd revoke-sessions")

// Apply implements [sync.Sink] for plans of [sync.NewBulkMove].
func (b BulkMove) Apply(ctx context.Context, changes []sync.Change, done func(sync.Result)) error {
	skip := func(err error) error {
		for _, c := range changes {
			done(sync.Result{Change: c, Outcome: sync.Skipped, User: c.User})
		}
		return err
	}
	err := b.move(ctx)
	if err != nil && !errors.Is(err, mattermost.ErrUnknownOutcome) {
		return skip(err)
	}
	now, findErr := b.read(ctx, changes)
	if findErr != nil {
		for _, c := range changes {
			done(sync.Result{Change: c, Outcome: sync.Failed, User: c.User, Err: findErr})
		}
		return errors.Join(err, findErr)
	}
	var moved []sync.Change
	for _, c := range changes {
		if u := now[c.User.ID]; b.moved(u, c) {
			c.User = u
			moved = append(moved, c)
			continue
		}
		done(b.stayed(c, now[c.User.ID], err))
	}
	return errors.Join(err, b.signOut(ctx, moved, done))
}

// move makes the call.
func (b BulkMove) move(ctx context.Context) error {
	var err error
	if b.To == "ldap" {
		err = b.api.MigrateToLDAP(ctx, b.From, b.MatchField, b.Force)
	} else {
		err = b.api.MigrateToSAML(ctx, b.From, b.Auto, b.Matches)
	}
	if mattermost.Has(err, mattermost.IDNoLDAP) || mattermost.Has(err, mattermost.IDNoSAML) {
		return fmt.Errorf("the server has no license to move everybody to %s: move people one by one, with when: migrate under mapping.auth and limits.migrate_auth: %w", b.To, err)
	}
	return err
}

func (b BulkMove) read(ctx context.Context, changes []sync.Change) (map[string]sync.User, error) {
	q := sync.Query{}
	for _, c := range changes {
		q.IDs = append(q.IDs, c.User.ID)
	}
	users, err := b.Find(context.WithoutCancel(ctx), q)
	if err != nil {
		return nil, err
	}
	now := make(map[string]sync.User, len(users))
	for _, u := range users {
		now[u.ID] = u
	}
	return now, nil
}

// moved reports whether the account signs in as its person's source says.
func (b BulkMove) moved(u sync.User, c sync.Change) bool {
	facts := b.facts.Load()
	hidden := facts != nil && facts.AuthDataHidden
	return u.Auth.Service == b.To && (hidden || u.Auth.Data == c.Steps[0].Auth.Data)
}

// stayed is the result of somebody who did not move, or under another name. Of
// a call whose answer was lost the server may still be at work.
func (b BulkMove) stayed(c sync.Change, now sync.User, err error) sync.Result {
	why := errStayed
	if now.Auth.Service == b.To {
		why = errElsewhere
	}
	if err != nil && why == errStayed {
		return sync.Result{Change: c, Outcome: sync.Failed, User: c.User, Err: err}
	}
	return sync.Result{Change: c, Outcome: sync.Held, Reason: sync.HoldRefused, User: now, Err: why}
}

// signOut ends the sessions of those who moved. What it tells of each is about
// the whole change.
func (b BulkMove) signOut(ctx context.Context, moved []sync.Change, done func(sync.Result)) error {
	whole := make(map[sync.Key]sync.Change, len(moved))
	rest := make([]sync.Change, len(moved))
	for i, c := range moved {
		whole[c.Link.Key] = c
		c.Steps = c.Steps[1:]
		rest[i] = c
	}
	return b.Sink.Apply(ctx, rest, func(r sync.Result) {
		r.Change = whole[r.Change.Link.Key]
		r.Done++ // the move
		if r.Outcome == sync.Skipped {
			r.Outcome, r.Err = sync.Failed, errStopped
		}
		done(r)
	})
}
