package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/directory-sync/syncd/config"
)

// manualCommand prints the pages for man, from the same source as --help. It is
// hidden because packages have them.
func (a *app) manualCommand() *cobra.Command {
	pages := map[string]func(io.Writer, *cobra.Command){"syncd.1": manualOfCommands, "syncd.yaml.5": manualOfConfig}
	return &cobra.Command{
		Use:    "manual syncd.1|syncd.yaml.5",
		Short:  "Print a page for man",
		Hidden: true,
		Args:   takesOneOf([]string{"syncd.1", "syncd.yaml.5"}),
		RunE: func(cmd *cobra.Command, args []string) error {
			pages[args[0]](a.stdout, cmd.Root())
			return nil
		},
	}
}

// manualOfCommands writes syncd(1).
func manualOfCommands(w io.Writer, root *cobra.Command) {
	manualTitle(w, "SYNCD", 1, "User Commands")
	fmt.Fprintf(w, ".SH NAME\nsyncd \\- %s\n", roff(strings.ToLower(root.Short[:1])+root.Short[1:]))
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B syncd\n.I COMMAND\n[flags]\n.SH DESCRIPTION\n%s.SH COMMANDS\n", roffText(root.Long))
	for _, c := range root.Commands() {
		manualOfCommand(w, c)
	}
	fmt.Fprintf(w, ".SH OPTIONS\nThose that every command has:\n%s", roffFlags(root.PersistentFlags()))
	manualList(w, "EXIT STATUS", exitMeanings())
	manualList(w, "ENVIRONMENT", [][2]string{
		{"SYNCD_CONFIG", "the configuration file, unless -c names one"},
		{"CREDENTIALS_DIRECTORY", "where cred:NAME is read; systemd sets it for units with LoadCredential=. Without it: /etc/syncd/credentials"},
		{"STATE_DIRECTORY", "where syncd.db is, unless the configuration has state:; systemd sets it"},
		{"NO_COLOR", "print no color"},
		{"NOTIFY_SOCKET, WATCHDOG_USEC, JOURNAL_STREAM", "set by systemd: where run tells how it is, and how its log lines begin"},
	})
	manualList(w, "FILES", [][2]string{
		{defaultConfig, "the configuration, see syncd.yaml(5)"},
		{"/etc/syncd/credentials/", "secrets that the systemd unit hands over, readable by root only"},
		{"/var/lib/syncd/syncd.db", "what syncd remembers"},
	})
	fmt.Fprint(w, ".SH SEE ALSO\n.BR syncd.yaml (5),\n.BR systemctl (1),\n.BR systemd.exec (5)\n")
}

// manualOfCommand writes the part of a command and of those below it.
func manualOfCommand(w io.Writer, c *cobra.Command) {
	if !c.IsAvailableCommand() {
		return
	}
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	fmt.Fprintf(w, ".SS %s\n%s%s", roff(c.UseLine()), roffText(text), roffFlags(c.LocalNonPersistentFlags()))
	if c.Name() == "completion" { // the four below it say the same four times
		return
	}
	for _, below := range c.Commands() {
		manualOfCommand(w, below)
	}
}

// manualOfConfig writes syncd.yaml(5).
func manualOfConfig(w io.Writer, _ *cobra.Command) {
	manualTitle(w, "SYNCD.YAML", 5, "File Formats")
	fmt.Fprint(w, ".SH NAME\nsyncd.yaml \\- configuration of syncd\n.SH DESCRIPTION\n")
	fmt.Fprint(w, roffText(`One YAML file, read strictly: syncd check shows every mistake at once, with its line and column. A list's
values are written as [] here. Secrets never stand in the file: cred:NAME is a systemd credential, file:PATH a
file that others cannot read, env:NAME a variable. Relative paths start at the folder of the file.`))
	fmt.Fprint(w, ".SH KEYS\n")
	for _, k := range config.Reference() {
		fmt.Fprintf(w, ".TP\n.B %s\n%s.", roff(k.Path), roff(k.Type))
		switch {
		case k.Required:
			fmt.Fprint(w, " Required.")
		case k.Default != "":
			fmt.Fprintf(w, " Default: %s.", roff(k.Default))
		}
		fmt.Fprintf(w, "\n%s.\n", roffLine(k.Meaning))
	}
	fmt.Fprint(w, ".SH SEE ALSO\n.BR syncd (1)\n")
}

// manualTitle has no date: the same source gives the same bytes.
func manualTitle(w io.Writer, name string, section int, part string) {
	fmt.Fprintf(w, ".TH %s %d \"\" \"syncd %s\" \"%s\"\n", name, section, roff(programVersion()), part)
}

func manualList(w io.Writer, title string, rows [][2]string) {
	fmt.Fprintf(w, ".SH %s\n", title)
	for _, r := range rows {
		fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(r[0]), roffLine(r[1]))
	}
}

// roffFlags writes flags as a list.
func roffFlags(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(&b, ".TP\n\\fB%s\\fR", roff(name))
		if value != "" {
			fmt.Fprintf(&b, " \\fI%s\\fR", roff(value))
		}
		fmt.Fprintf(&b, "\n%s\n", roffLine(usage))
	})
	return b.String()
}

// roffText writes paragraphs. Lines that begin with a space stay as they are.
func roffText(text string) string {
	var b strings.Builder
	for i, par := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		literal := strings.HasPrefix(par, " ")
		if literal {
			b.WriteString(".nf\n")
		}
		for line := range strings.SplitSeq(par, "\n") {
			b.WriteString(roffLine(line) + "\n")
		}
		if literal {
			b.WriteString(".fi\n")
		}
	}
	return b.String()
}

// roffLine writes a line whose beginning is no request.
func roffLine(line string) string {
	line = roff(line)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// roff protects what would mean something to roff. A hyphen would become a
// dash that no shell understands when it is copied.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...").Replace(text)
}

// exitMeanings says in a few words what each exit code means.
func exitMeanings() [][2]string {
	all := []struct {
		code    int
		meaning string
	}{
		{exitOK, "done"},
		{exitBroken, "an unexpected error, such as a full disk"},
		{exitChanges, "changes are due: only plan --detailed-exitcode; plan diff: the plans differ"},
		{exitRefused, "the guard refuses the plan; nothing was written"},
		{exitPartial, "somebody is held, a change failed, or the run was stopped"},
		{exitSourceFailed, "the source could not be read whole; nothing was written"},
		{exitSinkFailed, "the server could not be used; nothing was written"},
		{exitStale, "a plan file is damaged, too old, or something moved since; nothing was written"},
		{exitHeld, "another syncd holds the state"},
		{exitUsage, "a mistake on the command line"},
		{exitConfig, "a mistake in the configuration"},
	}
	rows := make([][2]string, len(all))
	for i, e := range all {
		rows[i] = [2]string{strconv.Itoa(e.code), e.meaning}
	}
	return rows
}
