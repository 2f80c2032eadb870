package sink_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
)

// TestPost: an administrator who is no member writes into a channel, once under
// one name, and is told of a channel that is not there and a text that is too
// long.
func TestPost(t *testing.T) {
	for _, version := range []string{"5.37.0", "11.6.0"} {
		t.Run("mmsim "+version, func(t *testing.T) {
			sim, p := simulate(t, mmsim.Config{Version: version, SeatLimit: -1})
			channel := sim.AddChannel()
			checkPost(t, p, channel, func() []string {
				var texts []string
				for _, p := range sim.Posts() {
					texts = append(texts, p.Message)
				}
				return texts
			})
		})
	}
	p, ok := realPlace(t)
	if !ok {
		return
	}
	t.Run(p.name, func(t *testing.T) {
		channel := realChannel(t, p)
		checkPost(t, p, channel, func() []string { return realPosts(t, p, channel) })
	})
}

func checkPost(t *testing.T, p place, channel string, posts func() []string) {
	t.Helper()
	c := p.client(t, p.url)
	for _, text := range []string{"first", "first", "another"} {
		if err := c.Post(t.Context(), channel, text, p.prefix+text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if got, want := fmt.Sprint(posts()), "[first another]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	err := c.Post(t.Context(), strings.Repeat("a", 26), "nowhere", p.prefix+"nowhere")
	if !errors.Is(err, mattermost.ErrForbidden) {
		t.Errorf("a channel that is not there: got %v, want %v", err, mattermost.ErrForbidden)
	}
	if err := c.Post(t.Context(), channel, strings.Repeat("x", 17000), ""); !strings.Contains(fmt.Sprint(err), "status 400 model.post.is_valid.m") {
		t.Errorf("a long text: got %v", err)
	}
	if err := c.Post(t.Context(), channel, strings.Repeat("ß", mattermost.PostLength), ""); err != nil {
		t.Errorf("a text of %d characters: got %v", mattermost.PostLength, err)
	}
}

// realChannel makes a team and a channel, and takes the administrator out of it.
func realChannel(t *testing.T, p place) string {
	t.Helper()
	name := strings.TrimSuffix(p.prefix, ".")
	var me, team, channel struct {
		ID string `json:"id"`
	}
	p.ask(t, p.token, "GET", "/users/me", "", &me)
	p.ask(t, p.token, "POST", "/teams", fmt.Sprintf(`{"name":%q,"display_name":%q,"type":"I"}`, name, name), &team)
	t.Cleanup(func() { p.ask(t, p.token, "DELETE", "/teams/"+team.ID, "", nil) })
	p.ask(t, p.token, "POST", "/channels", fmt.Sprintf(`{"team_id":%q,"name":"ops","display_name":"ops","type":"O"}`, team.ID), &channel)
	p.ask(t, p.token, "DELETE", "/channels/"+channel.ID+"/members/"+me.ID, "", nil)
	return channel.ID
}

// realPosts returns what was written into a channel, the first of it first.
func realPosts(t *testing.T, p place, channel string) []string {
	t.Helper()
	var list struct {
		Order []string
		Posts map[string]struct{ Message, Type string }
	}
	p.ask(t, p.token, "GET", "/channels/"+channel+"/posts", "", &list)
	var texts []string
	for i := len(list.Order) - 1; i >= 0; i-- {
		if post := list.Posts[list.Order[i]]; post.Type == "" {
			texts = append(texts, post.Message)
		}
	}
	return texts
}
