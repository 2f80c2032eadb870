package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) planCommand() *cobra.Command {
	var list wishList
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what a sync would do, and what the guard says of it",
		Long: `Reads both sides and shows what is due. It has no way to write: neither to the
server nor to the state. With --out the plan is also written to a file, which
syncd apply carries out within a day, as long as nothing of it has moved. -o
markdown is for a merge request, -o html a page for people who decide.

Exit codes: 0 done; 3 the guard would refuse; 5 the source, 6 the server could
not be read; 78 the configuration has mistakes. With --detailed-exitcode also: 2
changes are due; 4 nothing is due, but somebody is held who should not be.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := list.read()
			if err != nil {
				return err
			}
			f.wishes = w
			return a.planTo(cmd.Context(), f)
		},
		Annotations: sheets(),
	}
	list.flags(cmd)
	cmd.Flags().StringVar(&f.out, "out", "", "write the plan to this `FILE` too, for syncd apply")
	cmd.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when changes are due, with 4 when somebody is only held")
	cmd.AddCommand(a.planShowCommand(), a.planDiffCommand())
	return cmd
}

// plan shows the plan and keeps it nowhere.
func (a *app) plan(ctx context.Context, w wishes, detailed bool) error {
	return a.planTo(ctx, planFlags{wishes: w, detailed: detailed})
}

// planTo shows the plan, and writes it to a file if one is named.
func (a *app) planTo(ctx context.Context, f planFlags) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	bar := a.newProgress()
	cycle, err := a.openCycle(c, memory, f.wishes, bar.hooks())
	if err != nil {
		return err
	}
	cycle.lookAtAll = f.out != ""
	bar.start()
	r := cycle.plan(ctx)
	bar.stop()
	if f.out != "" && r.Err == nil {
		if err := writePlanFile(f.out, newPlanFile(c, r)); err != nil {
			return err
		}
	}
	if err := a.showPlan(c, r, f); err != nil {
		return err
	}
	switch {
	case f.detailed && r.End == sync.InStep && len(r.Plan.Changes) > 0:
		return silentExit(exitChanges)
	case f.detailed && r.End == sync.InStep && troubled(r.Plan):
		return silentExit(exitPartial)
	}
	return ended(r)
}

// showPlan prints a report that stopped before the first write.
func (a *app) showPlan(c *config.Config, r sync.Report, f planFlags) error {
	if r.Err != nil && a.output != formJSON {
		return nil
	}
	if a.output != formText {
		return a.showSheet(c.Instance, r, f)
	}
	t := a.newPlanText()
	if a.quiet {
		t.wrong(r)
		return nil
	}
	t.print(r)
	if f.out != "" {
		t.fill("", fmt.Sprintf("Written to %s, valid until %s. Digest %s.",
			clean(f.out), r.Started.Add(planValid).UTC().Format(minute), r.Plan.Digest()))
	}
	switch {
	case r.End != sync.InStep && r.End != sync.Partial:
		t.ending(r)
		a.releaseLines(t.paper, r, f)
	case len(r.Plan.Changes) == 0:
		t.ending(r)
	default:
		a.sayHow(t, c, f)
	}
	return nil
}

// minute is how a point in time is shown to people.
const minute = "2006-01-02 15:04 UTC"

// sayHow prints the command that carries a plan out.
func (a *app) sayHow(t planText, c *config.Config, f planFlags) {
	text := "Nothing was written. To do this:"
	if f.out != "" {
		text = "Nothing was changed. To do this:"
	}
	switch {
	case f.bulk != nil:
		t.fill("", "The server moves every account that it can match: those too that no source states, and those that protect: names.")
		if f.bulk.needsMatches() {
			text = "Nothing was written. First write the names by e-mail, and look at them:"
		}
		t.next(text, f.bulk.line(a, hostOf(c)))
	case f.only:
		t.next("Nothing was written. To do this:", adoptLine(a, f.wishes))
	case c.Mode == sync.Observe:
		t.next(text+" change policy, which is observe, and then:", syncLine(a, f.wishes))
	case f.out != "":
		t.next(text, a.line("apply", shellWord(f.out)))
	default:
		t.next(text, syncLine(a, f.wishes))
	}
}

// syncLine returns the words of the command that carries the plan out.
func syncLine(a *app, w wishes) []string {
	b := *a
	b.set = slices.DeleteFunc(slices.Clone(a.set), func(s string) bool { return s == "policy="+sync.Observe.String() }) // it must change
	return append(b.line("sync"), w.words()...)
}

// line returns the words of a command that uses the same configuration.
func (a *app) line(command ...string) []string {
	words := append([]string{"syncd"}, command...)
	if a.config != defaultConfig {
		words = append(words, "-c "+shellWord(a.config))
	}
	for _, s := range a.set {
		words = append(words, "--set "+shellWord(s))
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
