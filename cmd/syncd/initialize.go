package main

import (
	"embed"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed init/*.yaml
var initFiles embed.FS

// initKinds are what syncd init knows.
func initKinds() []string { return []string{"ad", "freeipa", "openldap", "csv"} }

func (a *app) initCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "init " + strings.Join(initKinds(), "|"),
		Short: "Write a commented configuration to begin with",
		Long: `Prints a short configuration with a comment for each line, or writes it to a
file that is not there yet. Its policy is observe: nothing is written anywhere
until you choose another one.

syncd init server makes the bot that syncd works with, and its access token.`,
		Args:      takesOneOf(initKinds()),
		ValidArgs: initKinds(),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := initFiles.ReadFile("init/" + args[0] + ".yaml")
			if err != nil {
				return err
			}
			if out == "" {
				_, err := a.stdout.Write(text)
				return err
			}
			return a.writeNew(out, text)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "write to this `FILE` instead")
	cmd.AddCommand(a.initServerCommand())
	return cmd
}

// writeNew writes a file that must not be there.
func (a *app) writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	p := a.newPaper()
	p.printf("Wrote %s\n", path)
	p.next("Next: put the secrets it names into place, then", []string{"syncd check", "-c " + shellWord(path)})
	return nil
}
