package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sources"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Look for mistakes in the configuration, and run its tests",
		Long: `Reads the configuration, the secrets it refers to and the header of the source,
and runs the tests of the mapping. It uses no network. All mistakes are shown at
once. Exit code 78: there are some.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.check(cmd.Context(), c)
		},
	}
}

// check looks at all that needs no network.
func (a *app) check(ctx context.Context, c *config.Config) error {
	p := a.newPaper()
	var faults config.Errors
	say := func(what, text string, err error, key string) {
		if err != nil {
			faults = append(faults, c.Fault(key, err.Error(), ""))
			return
		}
		p.fillColor(bold, fmt.Sprintf("%-9s", what), text)
	}
	say("config", a.config+" has no mistakes", nil, "")
	_, err := c.Mattermost.Token.Resolve()
	say("token", "readable", err, "mattermost.token")
	s, err := parseSchedule(c.Schedule, a.now())
	say("schedule", a.describeSchedule(c, s), err, "schedule.cron")
	for i, source := range c.Sources {
		key := fmt.Sprintf("sources[%d].path", i)
		if !isFile(source) {
			key = fmt.Sprintf("sources[%d].bind.password", i)
		}
		text, err := a.checkSource(ctx, source)
		say("source", text, err, key)
	}
	failed := failedTests(c, a.now())
	if faults = append(faults, failed...); len(failed) == 0 {
		say("tests", fmt.Sprintf("%d of %d pass", len(c.Tests), len(c.Tests)), nil, "")
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
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

// checkSource looks whether the columns that the mapping uses are there. A
// directory is not asked: check uses no network.
func (a *app) checkSource(ctx context.Context, s config.Source) (string, error) {
	if !isFile(s) {
		if s.LDAP.BindDN != "" {
			if _, err := s.LDAP.Password.Resolve(); err != nil {
				return "", err
			}
		}
		source, err := a.openSource(s, hooks{})
		if err != nil {
			return "", err
		}
		return source.Name() + ": a directory, not asked by check; its password is readable", nil
	}
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

// failedTests runs the tests of the configuration.
func failedTests(c *config.Config, now time.Time) config.Errors {
	var faults config.Errors
	for i, result := range c.RunTests(now) {
		for _, d := range result.Differences {
			text := fmt.Sprintf("%s: %s: got %q, want %q", result.Test.Name, d.Name, d.Got, d.Want)
			if d.Note != "" {
				text += " (" + d.Note + ")"
			}
			faults = append(faults, c.Fault(fmt.Sprintf("tests[%d]", i), text, ""))
		}
	}
	return faults
}
