package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
)

func (a *app) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Look after what syncd remembers: check, back up, move",
		Args:  takesOneOf([]string{"check", "backup", "copy"}),
	}
	cmd.AddCommand(a.stateCheckCommand(), a.stateBackupCommand(), a.stateCopyCommand())
	return cmd
}

func (a *app) stateCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read all that is remembered and say what is wrong with it",
		Long: `Reads every link, run and step, and looks whether the file is whole and whether
what must always hold does: an account has one key, a step has a run. It changes
nothing and works while the daemon runs. Of a database it also says which daemon
leads. Exit code 1: something is wrong.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stateCheck(cmd.Context()) },
	}
}

func (a *app) stateBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write all that is remembered into a new file, while syncd works",
		Long: `Writes all that is remembered at one moment into FILE, a SQLite file that only
its owner can read. It works while the daemon runs, of a database too, and of
what an older syncd wrote. To use the backup: stop syncd and put it in the place
of the state, or name it as state: and copy it to a new database with syncd
state copy. A file that is there already is left alone.`,
		Args: takes(1, 1, "one argument, the file to write"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.stateBackup(cmd.Context(), args[0]) },
	}
}

func (a *app) stateCopyCommand() *cobra.Command {
	var to, password string
	cmd := &cobra.Command{
		Use:   "copy --to PLACE",
		Short: "Copy all that is remembered from a file to a database, or back",
		Long: `Copies all that is remembered to another place, which must be empty: the path
of a file, or postgres://USER@HOST/DATABASE. Then it reads both and compares
them. The daemon must be stopped. The state stays where it is and as it is: to
use the copy, name it as state: and start the daemon again.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, err := readPlace(to, password)
			if err != nil {
				return usageError{err}
			}
			return a.stateCopy(cmd.Context(), place)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "`PLACE` to copy to")
	cmd.Flags().StringVar(&password, "to-password", "", "password for that database, by reference: cred:NAME, file:PATH or env:NAME")
	return cmd
}

// readPlace reads a place of the command line.
func readPlace(to, password string) (state.Place, error) {
	place := state.At(to)
	if to == "" {
		return place, errors.New("--to is missing: name a path, or postgres://USER@HOST/DATABASE")
	}
	if err := place.Usable(); err != nil {
		return place, fmt.Errorf("--to: %w", err)
	}
	if password != "" {
		secret, err := config.ParseSecret(password)
		if err != nil {
			return place, errors.New("--to-password refers to the password: want cred:NAME, file:PATH or env:NAME")
		}
		place.Password = secret.Resolve
	}
	return place, nil
}

// A jsonState is what the commands about the state print, for programs.
type jsonState struct {
	Version int           `json:"version"`
	Command string        `json:"command"`
	Place   string        `json:"place"`
	To      string        `json:"to,omitempty"`
	Schema  int           `json:"schema,omitempty"`
	Leader  *jsonLeader   `json:"leader,omitempty"`
	Tables  []state.Table `json:"tables,omitempty"`
	Faults  []string      `json:"faults,omitempty"`
}

// A jsonLeader is the daemon that leads.
type jsonLeader struct {
	PID   int    `json:"pid"`
	Host  string `json:"host"`
	Since string `json:"since"`
}

// stateCheck reads everything.
func (a *app) stateCheck(ctx context.Context) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	found, err := memory.Check(ctx)
	if err != nil {
		return err
	}
	j := jsonState{Version: jsonVersion, Command: "state check", Place: c.State.String(), Schema: found.Schema, Tables: found.Tables, Faults: found.Faults}
	if c.State.Shared() {
		leader, err := state.Leader(ctx, c.State)
		if err != nil {
			return err
		}
		if leader != nil {
			j.Leader = &jsonLeader{leader.PID, leader.Host, leader.Since.UTC().Format(minute)}
		}
	}
	if err := a.showState(j); err != nil {
		return err
	}
	if len(found.Faults) > 0 {
		return silentExit(exitBroken)
	}
	return nil
}

// showState prints what a look at the state, or a copy, found.
func (a *app) showState(j jsonState) error {
	if a.output == formJSON {
		return encode(a.stdout, j)
	}
	p := a.newPaper()
	p.fillColor(bold, "state    ", j.Place)
	if j.To != "" {
		p.fillColor(bold, "copy     ", j.To)
	}
	if j.Leader != nil {
		p.fillColor(bold, "leader   ", fmt.Sprintf("process %d on %s, since %s", j.Leader.PID, j.Leader.Host, j.Leader.Since))
	}
	for _, t := range j.Tables {
		p.fillColor(bold, fmt.Sprintf("%-9s", t.Name), plural(t.Rows, "row", "rows"))
	}
	for _, f := range j.Faults {
		p.fillColor(red, "wrong    ", f)
	}
	switch {
	case len(j.Faults) > 0:
		p.fill("", "Restore a backup, or move the state away and adopt the accounts again.")
	case j.To != "":
		p.fill("", "Both are the same. To use the copy, name it as state: and start the daemon.")
	case len(j.Tables) == 0:
		p.fill("", "Nothing is remembered yet.")
	default:
		p.fill("", "Nothing is wrong.")
	}
	return nil
}

// stateBackup writes a backup.
func (a *app) stateBackup(ctx context.Context, path string) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	memory, err := state.OpenForBackup(ctx, c.State)
	if err != nil {
		return err
	}
	defer memory.Close()
	path, err = filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := memory.Backup(ctx, path); err != nil {
		return err
	}
	if a.output == formJSON {
		return encode(a.stdout, jsonState{Version: jsonVersion, Command: "state backup", Place: c.State.String(), To: path})
	}
	a.newPaper().fill("", "The state is backed up to "+path+".")
	return nil
}

// stateCopy copies the state, with every daemon and writer kept out.
func (a *app) stateCopy(ctx context.Context, to state.Place) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.State.Path); err != nil && !c.State.Shared() {
		return fmt.Errorf("there is nothing to copy: %w", err)
	}
	from, err := state.OpenDaemon(ctx, c.State, "syncd state copy")
	if err != nil {
		return err
	}
	defer from.Close()
	if err := from.Wake(ctx, 0, "syncd state copy"); err != nil {
		return err
	}
	target, err := state.Open(ctx, to, "syncd state copy")
	if held, ok := errors.AsType[*state.HeldError](err); ok && held.PID == os.Getpid() && held.Command == "syncd state copy" {
		return fmt.Errorf("--to %s is the state itself: name another place", to)
	}
	if err != nil {
		return err
	}
	tables, err := from.Copy(ctx, target)
	if err = errors.Join(err, target.Close()); err != nil {
		return err
	}
	return a.showState(jsonState{Version: jsonVersion, Command: "state copy", Place: c.State.String(), To: to.String(), Tables: tables})
}
