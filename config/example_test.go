package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/directory-sync/syncd/sources"
)

const manualPath = "../docs/configuration.md"

func TestExampleIsCorrectAndItsTestsPass(t *testing.T) {
	c := example(t)
	if len(c.Tests) == 0 {
		t.Fatal("got no mapping tests in the example")
	}
	for _, r := range c.RunTests(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		if len(r.Differences) > 0 {
			t.Errorf("%s: %s: %v", r.At, r.Test.Name, r.Differences)
		}
	}
}

func TestExampleShowsEveryKey(t *testing.T) {
	var shown, want []string
	for _, c := range []*Config{example(t), directoryExample(t)} {
		for path := range c.doc.values {
			shown = append(shown, regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "[]"))
		}
	}
	for _, k := range Reference() {
		want = append(want, k.Path)
	}
	const alternative = "sources[].mapping.auth.service.from" // beside service: saml there is no place for it
	for _, path := range want {
		if path != alternative && !slices.Contains(shown, path) {
			t.Errorf("%s is not in the example", path)
		}
	}
}

// directoryExample is the example with its directory instead of its file.
func directoryExample(t *testing.T) *Config {
	t.Helper()
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	all := string(text)
	file := regexp.MustCompile(`(?s)  - name: people .*?\n\n`).FindString(all)
	all = strings.Replace(all, file, "", 1)
	all = regexp.MustCompile(`(?m)^state: /.*$`).ReplaceAllString(all, "state:")
	all = strings.ReplaceAll(all, "  #~ ", "  ")
	all = regexp.MustCompile(`(?s)\ntests:.*`).ReplaceAllString(all, "\n")
	c, err := Parse("example.yaml", []byte(all), nil)
	if err != nil {
		t.Fatalf("the example with its directory: %+v", err)
	}
	return c
}

// TestExampleShowsThePreset: what the example shows of a directory is what
// Active Directory gets anyway.
func TestExampleShowsThePreset(t *testing.T) {
	got := directoryExample(t).Sources[0]
	bare, err := Parse("syncd.yaml", []byte(minimal[:strings.Index(minimal, "  - name")]+
		`  - { name: ad, type: activedirectory, urls: ["ldaps://dc1.example.org"], bind: { dn: a, password: cred:ad } }`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := bare.Sources[0]
	want.Spec.Include, want.Spec.Join = got.Spec.Include, got.Spec.Join // examples, not defaults
	if diff := cmp.Diff(got.Spec, want.Spec, cmp.Transformer("from", func(f sources.FieldSpec) string { return f.From }), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("spec (-got +want):\n%s", diff)
	}
	if got.LDAP.Filter != want.LDAP.Filter || got.LDAP.Encoding != want.LDAP.Encoding || got.LDAP.PageSize != want.LDAP.PageSize {
		t.Errorf("got %+v, want %+v", got.LDAP, want.LDAP)
	}
}

// A default that the example shows is the one that the program has.
func TestExampleShowsTheDefaults(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	doc := example(t).doc
	for _, k := range Reference() {
		path := regexp.MustCompile(`\[\]`).ReplaceAllString(k.Path, "[0]")
		n := doc.values[path]
		if k.Default == "" || k.Required || n == nil {
			continue
		}
		got := n.Value
		if k.Type == "duration" {
			d, _ := parseDuration(got)
			got = formatDuration(d)
		}
		if len(n.Content) > 0 {
			var values []string
			for _, one := range n.Content {
				values = append(values, one.Value)
			}
			got = "[" + strings.Join(values, ", ") + "]"
		}
		if len(n.Content) == 0 && n.Value == "" {
			got = "[]"
		}
		if got != k.Default {
			t.Errorf("%s: got %s in the example, want the default %s", k.Path, got, k.Default)
		}
	}
}

func TestReferenceIsWhole(t *testing.T) {
	seen := make(map[string]bool)
	for _, k := range Reference() {
		if seen[k.Path] || k.Type == "" || k.Meaning == "" {
			t.Errorf("got %+v, want a type and a meaning, once", k)
		}
		seen[k.Path] = true
	}
	if !seen["tests[].expect.rejected"] || !seen["limits.shrink.floor"] || !seen["sources[].mapping.auth.when"] {
		t.Error("got a reference without some of the deepest keys")
	}
}

func TestManualIsUpToDate(t *testing.T) {
	if *update {
		if err := os.WriteFile(manualPath, []byte(Manual()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(manualPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), Manual()); diff != "" {
		t.Errorf("run the test with -update: got (-), want (+):\n%s", diff)
	}
}
