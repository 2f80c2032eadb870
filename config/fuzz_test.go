package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzParse: no text makes Parse panic, and what is wrong with it is somewhere
// in it.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile(examplePath)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example), "limits.create.count=5")
	f.Add(minimal, "protect=[a]")
	paths, err := filepath.Glob("testdata/config/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archived(archive, "syncd.yaml"), strings.TrimSpace(archived(archive, "set")))
	}
	f.Fuzz(func(t *testing.T, text, assignment string) {
		c, err := Parse("syncd.yaml", []byte(text), []string{assignment})
		if err == nil {
			c.RunTests(time.Unix(0, 0))
			_, err = Parse("syncd.yaml", []byte(text), nil)
		}
		var all Errors
		if err != nil && (!errors.As(err, &all) || len(all) == 0) {
			t.Fatalf("got error %v, want Errors", err)
		}
		lines := len(newDocument("", []byte(text)).lines)
		for _, e := range all {
			inFile := e.File == "syncd.yaml" && e.Line >= 1 && e.Line <= lines+1 && e.Column >= 1
			if !inFile && !(e.Line == 0 && strings.HasPrefix(e.File, "--set")) {
				t.Errorf("got %s, which is not in the text", e)
			}
			if e.What == "" || strings.Contains(e.Error(), "\n") {
				t.Errorf("got %q, want one line that says what", e)
			}
		}
	})
}
