package config

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	doc := example(t).doc
	var shown, want []string
	for path := range doc.values {
		shown = append(shown, regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "[]"))
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
		if len(n.Content) == 1 {
			got = "[" + n.Content[0].Value + "]"
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
