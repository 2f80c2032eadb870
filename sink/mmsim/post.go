package mmsim

import (
	"net/http"
	"slices"
	"unicode/utf8"
)

// A Post is a message in a channel.
type Post struct {
	ID, ChannelID, UserID, Message string

	once string
}

// A messages is all that was posted. The server's mutex guards it.
type messages struct {
	channels map[string]bool
	posts    []Post
}

// AddChannel makes a channel and returns its id.
func (s *Server) AddChannel() string {
	id := s.userIDs.next()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages.channels[id] = true
	return id
}

// Posts returns all messages in the order in which they came.
func (s *Server) Posts() []Post {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.messages.posts)
}

// createPost is POST /posts. An administrator need not be a member of the
// channel; of one that is not there the server says that there is no right. A
// message that comes a second time under the name that its client gave it is
// answered with the first one.
func createPost(c *call) (reply, *failure) {
	var p struct {
		ChannelID string `json:"channel_id"`
		Message   string `json:"message"`
		Once      string `json:"pending_post_id"`
	}
	if !c.decode(&p) {
		return reply{}, badBody("post")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.admin(), !c.messages.channels[p.ChannelID]:
		return reply{}, forbidden()
	case utf8.RuneCountInString(p.Message) > c.rules.maxPost:
		return reply{}, refuse(http.StatusBadRequest, c.rules.longPost, "The message is too long.")
	case c.ignored:
		return postAnswer(Post{ID: c.requestIDs.next(), ChannelID: p.ChannelID, UserID: c.caller.ID, Message: p.Message, once: p.Once}), nil
	}
	for _, old := range c.messages.posts {
		if p.Once != "" && old.once == p.Once && old.UserID == c.caller.ID {
			return postAnswer(old), nil
		}
	}
	made := Post{c.requestIDs.next(), p.ChannelID, c.caller.ID, p.Message, p.Once}
	c.messages.posts = append(c.messages.posts, made)
	return postAnswer(made), nil
}

func postAnswer(p Post) reply {
	o := object{b: []byte{'{'}}
	o.text("id", p.ID)
	o.text("channel_id", p.ChannelID)
	o.text("user_id", p.UserID)
	o.text("message", p.Message)
	o.text("pending_post_id", p.once)
	return reply{status: http.StatusCreated, body: append(o.b, '}')}
}
