package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// TestInit: what init writes is a configuration without a mistake that writes
// nothing, and it writes over no file.
func TestInit(t *testing.T) {
	for _, kind := range initKinds() {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "syncd.yaml")
			var out, errs bytes.Buffer
			env := systemEnvironment()
			env.stdout, env.stderr = &out, &errs
			if code := run(t.Context(), env, []string{"init", kind, "--out", path}); code != exitOK {
				t.Fatalf("got exit code %d\n%s", code, &errs)
			}
			c, err := config.Load(path, nil, nil)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if c.Mode != sync.Observe || !strings.Contains(out.String(), "syncd check -c "+path) {
				t.Errorf("got policy %s and %q", c.Mode, &out)
			}
			if stat, err := os.Stat(path); err != nil || stat.Mode().Perm() != 0o600 {
				t.Errorf("got mode %v, %v", stat.Mode(), err)
			}
			if code := run(t.Context(), env, []string{"init", kind, "--out", path}); code == exitOK {
				t.Error("it wrote over a file")
			}
		})
	}
}
