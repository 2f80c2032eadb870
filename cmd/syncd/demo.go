package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

//go:embed demo
var demoFiles embed.FS

func (a *app) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See the whole story without a server: three days of a company",
		Long: `Starts a Mattermost in memory on this machine, reads people from a CSV file and
keeps the two in step over three days, with the real commands. It takes seconds
and leaves nothing behind.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.output == formJSON {
				return usageError{errors.New("demo tells a story, which has no form for programs: leave -o json out")}
			}
			return a.demo(cmd.Context(), keep)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "go on as a daemon with its metrics page until Ctrl-C")
	return cmd
}

// A demo is a small company with its chat server.
type demo struct {
	*app
	*paper
	dir   string
	clock *demoClock
}

// demo tells the story. Each command is the real one, with a configuration in
// a folder of its own.
func (a *app) demo(ctx context.Context, keep bool) (err error) {
	dir, err := os.MkdirTemp("", "syncd-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	clock := &demoClock{day: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), began: time.Now()}
	server := mmsim.New(mmsim.Config{Now: clock.now})
	url, stop, err := serveDemo(server)
	if err != nil {
		return err
	}
	defer stop()
	d := &demo{paper: a.newPaper(), dir: dir, clock: clock}
	if err := d.prepare(a, url, seedDemo(server)); err != nil {
		return err
	}
	if err := d.story(ctx); err != nil {
		return err
	}
	if !keep {
		return nil
	}
	return d.stay(ctx)
}

// A demoClock is the real clock on another day, so that the story always looks
// the same.
type demoClock struct{ day, began time.Time }

func (c *demoClock) now() time.Time { return c.day.Add(time.Since(c.began)) }

// serveDemo serves the server on a free port of this machine.
func serveDemo(s *mmsim.Server) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	web := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = web.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = web.Close() }, nil
}

// seedDemo makes the accounts that exist before syncd does, and returns the
// token of syncd's own.
func seedDemo(s *mmsim.Server) (token string) {
	admin := s.Add(mmsim.User{Username: "sysadmin", Email: "it@example.org", Roles: "system_user system_admin"})
	self := s.Add(mmsim.User{Username: "syncd", Roles: "system_user system_admin", IsBot: true, OwnerID: admin})
	s.Add(mmsim.User{Username: "reminder", IsBot: true, OwnerID: admin})
	s.Add(mmsim.User{Username: "frontdesk", Email: "frontdesk@example.org"})
	s.Add(mmsim.User{Username: "ingrid.solberg", Email: "ingrid.solberg@example.org", FirstName: "Ingrid", LastName: "Solberg"})
	s.Add(mmsim.User{Username: "mads", Email: "mads.thomsen@example.org", Nickname: "Mads"})
	s.Add(mmsim.User{Username: "viktor.horvath", Email: "viktor.horvath@example.org", Position: "Driver"})
	return s.Token(self)
}

// prepare writes the configuration, and makes the commands use it.
func (d *demo) prepare(a *app, url, token string) error {
	text, err := demoFiles.ReadFile("demo/syncd.yaml")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "token"), []byte(token), 0o600); err != nil {
		return err
	}
	env := *a.environment
	env.now, env.stdout = d.clock.now, a.out() // nothing of the story is an error, so -q keeps all of it back
	copied := *a
	copied.environment, copied.config = &env, defaultConfig
	copied.loadConfig = func() (*config.Config, error) {
		return config.Parse(filepath.Join(d.dir, "syncd.yaml"), text, []string{"mattermost.url=" + url})
	}
	d.app = &copied
	return nil
}

// day puts the export of a day in place.
func (d *demo) day(n int) error {
	text, err := demoFiles.ReadFile(fmt.Sprintf("demo/day%d.csv", n))
	if err != nil {
		return err
	}
	d.clock.day = d.clock.day.Add(time.Duration(min(n-1, 1)) * 24 * time.Hour)
	return os.WriteFile(filepath.Join(d.dir, "people.csv"), text, 0o600)
}

// say prints a paragraph of the story.
func (d *demo) say(text string) {
	d.printf("\n")
	d.fillColor(bold, "# ", text)
}

// call runs a command and wants it to end with a code.
func (d *demo) call(line string, want int, command func() error) error {
	d.printf("\n%s\n", d.paint(bold, "$ "+line))
	err := command()
	d.tell(err)
	if got := exitCode(err); got != want {
		return fmt.Errorf("demo: %s ended with %d, want %d", line, got, want)
	}
	if want != exitOK {
		d.printf("%s\n", d.paint(dim, fmt.Sprintf("(exit code %d)", want)))
	}
	return nil
}

// stay goes on as a daemon.
func (d *demo) stay(ctx context.Context) error {
	d.environment.now = time.Now
	d.log = d.newLogger(true)
	c, err := d.load()
	if err != nil {
		return err
	}
	d.say("The daemon goes on with this state. Its log says where its metrics page is. Ctrl-C ends it.")
	return d.serve(ctx, c)
}

// story tells three days.
func (d *demo) story(ctx context.Context) error {
	plan := func() error { return d.plan(ctx, wishes{attended: true}, false) }
	run := func(adopt sync.FieldSet) func() error {
		return func() error { return d.sync(ctx, wishes{adopt: adopt, attended: true}) }
	}
	chapters := []struct {
		day  int
		text string
		line string
		want int
		do   func() error
	}{
		{1, "Day one. The company exports 40 people to a CSV file. Its chat server has an administrator, two bots, an account of the front desk and three people.",
			"syncd plan", exitOK, plan},
		{0, "Three people have accounts already. syncd takes nobody's account by itself: somebody says so, once.",
			"syncd sync --adopt email", exitOK, run(sync.SetOf(sync.Email))},
		{0, "Everybody is in step, so there is nothing to do.",
			"syncd plan", exitOK, plan},
		{2, "Day two. Zoë is hired, Ingrid has a new name, Liam left, Oskar signs in with SAML from now on, and somebody broke Nadia's e-mail address.",
			"syncd plan", exitOK, plan},
		{0, "Nadia is held until her record is right: nobody is guessed, and nobody is taken for a leaver because a record is bad.",
			"syncd sync", exitPartial, run(0)},
		{3, "Day three. The export broke off in the middle: half of the company is missing.",
			"syncd sync", exitRefused, run(0)},
		{0, "Nobody lost an account. All of it is in the journal.",
			"syncd journal", exitOK, func() error { return d.journal(ctx, state.Filter{}) }},
	}
	for _, c := range chapters {
		if c.day > 0 {
			if err := d.day(c.day); err != nil {
				return err
			}
		}
		d.say(c.text)
		if err := d.call(c.line, c.want, c.do); err != nil {
			return err
		}
	}
	return nil
}
