package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is what the release build sets with -ldflags.
var version = "dev"

// programVersion returns the version, with the commit where the build knows it.
func programVersion() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return version + "-" + s.Value[:12]
			}
		}
	}
	return version
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  takesNothing(),
		RunE: func(*cobra.Command, []string) error {
			if a.output == formJSON {
				return json.NewEncoder(a.stdout).Encode(map[string]any{
					"version": 1, "syncd": programVersion(), "go": runtime.Version(),
				})
			}
			_, err := fmt.Fprintf(a.stdout, "syncd %s (%s %s/%s)\n", programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
