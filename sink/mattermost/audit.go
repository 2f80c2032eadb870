package mattermost

import (
	"context"
	"fmt"
	"net/url"
)

// An Audit is a row of what the server wrote down: something that an account
// did. CreateAt is in milliseconds since 1970.
type Audit struct {
	CreateAt int64  `json:"create_at"`
	Action   string `json:"action"` // the path of the call
	Extra    string `json:"extra_info"`
	IP       string `json:"ip_address"`
}

// Audits returns what an account did last, the newest first, [PageSize] rows at
// most. What others did to it is in their rows. Of an id that no account has
// there are none.
func (r *Reader) Audits(ctx context.Context, id string, most int) ([]Audit, error) {
	if r.Local() {
		return nil, notServed(callAudits)
	}
	path := fmt.Sprintf("/users/%s/audits?page=0&per_page=%d", url.PathEscape(id), min(most, PageSize))
	list, err := fetch[[]Audit](ctx, r.conn, get(callAudits, path))
	if err == nil && list == nil {
		return nil, odd(callAudits)
	}
	return list, err
}
