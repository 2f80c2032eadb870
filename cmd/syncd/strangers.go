package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) strangersCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "strangers",
		Short: "List the accounts that nobody vouches for",
		Long: `Lists the accounts that no link names and that no record in a source is like, by
user name or e-mail: people who left before syncd came, guests, bots, accounts
made by hand. It reads the sources and all accounts of the server, and touches
nobody; nor does any other command touch a stranger. With -v it shows all of
them and their e-mails.

Accounts that are like somebody in a source are counted apart: syncd adopt shows
whose they would be.

Exit codes: 0 done; 4 people were made or renamed while it read, so that some may
be missing; 5 a source, 6 the server could not be read; 78 the configuration has
mistakes.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.strangers(cmd.Context()) },
	}
}

// A muster is all accounts of the server, apart by whom they belong to.
type muster struct {
	facts            sync.Facts
	strangers, alike []sync.User
	all              int
	whole            bool
}

func (a *app) strangers(ctx context.Context) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	m, err := a.musterAll(ctx, c, memory)
	if err != nil {
		return err
	}
	if a.output == formJSON {
		err = a.writeStrangers(m)
	} else {
		a.showStrangers(m)
	}
	if err == nil && !m.whole {
		return silentExit(exitPartial)
	}
	return err
}

// musterAll reads both sides whole.
func (a *app) musterAll(ctx context.Context, c *config.Config, memory *state.Reader) (muster, error) {
	var m muster
	bar := a.newProgress()
	reader, err := mattermost.NewReader(a.clientConfig(c, bar.hooks()))
	if err != nil {
		return m, configError(c, "mattermost", err)
	}
	feeds, err := a.openFeeds(c, bar.hooks())
	if err != nil {
		return m, err
	}
	links, err := memory.Links(ctx)
	if err != nil {
		return m, err
	}
	bar.start()
	defer bar.stop()
	var readings []sync.Reading
	for _, f := range feeds {
		read, report := f.read(ctx, false)
		if report.Err != nil {
			return m, endError{sync.SourceFailed, fmt.Errorf("%s: %w; without it nobody can say who is a stranger", f.Name(), report.Err)}
		}
		readings = append(readings, read)
	}
	finder := sink.NewFinder(reader, a.sinkConfig(c, bar.hooks()))
	if m.facts, err = finder.Facts(ctx); err != nil {
		return m, endError{sync.SinkFailed, err}
	}
	users, whole, err := finder.All(ctx)
	if err != nil {
		return m, endError{sync.SinkFailed, err}
	}
	m.strangers, m.alike = sync.Strangers(readings, links, users)
	m.all, m.whole = len(users), whole
	return m, nil
}

// kindsOf says what an account is besides a person's.
func (m muster) kindsOf(u sync.User) []string {
	kinds := []string{}
	for _, k := range []struct {
		is   bool
		what string
	}{
		{u.ID == m.facts.Self, "syncd"}, {u.ID == m.facts.Owner, "owner"}, {u.Bot, "bot"},
		{u.Admin, "admin"}, {u.Guest, "guest"}, {u.Remote, "remote"},
	} {
		if k.is {
			kinds = append(kinds, k.what)
		}
	}
	return kinds
}

// notWhole says that the listing may lack somebody.
const notWhole = "People were made or renamed while all accounts were read, twice: some may be missing. Try again when less happens."

func (a *app) showStrangers(m muster) {
	t := planText{a.newPaper(), a.verbose}
	linked := m.all - len(m.strangers) - len(m.alike)
	t.fillColor(bold, "server  ", fmt.Sprintf("Mattermost %s: %s, %s linked", m.facts.Version, plural(m.all, "account", "accounts"), number(linked)))
	if len(m.strangers) > 0 {
		t.heading(dim, "?", "strangers", len(m.strangers))
		t.rows(len(m.strangers), func(i int) {
			t.row(m.strangers[i].Profile[sync.Username], m.describe(m.strangers[i], a.verbose))
		})
	}
	t.fill("Strangers: ", m.summary()+" syncd never touches them.")
	if len(m.alike) > 0 {
		t.fill("", fmt.Sprintf("%s like somebody in a source and linked to nobody: syncd adopt --by email shows whose they would be.",
			plural(len(m.alike), "account is", "accounts are")))
	}
	if !m.whole {
		t.fill("", notWhole)
	}
}

// describe says what a stranger is.
func (m muster) describe(u sync.User, withEmail bool) string {
	words := []string{"active"}
	if !u.Active {
		words[0] = "deactivated"
	}
	words = append(words, m.kindsOf(u)...)
	text := strings.Join(words, ", ") + ", since " + u.Created.UTC().Format(time.DateOnly)
	if withEmail {
		text += ", <" + clean(u.Profile[sync.Email]) + ">"
	}
	return text
}

// summary counts the strangers.
func (m muster) summary() string {
	n := m.counts()
	return fmt.Sprintf("%s, %s of them active: %s, %s, %s, %s.", number(len(m.strangers)), number(n.Active),
		plural(n.People, "person", "people"), plural(n.Guests, "guest", "guests"), plural(n.Bots, "bot", "bots"),
		plural(n.Remote, "of another server", "of other servers"))
}

// strangerCounts are how many strangers there are of each kind, each once.
type strangerCounts struct {
	Strangers int `json:"strangers"`
	Active    int `json:"active"`
	People    int `json:"people"`
	Guests    int `json:"guests"`
	Bots      int `json:"bots"`
	Remote    int `json:"remote"`
	Alike     int `json:"alike"` // no strangers: like somebody in a source
	Accounts  int `json:"accounts"`
}

func (m muster) counts() strangerCounts {
	n := strangerCounts{Strangers: len(m.strangers), Alike: len(m.alike), Accounts: m.all}
	for _, u := range m.strangers {
		if u.Active {
			n.Active++
		}
		switch {
		case u.Bot:
			n.Bots++
		case u.Remote:
			n.Remote++
		case u.Guest:
			n.Guests++
		default:
			n.People++
		}
	}
	return n
}

// A jsonStranger is a stranger for programs.
type jsonStranger struct {
	UserID   string    `json:"user_id"`
	Username string    `json:"username"`
	Email    string    `json:"email,omitempty"` // with -v
	Created  time.Time `json:"created"`
	Active   bool      `json:"active"`
	Kinds    []string  `json:"kinds"`
}

func (a *app) writeStrangers(m muster) error {
	rows := make([]jsonStranger, len(m.strangers))
	for i, u := range m.strangers {
		rows[i] = jsonStranger{u.ID, u.Profile[sync.Username], "", u.Created.UTC(), u.Active, m.kindsOf(u)}
		if a.verbose {
			rows[i].Email = u.Profile[sync.Email]
		}
	}
	return encode(a.stdout, map[string]any{
		"version": jsonVersion, "command": "strangers", "strangers": rows, "counts": m.counts(), "whole": m.whole,
	})
}
