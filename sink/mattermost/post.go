package mattermost

import (
	"context"
	"net/http"
)

// PostLength is how many characters every server takes as one message.
const PostLength = 4000

// Post writes a message into a channel, as the account that the token belongs to,
// which need not be a member. Servers say [ErrForbidden] of a channel that is not
// there. Once names the message: servers do not write a second one of that name
// within half a minute, so that it can be tried again when the answer is lost.
func (c *Client) Post(ctx context.Context, channelID, message, once string) error {
	// It is no write of those that must not be made twice.
	body := map[string]string{"channel_id": channelID, "message": message, "pending_post_id": once}
	_, err := fetch[map[string]any](ctx, c.conn, request{call: callPost, method: http.MethodPost, path: "/posts?set_online=false", body: body, most: smallAnswer})
	return err
}
