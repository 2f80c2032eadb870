package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestStateInADatabase(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pg"), []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := minimal + "state: { url: \"postgres://syncd@db.example.org/syncd\", password: file:pg, lease: 30s }\n"
	c, err := Parse(filepath.Join(dir, "syncd.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	password, err := c.State.Password()
	if err != nil || password != "hunter2" {
		t.Errorf("got the password %q, %v", password, err)
	}
	if c.State.Path != "postgres://syncd@db.example.org/syncd" || c.State.Lease != 30*time.Second {
		t.Errorf("got %v with a lease of %v", c.State, c.State.Lease)
	}
	c, err = Parse("/etc/syncd.yaml", []byte(minimal+"state: postgres:///syncd?host=/run/postgresql\n"), nil)
	if err != nil || !c.State.Shared() || c.State.Password != nil {
		t.Errorf("got %v, %v; want a database without a password", c.State, err)
	}
}

func TestStateThatCannotBeUsed(t *testing.T) {
	for state, want := range map[string]string{
		"postgres://syncd:hunter2@db/syncd":                        "password in it",
		`{ url: "postgres://syncd:hunter2@db/syncd" }`:             "password in it",
		`{ url: "postgres://syncd@db/syncd", password: hunter2 }`:  "no reference to a secret",
		`{ url: "syncd.db" }`:                                      "no URL of a PostgreSQL database",
		`{ password: "env:PG" }`:                                   "state.url: the key is missing",
		`{ url: "postgres://syncd@db/syncd", lease: 1h }`:          "out of range",
		`{ url: "postgres://syncd@db/syncd", pasword: "env:PG" }`:  "password",
		`{ url: "postgres://syncd@db/syncd?search_path=a.b" }`:     "one name",
		`{ url: "postgres://syncd@db/syncd?hunter2=%zz&x=hunter"}`: "no URL",
		"[a]": "want text",
	} {
		_, err := Parse("/etc/syncd.yaml", []byte(minimal+"state: "+state+"\n"), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", state, err, want)
		}
		if strings.Contains(fmt.Sprintf("%+v", err), "hunter2") {
			t.Errorf("%s: the error shows the secret:\n%+v", state, err)
		}
	}
}
