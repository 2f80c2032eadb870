package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/sync"
)

// TestManualOfPresets holds the table of docs/directories.md to the program.
func TestManualOfPresets(t *testing.T) {
	kinds := []string{ldapdir.ActiveDirectory, ldapdir.FreeIPA, ldapdir.LDAP}
	rows := map[string]func(ldapdir.Preset) string{
		"filter":   func(p ldapdir.Preset) string { return "`" + p.Filter + "`" },
		"anchor":   func(p ldapdir.Preset) string { return fmt.Sprintf("`%s`, %s", p.Anchor, p.Encoding) },
		"disabled": func(p ldapdir.Preset) string { return "`" + p.Disabled + "`" },
		"expired":  func(p ldapdir.Preset) string { return "`" + p.Expired + "`" },
	}
	for _, f := range []sync.Field{sync.Username, sync.Email, sync.FirstName, sync.LastName, sync.Position} {
		rows[f.String()] = func(p ldapdir.Preset) string { return "`" + p.Fields[f] + "`" }
	}
	manual := readFile(t, "../../docs/directories.md")
	for name, cell := range rows {
		line := "| " + name + " |"
		for _, k := range kinds {
			line += " " + cell(ldapdir.PresetOf(k)) + " |"
		}
		if !strings.Contains(manual, line+"\n") {
			t.Errorf("docs/directories.md lacks the row\n%s", line)
		}
	}
}

// TestManualOfDirectoriesLoads loads each recipe.
func TestManualOfDirectoriesLoads(t *testing.T) {
	blocks := strings.Split(readFile(t, "../../docs/directories.md"), "```yaml\n")
	if len(blocks) < 4 {
		t.Fatalf("got %d recipes", len(blocks)-1)
	}
	const head = "version: 1\npolicy: observe\nmattermost: { url: \"https://chat.example.org\", token: file:token }\n"
	for _, block := range blocks[1:] {
		recipe, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(recipe, "sources:") {
			recipe = "sources:\n  - name: ad\n    type: activedirectory\n    urls: [ldaps://dc1.example.org]\n" + recipe
		}
		if strings.Contains(recipe, "keytab:") && !ldapdir.KerberosBuilt {
			continue // make test runs this with the tag, too
		}
		if n := strings.Count(recipe, "\n"); n > 10 {
			t.Errorf("a recipe has %d lines, want ten at most:\n%s", n, recipe)
		}
		if _, err := config.Parse("syncd.yaml", []byte(head+recipe), nil); err != nil {
			t.Errorf("%+v\n%s", err, recipe)
		}
	}
}
