package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/directory-sync/syncd/state/pgtest"
)

// postgresPlaceholder is the address in every configuration until there is a
// database.
const postgresPlaceholder = "postgres://syncd@127.0.0.1:5432/syncd"

// startPostgres starts a server for a test. Where there is none, only CI minds.
func startPostgres(t *testing.T) *pgtest.Server {
	t.Helper()
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// hasPostgres is the condition of scripts that need PostgreSQL. In CI it is an
// error not to have it.
func hasPostgres() (bool, error) {
	err := pgtest.Installed()
	if err != nil && os.Getenv("CI") != "" {
		return false, err
	}
	return err == nil, nil
}

// postgres starts a real PostgreSQL, puts its address into every *.yaml and $PG
// into the environment.
func postgres(ts *testscript.TestScript, _ *world, _ []string) {
	s, err := pgtest.Start()
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Stop()) })
	ts.Setenv("PG", s.URL("syncd"))
	files, err := filepath.Glob(ts.MkAbs("*.yaml"))
	ts.Check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		ts.Check(err)
		ts.Check(os.WriteFile(file, []byte(strings.ReplaceAll(string(text), postgresPlaceholder, s.URL("syncd"))), 0o600))
	}
}
