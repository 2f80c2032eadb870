package mattermost

import (
	"context"
	"net/http"
)

// maxSearch is how many accounts a search answers with.
const maxSearch = 100

// SearchUsers returns accounts, active or not, of whom each word of the text
// begins a user name, a name or the e-mail; newer servers also take a word from
// the middle. The text must not be blank.
func (r *Reader) SearchUsers(ctx context.Context, text string) ([]User, error) {
	if r.Local() {
		return nil, notServed(callSearch)
	}
	body := map[string]any{"term": text, "allow_inactive": true, "limit": maxSearch}
	return readUsers(ctx, r.conn, request{call: callSearch, method: http.MethodPost, path: "/users/search", body: body, most: bulkAnswer}, maxSearch)
}
