package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// takes checks the number of arguments that are not flags. what says what they
// are.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if least <= len(args) && len(args) <= most {
			return nil
		}
		got := "none"
		if len(args) > 0 {
			got = fmt.Sprintf("%q", args)
			got = strings.Trim(got, "[]")
		}
		return fmt.Errorf("%s takes %s, got %s", cmd.CommandPath(), what, got)
	}
}

// takesNothing is takes for commands without arguments.
func takesNothing() cobra.PositionalArgs { return takes(0, 0, "no arguments") }

// takesOneOf checks that there is one argument, and that it is one of the
// words.
func takesOneOf(words []string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		what := "one of " + anyOf(words)
		if len(args) == 1 && !slices.Contains(words, args[0]) {
			return takes(0, 0, what)(cmd, args)
		}
		return takes(1, 1, what)(cmd, args)
	}
}

// The words that the shared flags take.
func outputs() []string    { return []string{formText, formJSON} }
func colorModes() []string { return []string{"auto", "always", "never"} }
func logFormats() []string { return []string{"auto", "text", "logfmt", "json"} }
func adoptions() []string  { return []string{"email", "username", "username,email"} }

// offer makes shells complete a flag with words.
func offer(cmd *cobra.Command, flag string, words []string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
}

// completeShells makes "completion" without a shell that is known a mistake.
// Cobra shows its help instead, and ends as if all were well.
func completeShells(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		var shells []string
		for _, shell := range c.Commands() {
			shells = append(shells, shell.Name())
		}
		c.Args = takesOneOf(shells)
		c.RunE = func(*cobra.Command, []string) error { return nil } // not reached: each shell is a command
	}
}
