package sink_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// signedIn returns a client of somebody new who signed in with a password.
func (p place) signedIn(t *testing.T, who sync.Identity, roles string) *mattermost.Client {
	t.Helper()
	const password = "Correct-Horse-9"
	u := p.mustApply(t, p.sink(t), create(who))[0]
	p.setRoles(t, u.ID, roles)
	if got := p.ask(t, p.token, http.MethodPut, "/users/"+u.ID+"/password", `{"new_password":"`+password+`"}`, nil); got != http.StatusOK {
		t.Fatalf("set the password: got %d", got)
	}
	nobody, err := mattermost.NewUnsigned(mattermost.Config{URL: p.url, AllowHTTP: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nobody.Login(t.Context(), who.Profile[sync.Username], "wrong", ""); err == nil || !strings.Contains(err.Error(), "login.invalid_credentials") || mattermost.WantsCode(err) {
		t.Errorf("a wrong password: got %v", err)
	}
	session, err := nobody.Login(t.Context(), who.Profile[sync.Email], password, "")
	if err != nil {
		t.Fatal(err)
	}
	p.token = session
	return p.client(t, p.url)
}

// An administrator who signs in makes a bot, its token works, and after signing
// out nothing of the administrator does. A second attempt takes up the bot.
func TestMakeBot(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		c, name := p.signedIn(t, p.person("root"), "system_user system_admin"), p.prefix+"bot"
		bot, err := sink.MakeBot(t.Context(), c, name)
		if errors.Is(err, sink.ErrBotsOff) {
			return // as a server comes out of the box
		}
		if err != nil {
			t.Fatal(err)
		}
		p.remove(t, bot.ID)
		if bot.Found || bot.Username != name || bot.Owner != p.prefix+"root" || !p.use(t, bot.Secret) {
			t.Errorf("got %s of %s, found %v", bot.Username, bot.Owner, bot.Found)
		}
		mine := p
		mine.token = bot.Secret
		if facts, err := mine.sink(t).Facts(t.Context()); err != nil || facts.Self != bot.ID || facts.Owner == "" {
			t.Errorf("the bot: got %+v, %v", facts, err)
		}
		again, err := sink.MakeBot(t.Context(), c, strings.ToUpper(name))
		if err != nil || !again.Found || again.ID != bot.ID || again.Secret == bot.Secret {
			t.Errorf("a second attempt: got %+v, %v", again, err)
		}
		if _, err := sink.MakeBot(t.Context(), mine.client(t, p.url), p.prefix+"other"); !errors.Is(err, sink.ErrOwnerBot) {
			t.Errorf("a bot that makes bots: got %v", err)
		}
		if _, err := sink.MakeBot(t.Context(), c, p.prefix+"root"); !errors.Is(err, sink.ErrBotName) {
			t.Errorf("a name that is taken: got %v", err)
		}
		if err := c.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Me(t.Context()); !errors.Is(err, mattermost.ErrUnauthorized) {
			t.Errorf("after signing out: got %v", err)
		}
		plain := p.signedIn(t, p.person("plain"), "system_user")
		if _, err := sink.MakeBot(t.Context(), plain, p.prefix+"other"); !errors.Is(err, sink.ErrNotAdmin) {
			t.Errorf("a plain person: got %v", err)
		}
	})
}

func TestMakeBotWhereNobodyMayMakeOne(t *testing.T) {
	_, p := simulate(t, mmsim.Config{NoBots: true})
	if _, err := sink.MakeBot(t.Context(), p.client(t, p.url), "bot"); !errors.Is(err, sink.ErrBotsOff) {
		t.Errorf("got %v", err)
	}
}
