package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) planCommand() *cobra.Command {
	var list wishList
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what a sync would do, and what the guard says of it",
		Long: `Reads both sides and shows what is due. It has no way to write: neither to the
server nor to the state.

Exit codes: 0 done; 3 the guard would refuse; 5 the source, 6 the server could
not be read; 78 the configuration has mistakes. With --detailed-exitcode also: 2
changes are due; 4 nothing is due, but somebody is held who should not be.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := list.read()
			if err != nil {
				return err
			}
			return a.plan(cmd.Context(), w, detailed)
		},
	}
	list.flags(cmd)
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when changes are due, with 4 when somebody is only held")
	return cmd
}

func (a *app) plan(ctx context.Context, w wishes, detailed bool) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	memory, err := state.OpenReader(ctx, c.State)
	if err != nil {
		return err
	}
	defer memory.Close()
	bar := a.newProgress()
	cycle, err := a.openCycle(c, memory, w, bar.hooks())
	if err != nil {
		return err
	}
	bar.start()
	r := cycle.plan(ctx)
	bar.stop()
	if err := a.showPlan(c, r, w); err != nil {
		return err
	}
	switch {
	case detailed && r.End == sync.InStep && len(r.Plan.Changes) > 0:
		return silentExit(exitChanges)
	case detailed && r.End == sync.InStep && troubled(r.Plan):
		return silentExit(exitPartial)
	}
	return ended(r)
}

// showPlan prints a report that stopped before the first write.
func (a *app) showPlan(c *config.Config, r sync.Report, w wishes) error {
	if a.output == formJSON {
		return writeJSON(a.stdout, "plan", r)
	}
	if r.Err != nil {
		return nil
	}
	t := a.newPlanText()
	if a.quiet {
		t.wrong(r)
		return nil
	}
	t.print(r)
	if r.End != sync.InStep && r.End != sync.Partial || len(r.Plan.Changes) == 0 {
		t.ending(r)
		return nil
	}
	words := strings.Fields("Nothing was written. To do this:")
	if w.only {
		t.fillWords(append(words, adoptLine(a, w)...))
		return nil
	}
	if c.Mode == sync.Observe {
		words = append(words, strings.Fields("change policy, which is observe, and then:")...)
	}
	t.fillWords(append(words, syncLine(a, w)...))
	return nil
}

// syncLine returns the words of the command that carries the plan out.
func syncLine(a *app, w wishes) []string {
	return append(a.line("sync"), w.words()...)
}

// line returns a command with what its flags say of the configuration.
func (a *app) line(command string) []string {
	words := []string{"syncd", command}
	if a.config != defaultConfig {
		words = append(words, "-c", shellWord(a.config))
	}
	for _, s := range a.set {
		if s != "policy="+sync.Observe.String() { // it must change
			words = append(words, "--set", shellWord(s))
		}
	}
	return words
}

// shellWord quotes a text where a shell would not take it for one word.
func shellWord(s string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"
	if s != "" && strings.Trim(s, safe) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(clean(s), "'", `'\''`) + "'"
}
