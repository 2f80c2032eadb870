package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A revokeOrder is what somebody asks revoke-sessions for.
type revokeOrder struct {
	who     string
	session string // only this one
	list    bool   // only show
	all     bool   // everybody's
	confirm string // the server's name
}

func (a *app) revokeCommand() *cobra.Command {
	var o revokeOrder
	cmd := &cobra.Command{
		Use:   "revoke-sessions [WHO]",
		Short: "Sign somebody out now, or with --all everybody",
		Long: `Ends the sessions of one account and looks that they are gone. WHO is a key, an
anchor, a user name, an e-mail or a Mattermost user id; the account need not be
one that syncd keeps. Bots, accounts of other servers, the account that syncd
uses and its owner, and whatever protect: names are left alone. People can sign
in again, and access tokens work on: to lock somebody out, deactivate them.

No source is read, and neither policy nor limits matter: it is a person's own
act, and the journal has it under the command revoke-sessions.

--all signs out everybody on the server, administrators too, and asks for the
server's name; without a terminal --confirm must state it.

Exit codes: 0 done, or shown; 4 the server refused or it failed; 6 the server
could not be used; 8 another syncd holds the state; 64 nobody or more than one
is called WHO, the account is protected, or the name is not the server's.`,
		Args: takes(0, 1, "one argument, WHO, or --all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.who = strings.Join(args, "")
			if err := o.check(); err != nil {
				return usageError{err}
			}
			if o.list {
				return a.listSessions(cmd.Context(), o.who)
			}
			return a.revoke(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.list, "list", false, "show the sessions and end none")
	cmd.Flags().StringVar(&o.session, "session", "", "end only the session with this `ID`, which --list shows")
	cmd.Flags().BoolVar(&o.all, "all", false, "sign out everybody on the server")
	cmd.Flags().StringVar(&o.confirm, "confirm", "", "the server's `HOST`, which says that --all is meant")
	return cmd
}

// check looks for what does not go together.
func (o revokeOrder) check() error {
	switch {
	case o.all && (o.who != "" || o.list || o.session != ""):
		return errors.New("--all is about everybody, so without WHO, --list and --session")
	case !o.all && o.who == "":
		return errors.New("revoke-sessions takes one argument, WHO, or --all")
	case o.list && o.session != "":
		return errors.New("--list shows all sessions, so without --session")
	case o.confirm != "" && !o.all:
		return errors.New("--confirm belongs to --all")
	}
	return nil
}

// errNoSessions is a server that is asked over the socket of its local mode.
var errNoSessions = errors.New("over its socket the server neither shows sessions nor ends them but with the account: use a token, or the System Console: User Management, Users, the person, Revoke Sessions (docs/local.md)")

// listSessions shows how somebody is signed in. It has no way to write.
func (a *app) listSessions(ctx context.Context, who string) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	if c.Mattermost.Local() {
		return usageError{errNoSessions}
	}
	reader, err := mattermost.NewReader(a.clientConfig(c, hooks{}))
	if err != nil {
		return configError(c, "mattermost", err)
	}
	finder := sink.NewFinder(reader, a.sinkConfig(c, hooks{}))
	u, _, err := findAccount(ctx, finder, memory, who)
	if err != nil {
		return err
	}
	sessions, err := finder.Sessions(ctx, u.ID)
	if err != nil {
		return endError{sync.SinkFailed, err}
	}
	return a.showSessions(u, sessions)
}

// findAccount returns the one account that is called so, and its link.
func findAccount(ctx context.Context, finder sync.Finder, memory *state.Reader, who string) (u sync.User, l sync.Link, err error) {
	links, err := memory.Links(ctx)
	if err != nil {
		return u, l, err
	}
	q := sync.WhoQuery(who, links)
	var users []sync.User
	if !q.Empty() {
		if users, err = finder.Find(ctx, q); err != nil {
			return u, l, endError{sync.SinkFailed, err}
		}
	}
	if len(users) != 1 {
		return u, l, usageError{notOne(who, users)}
	}
	for _, link := range links {
		if link.UserID == users[0].ID {
			l = link
		}
	}
	return users[0], l, nil
}

// notOne says that a name is nobody's, or more than one account's.
func notOne(who string, users []sync.User) error {
	if len(users) == 0 {
		return fmt.Errorf("no account on the server is called %q: want a key, an anchor, a user name, an e-mail or a user id", who)
	}
	var names []string
	for _, u := range users {
		names = append(names, "@"+u.Profile[sync.Username])
	}
	return fmt.Errorf("%q is the name of more than one account: %s", who, strings.Join(names, ", "))
}

// revoke ends sessions.
func (a *app) revoke(ctx context.Context, o revokeOrder) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	if c.Mattermost.Local() {
		return usageError{errNoSessions}
	}
	if o.all {
		if err := a.confirmHost(c, o.confirm, "sign out everybody on %s, administrators too"); err != nil {
			return err
		}
	}
	store, err := state.Open(ctx, c.State, "syncd revoke-sessions")
	if err != nil {
		return err
	}
	defer store.Close()
	client, err := mattermost.New(a.clientConfig(c, hooks{allow: store.Allowed}))
	if err != nil {
		return configError(c, "mattermost", err)
	}
	r := revocation{revokeOrder: o, app: a, config: c, store: store, sink: sink.New(client, a.sinkConfig(c, hooks{}))}
	if err := r.choose(ctx); err != nil {
		return err
	}
	report := r.run(ctx)
	if err := r.show(ctx, report); err != nil {
		return err
	}
	return ended(report)
}
