package sink

import (
	"context"
	"errors"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// An Inspection is what a server says of itself, of whose the credential is, and
// of the settings that decide how syncd gets on with it.
type Inspection struct {
	Facts    sync.Facts
	Self     sync.User // zero over the local socket: nobody's
	Owner    sync.User // of Self, if that is a bot; zero: it has none, or it is gone
	Local    bool
	Licensed bool
	Settings mattermost.Settings
}

// Inspect asks for all of that. It writes nothing. Its errors are those of
// [Finder.Facts].
func (f *Finder) Inspect(ctx context.Context) (Inspection, error) {
	facts, err := f.Facts(ctx)
	if err != nil {
		return Inspection{}, err
	}
	i := Inspection{Facts: facts, Local: f.api.Local(), Licensed: f.api.Licensed()}
	if i.Settings, err = f.api.Settings(ctx); err != nil {
		return i, err
	}
	for id, into := range map[string]*sync.User{facts.Self: &i.Self, facts.Owner: &i.Owner} {
		if id == "" {
			continue
		}
		u, err := f.api.User(ctx, id)
		if err != nil && !errors.Is(err, mattermost.ErrNotFound) {
			return i, err
		}
		if err == nil {
			*into = toUser(u, words{})
		}
	}
	return i, nil
}
