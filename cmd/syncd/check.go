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
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context()) },
	}
}

// A checkup is what check found: a row for each thing that is well, and the
// mistakes.
type checkup struct {
	rows           [][2]string
	faults         config.Errors
	passed, failed int // tests
}

// check looks at all that needs no network.
func (a *app) check(ctx context.Context) error {
	var up checkup
	c, err := a.load()
	switch {
	case err == nil:
		a.examine(ctx, c, &up)
	case !errors.As(err, &up.faults):
		up.faults = config.Errors{{Position: config.Position{File: a.config}, What: err.Error()}}
	}
	if a.output == formJSON {
		return a.writeCheckup(up)
	}
	p := a.newPaper()
	for _, row := range up.rows {
		p.fillColor(bold, fmt.Sprintf("%-9s", row[0]), row[1])
	}
	if err == nil && len(up.faults) > 0 {
		return up.faults
	}
	return err
}

// examine looks at what the keys of a configuration refer to.
func (a *app) examine(ctx context.Context, c *config.Config, up *checkup) {
	_, err := c.Mattermost.Token.Resolve()
	up.add(c, "token", "readable", "mattermost.token", err)
	s, err := parseSchedule(c.Schedule, a.now())
	up.add(c, "schedule", a.describeSchedule(c, s), "schedule.cron", err)
	for i, source := range c.Sources {
		key := fmt.Sprintf("sources[%d].path", i)
		if !isFile(source) {
			key = fmt.Sprintf("sources[%d].bind.password", i)
		}
		text, err := a.checkSource(ctx, source)
		up.add(c, "source", text, key, err)
	}
	up.test(c, a.now())
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
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for _, err := range errs {
		up.faults = append(up.faults, c.Fault(key, err.Error(), ""))
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
