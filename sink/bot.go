package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// botDescription is what people read of the bot, and by which a second attempt
// knows the bot of the first.
const botDescription = "Keeps accounts in step with the directory (syncd)"

// A Bot is the account that a daemon works with, and its access token.
type Bot struct {
	ID, Username string
	Owner        string // user name
	TokenID      string
	Secret       string `json:"-"`
	Found        bool   // an earlier attempt had made it
}

// ErrBotsOff is a server that lets nobody make bots.
var ErrBotsOff = errors.New("the server lets nobody make bots: switch it on in System Console > Integrations > Bot Accounts > Enable Bot Account Creation")

// ErrOwnerBot is a bot that is asked to make one.
var ErrOwnerBot = errors.New("this is a bot, and bots make no bots: be a person who is a system administrator")

// ErrBotName is a name for the bot that is somebody else's.
var ErrBotName = errors.New("the name is taken: choose another one with --name")

// MakeBot makes a bot that is a system administrator, and an access token for it.
// The client must be a person's who is one: bots make no bots. A bot that an
// earlier attempt of the same person left is taken; whatever else has the name is
// left alone.
func MakeBot(ctx context.Context, c *mattermost.Client, name string) (Bot, error) {
	me, err := NewFinder(&c.Reader, Config{}).admin(ctx)
	if err != nil {
		return Bot{}, err
	}
	if me.IsBot {
		return Bot{}, fmt.Errorf("mattermost: @%s: %w", me.Username, ErrOwnerBot)
	}
	b := Bot{Username: sync.Canonical(sync.Username, name), Owner: me.Username}
	if b.ID, b.Found, err = findBot(ctx, c, me, b.Username); err != nil {
		return b, err
	}
	if !b.Found {
		if b.ID, err = makeBot(ctx, c, b.Username); err != nil {
			return b, err
		}
	}
	if err := b.empower(ctx, c); err != nil {
		return b, fmt.Errorf("the bot @%s is made and not ready, so try again: %w", b.Username, err)
	}
	return b, nil
}

// findBot looks who has the name.
func findBot(ctx context.Context, c *mattermost.Client, me mattermost.User, name string) (id string, found bool, err error) {
	users, err := c.UsersByUsernames(ctx, []string{name})
	if err != nil || len(users) == 0 {
		return "", false, err
	}
	u := users[0]
	taken := fmt.Errorf("mattermost: @%s is there already, and is not what an earlier attempt of @%s left: %w", name, me.Username, ErrBotName)
	if !u.IsBot || u.DeleteAt != 0 {
		return "", false, taken
	}
	bot, err := c.Bot(ctx, u.ID)
	switch {
	case err != nil:
		return "", false, err
	case bot.OwnerID != me.ID || bot.Description != botDescription:
		return "", false, taken
	}
	return u.ID, true, nil
}

func makeBot(ctx context.Context, c *mattermost.Client, name string) (string, error) {
	id, err := c.CreateBot(ctx, mattermost.NewBot{Username: name, DisplayName: "syncd", Description: botDescription})
	if mattermost.Has(err, mattermost.IDBotsOff) {
		return "", errors.Join(ErrBotsOff, err)
	}
	return id, err
}

// empower makes the bot an administrator and gives it a token.
func (b *Bot) empower(ctx context.Context, c *mattermost.Client) error {
	if err := c.SetRoles(ctx, b.ID, sync.JoinRoles(sync.Admin, "")); err != nil {
		return err
	}
	var err error
	b.TokenID, b.Secret, err = c.CreateToken(ctx, b.ID, "syncd, made by syncd init server on "+time.Now().UTC().Format(time.DateOnly))
	return err
}
