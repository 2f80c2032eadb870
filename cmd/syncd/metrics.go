package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/metrics"
)

// withMarkdown marks a command whose output can be a page of the manual.
const withMarkdown = "markdown"

func (a *app) metricsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "metrics",
		Short: "Print what each metric of the daemon says",
		Long: `Prints every metric that syncd run serves, with its labels and their values. With
-o markdown it is docs/metrics.md. It needs neither configuration nor network.`,
		Args:        takesNothing(),
		Annotations: map[string]string{withMarkdown: ""},
		RunE:        func(*cobra.Command, []string) error { return a.metrics() },
	}
}

func (a *app) metrics() error {
	s := metricSettings(false)
	switch a.output {
	case formJSON:
		return json.NewEncoder(a.stdout).Encode(map[string]any{"version": 1, "metrics": metrics.Reference(s)})
	case formMarkdown:
		_, err := fmt.Fprint(a.stdout, metrics.Manual(s))
		return err
	}
	p := a.newPaper()
	for i, f := range metrics.Reference(s) {
		if i > 0 {
			p.printf("\n")
		}
		p.fillColor(bold, f.Name+"  ", f.Kind)
		p.fill("  ", f.Help)
		for _, l := range f.Labels {
			values := strings.Join(l.Values, ", ")
			if values == "" {
				values = "any"
			}
			p.fill("  "+l.Name+": ", values)
		}
	}
	return nil
}
