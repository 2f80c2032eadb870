package sink

import (
	"context"
	"errors"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// Seek returns accounts of which the words of a text may be names, as the
// server's own search finds them: a hundred at most, so no decision may depend
// on it. Over the local socket, which has no search, it finds nobody.
func (f *Finder) Seek(ctx context.Context, text string) ([]sync.User, error) {
	users, err := f.api.SearchUsers(ctx, text)
	if f.api.Local() && errors.Is(err, mattermost.ErrNoRoute) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := newFound(len(users), func(int, int) {})
	found.add(users)
	return found.users, nil
}
