package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) planShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE",
		Short: "Show a plan from a file",
		Long: `Shows what a plan file holds, as syncd plan did when it wrote the file. It needs
neither the configuration nor the server. -o markdown is for a merge request, -o
html a page for people who decide. Exit code 7: the file is damaged.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.showFile(args[0]) },

		Annotations: sheets(),
	}
}

// showFile shows a plan file.
func (a *app) showFile(path string) error {
	f, r, err := readPlanFile(path)
	if err != nil {
		return err
	}
	if a.output != formText {
		return a.showSheet(f.Instance, r, planFlags{out: path})
	}
	t := a.newPlanText()
	if a.quiet {
		t.wrong(r)
		return nil
	}
	t.fillColor(bold, "plan    ", fmt.Sprintf("%s of %s, made at %s, valid until %s, by syncd %s", clean(path), clean(f.Instance),
		f.Created.UTC().Format(minute), f.ValidUntil.UTC().Format(minute), clean(f.Syncd)))
	t.fill("        ", f.PlanDigest)
	t.print(r)
	a.releaseLines(t.paper, r, planFlags{out: path})
	return nil
}
