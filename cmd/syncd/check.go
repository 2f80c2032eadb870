package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sources/ldapdir"
)

func (a *app) checkCommand() *cobra.Command {
	var online, forget bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look for mistakes in the configuration, and run its tests",
		Long: `Reads the configuration, the secrets it refers to and the header of the source,
and runs the tests of the mapping. It uses no network. All mistakes are shown at
once. Exit code 78: there are some.

With --online it asks the server too, and writes nothing: whose the token is and
what it may do, the version, seats, and the settings that have a consequence for
this configuration, with their place in the System Console. What the server
refused before, whoever it was for, is not tried again for a week; it is shown
here, and --forget forgets it at once. Exit code 6: syncd could not work with
this server and this token.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := a.limit(cmd.Context())
			defer cancel()
			if forget && !online {
				return usageError{errors.New("--forget goes with --online")}
			}
			return a.check(ctx, online, forget)
		},
	}
	cmd.Flags().BoolVar(&a.secretsUnread, "no-secrets", false, "do not read secrets, for whoever may not")
	cmd.Flags().BoolVar(&online, "online", false, "ask the server too")
	cmd.Flags().BoolVar(&forget, "forget", false, "with --online: forget what the server refused before, so that\nit is tried again")
	return cmd
}

// readable says that a secret can be read, unless nobody wants to know.
func (a *app) readable(s config.Secret) (string, error) {
	if a.secretsUnread {
		return "not read", nil
	}
	_, err := s.Resolve()
	return "readable", err
}

// A checkup is what check found: a row for each thing that is well, and the
// mistakes.
type checkup struct {
	rows           [][2]string
	faults         config.Errors
	passed, failed int         // tests
	online         *jsonOnline // nil: the server was not asked
}

// check looks at all that needs no network and, if it is asked to and found no
// mistake, at the server.
func (a *app) check(ctx context.Context, online, forget bool) error {
	var up checkup
	c, err := a.load()
	switch {
	case err == nil:
		a.examine(ctx, c, &up)
	case !errors.As(err, &up.faults):
		up.faults = config.Errors{{Position: config.Position{File: a.config}, What: err.Error()}}
	}
	if online && err == nil && len(up.faults) == 0 {
		err = a.online(ctx, c, &up, forget)
	}
	if a.output == formJSON {
		return a.writeCheckup(up)
	}
	a.showCheckup(up)
	if err == nil && len(up.faults) > 0 {
		return up.faults
	}
	return err
}

func (a *app) showCheckup(up checkup) {
	p := a.newPaper()
	for _, row := range up.rows {
		p.fillColor(bold, fmt.Sprintf("%-9s", row[0]), row[1])
	}
	if up.online != nil {
		showSnags(p, up.online.Snags)
	}
}

// examine looks at what the keys of a configuration refer to.
func (a *app) examine(ctx context.Context, c *config.Config, up *checkup) {
	if c.Mattermost.Local() {
		up.add(c, "token", "not needed: the server is asked over its local socket", "mattermost.token", nil)
	} else {
		text, err := a.readable(c.Mattermost.Token)
		up.add(c, "token", text, "mattermost.token", err)
	}
	s, err := parseSchedule(c.Schedule, a.now())
	up.add(c, "schedule", a.describeSchedule(c, s), "schedule.cron", err)
	if c.Web.ConfigFile != "" {
		up.add(c, "web", describePage(c.Web), "web.config_file", metrics.CheckConfigFile(c.Web.ConfigFile))
	}
	for i, source := range c.Sources {
		key := fmt.Sprintf("sources[%d]", i)
		if !isFile(source) {
			text, err := a.checkDirectory(source)
			up.add(c, "source", text, key, err)
			continue
		}
		text, err := a.checkFile(ctx, source)
		up.add(c, "source", text, key+".path", err)
	}
	for i, t := range c.Notify {
		up.add(c, "notify", t.Type+": "+whereOf(t), fmt.Sprintf("notify[%d].url", i), hookFault(c, t))
	}
	up.test(c, a.now())
	slices.SortStableFunc(up.faults, func(a, b config.Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(up.faults) == 0 {
		up.rows = append([][2]string{{"config", a.config + " has no mistakes"}}, up.rows...)
	}
}

// add adds a row, or the mistakes: one for each error of several.
func (up *checkup) add(c *config.Config, what, text, key string, err error) {
	if err == nil {
		up.rows = append(up.rows, [2]string{what, text})
		return
	}
	var faults config.Errors
	if errors.As(configError(c, key, err), &faults) {
		up.faults = append(up.faults, faults...)
	}
}

func (a *app) describeSchedule(c *config.Config, s schedule) string {
	if s.cron == nil {
		return ""
	}
	text := fmt.Sprintf("%s, next at %s", c.Schedule.Cron, s.cron.Next(a.now().In(s.loc)).Format("2006-01-02 15:04 MST"))
	if w := s.warning(); w != "" {
		text += "; " + w
	}
	return text
}

// checkDirectory looks at what can be seen without asking the directory: check
// uses no network.
func (a *app) checkDirectory(s config.Source) (string, error) {
	text := s.Name + ": a directory, not asked by check"
	var wrong []error
	if s.LDAP.BindDN != "" {
		password, err := a.readable(s.LDAP.Password)
		text += "; its password is " + password
		if err != nil {
			wrong = append(wrong, &ldapdir.ConfigError{Key: "bind.password", Err: err})
		}
	}
	if _, err := a.openSource(s, hooks{}); err != nil {
		wrong = append(wrong, eachError(err)...)
	}
	return text, errors.Join(wrong...)
}

// checkFile looks whether the columns that the mapping uses are there.
func (a *app) checkFile(ctx context.Context, s config.Source) (string, error) {
	if s.CSV.Path == config.Stdin {
		return "standard input, not read by check", nil
	}
	source, err := a.openFile(s, hooks{})
	if err != nil {
		return "", err
	}
	header, err := source.Header(ctx)
	if err != nil {
		return "", err
	}
	if err := missingColumns(s.Mapping, header); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: all columns that are used are among its %d", source.Name(), len(header)), nil
}

// missingColumns says which columns the mapping uses that are not there.
func missingColumns(m *sources.Mapping, header []string) error {
	var missing []error
	for _, name := range m.Attributes() {
		if !slices.Contains(header, name) {
			missing = append(missing, fmt.Errorf("there is no column %q (%s)", name, strings.Join(m.Uses(name), ", ")))
		}
	}
	return errors.Join(missing...)
}

// test runs the tests of the configuration.
func (up *checkup) test(c *config.Config, now time.Time) {
	for i, result := range c.RunTests(now) {
		if len(result.Differences) == 0 {
			up.passed++
			continue
		}
		up.failed++
		key := fmt.Sprintf("tests[%d]", i)
		for _, d := range different(result.Differences) {
			text := fmt.Sprintf("%s: got %q, want %q", d.Name, d.Got, d.Want)
			if result.Test.Name != key { // it has a name of its own
				text = result.Test.Name + ": " + text
			}
			if d.Note != "" {
				text += " (" + d.Note + ")"
			}
			up.faults = append(up.faults, c.Fault(key, text, ""))
		}
	}
	if up.failed == 0 {
		up.rows = append(up.rows, [2]string{"tests", fmt.Sprintf("%d of %d pass", up.passed, up.passed)})
	}
}

// different returns what to tell of a test. That a record was rejected explains
// why none of its values came out.
func different(all []sources.Difference) []sources.Difference {
	for _, d := range all {
		if d.Name == "rejected" && d.Got != "" {
			return []sources.Difference{d}
		}
	}
	return all
}
