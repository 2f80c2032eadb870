package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// A serverWish is what syncd init server is asked for.
type serverWish struct {
	url, out, token, name, caFile string
	allowHTTP                     bool
}

func (a *app) initServerCommand() *cobra.Command {
	var w serverWish
	cmd := &cobra.Command{
		Use:   "server --url URL",
		Short: "Make the bot that syncd works with, and its access token",
		Long: `Asks for the user name and the password of a system administrator, and for the
code of the second factor if there is one. It makes the bot, makes it a system
administrator, writes an access token of it to a file that is not there yet and
that only you can read, and signs out again. Nothing secret is shown, and the
password is never a flag. With --token an administrator's access token is used
in place of a password.

A bot takes no seat and keeps working when personal tokens are switched off. It
belongs to the administrator who makes it.

What was left half made by an attempt that failed is taken up by the next one.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := a.limit(cmd.Context())
			defer cancel()
			return a.initServer(ctx, w)
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.url, "url", "", "the server's `URL`, as people open it")
	f.StringVar(&w.out, "out", "token", "write the token to this `FILE`")
	f.StringVar(&w.token, "token", "", "an administrator's access token: file:`PATH` or env:NAME")
	f.StringVar(&w.name, "name", "syncd", "the bot's user `NAME`")
	f.StringVar(&w.caFile, "ca-file", "", "PEM `FILE` with certificates to trust besides the system's")
	f.BoolVar(&w.allowHTTP, "allow-http", false, "send the password in clear text to another host")
	return cmd
}

// initServer makes the bot. The file for the token comes first: a token that
// cannot be kept is not made.
func (a *app) initServer(ctx context.Context, w serverWish) error {
	if w.url == "" {
		return usageError{errors.New("--url is missing: the server's address, as people open it")}
	}
	if _, local := mattermost.SocketPath(w.url); local {
		return usageError{errors.New("--url names a socket, over which syncd needs no token")}
	}
	f, err := os.OpenFile(w.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the file for the token: %w", err)
	}
	bot, left, err := a.makeBot(ctx, w, f)
	if e := f.Close(); err == nil && e != nil {
		err = fmt.Errorf("write the token: %w", e)
	}
	if err != nil {
		return serverError(errors.Join(err, left, os.Remove(w.out)))
	}
	a.showBot(w, bot)
	return serverError(left)
}

// makeBot signs in, makes the bot, writes its token, and signs out, also when
// something failed. What went wrong when it signed out is left.
func (a *app) makeBot(ctx context.Context, w serverWish, f io.Writer) (bot sink.Bot, left, err error) {
	client, leave, err := a.enter(ctx, w)
	if err != nil {
		return bot, nil, err
	}
	defer func() { left = leave() }()
	if bot, err = sink.MakeBot(ctx, client, w.name); err != nil {
		return bot, nil, err
	}
	return bot, nil, keepToken(ctx, f, client, bot)
}

// serverError says which mistakes are the command line's, and which are told by
// the server.
func serverError(err error) error {
	var flag *mattermost.ConfigError
	switch {
	case err == nil, errors.As(err, new(usageError)):
		return err
	case errors.As(err, &flag):
		return usageError{fmt.Errorf("--%s: %w", strings.ReplaceAll(flag.Key, "_", "-"), flag.Err)}
	}
	for _, of := range []error{sink.ErrNotAdmin, sink.ErrBotsOff, sink.ErrBotName, sink.ErrOwnerBot} {
		if errors.Is(err, of) {
			return endError{sync.SinkFailed, err}
		}
	}
	if errors.As(err, new(*mattermost.Error)) {
		return endError{sync.SinkFailed, err}
	}
	return err
}

// keepToken writes the token down. One that cannot be kept is taken back.
func keepToken(ctx context.Context, f io.Writer, c *mattermost.Client, bot sink.Bot) error {
	_, err := io.WriteString(f, bot.Secret+"\n")
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("write the token: %w", err), c.RevokeToken(context.WithoutCancel(ctx), bot.TokenID))
}

// clientConfig says how the server is reached.
func (w serverWish) clientConfig(token func() (string, error)) mattermost.Config {
	return mattermost.Config{URL: w.url, AllowHTTP: w.allowHTTP, CAFile: w.caFile, Token: token}
}

// enter returns a client of an administrator, and what ends its session.
func (a *app) enter(ctx context.Context, w serverWish) (*mattermost.Client, func() error, error) {
	if w.token != "" {
		secret, err := config.ParseSecret(w.token)
		if err != nil {
			return nil, nil, usageError{errors.New("--token refers to the token: want file:PATH or env:NAME")}
		}
		c, err := mattermost.New(w.clientConfig(secret.Resolve))
		return c, func() error { return nil }, err
	}
	if !a.asks(a.stdin) {
		return nil, nil, usageError{errors.New("a password is typed at a terminal: run it there, or use --token file:PATH")}
	}
	nobody, err := mattermost.NewUnsigned(w.clientConfig(nil))
	if err != nil {
		return nil, nil, err
	}
	session, err := a.signIn(ctx, nobody)
	if err != nil {
		return nil, nil, err
	}
	c, err := mattermost.New(w.clientConfig(func() (string, error) { return session, nil }))
	if err != nil {
		return nil, nil, err
	}
	return c, func() error { return signOut(ctx, c) }, nil
}

// signOutTime is how long signing out may take, also when all else was stopped.
const signOutTime = 10 * time.Second

func signOut(ctx context.Context, c *mattermost.Client) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signOutTime)
	defer cancel()
	if err := c.Logout(ctx); err != nil {
		return fmt.Errorf("sign out again, so end the session in the System Console: %w", err)
	}
	return nil
}

// signIn asks for a user name, a password and, if the server does, for the code
// of a second factor.
func (a *app) signIn(ctx context.Context, nobody *mattermost.Client) (session string, err error) {
	fmt.Fprint(a.stderr, "User name or e-mail of a system administrator: ")
	name, err := readLine(a.stdin)
	if err != nil {
		return "", usageError{fmt.Errorf("read the user name: %w", err)}
	}
	fmt.Fprint(a.stderr, "Password (not shown): ")
	password, err := a.conceal(a.stdin)
	fmt.Fprintln(a.stderr)
	if err != nil {
		return "", usageError{fmt.Errorf("read the password: %w", err)}
	}
	session, err = nobody.Login(ctx, name, password, "")
	if !mattermost.WantsCode(err) {
		return session, err
	}
	fmt.Fprint(a.stderr, "Code of the second factor: ")
	code, err := readLine(a.stdin)
	if err != nil {
		return "", usageError{fmt.Errorf("read the code: %w", err)}
	}
	return nobody.Login(ctx, name, password, code)
}

// readLine reads a line and not one byte more, so that what is typed ahead is
// left for the next question.
func readLine(r io.Reader) (string, error) {
	var line strings.Builder
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return strings.TrimSpace(line.String()), nil
		case n == 1:
			line.WriteByte(b[0])
		case err != nil:
			return "", err
		}
	}
}

func (a *app) showBot(w serverWish, bot sink.Bot) {
	p := a.newPaper()
	made := "Made"
	if bot.Found {
		made = "Found, as an earlier attempt left it,"
	}
	p.fill("", fmt.Sprintf("%s the bot @%s, a system administrator, which belongs to @%s.", made, clean(bot.Username), clean(bot.Owner)))
	p.printf("Wrote its access token to %s\n", w.out)
	p.fill("", "Next: in the configuration")
	p.printf("  mattermost:\n    url: %s\n    token: file:%s\n", w.url, w.out)
	p.printf("and then  syncd check --online\n")
}
