package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

var update = flag.Bool("update", false, "write the generated parts of the manual")

// runIDs are the random ends of run ids.
var runIDs = regexp.MustCompile(`(\d{8}T\d{6}Z)-[0-9a-f]{4}`)

// releases are the digits of release codes: they depend on the server's ids.
var releases = regexp.MustCompile(`--release [0-9a-f]{4}-[0-9a-f]{4}-`)

// TestREADMEShowsTheDemo holds the README to what the demo really prints.
func TestREADMEShowsTheDemo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var out, errs bytes.Buffer
	env := systemEnvironment()
	env.stdout, env.stderr = &out, &errs
	if code := run(t.Context(), env, []string{"demo"}); code != exitOK {
		t.Fatalf("got exit code %d, want 0\n%s\n%s", code, &out, &errs)
	}
	printed := runIDs.ReplaceAllString(out.String(), "$1-xxxx")
	printed = releases.ReplaceAllString(printed, "--release xxxx-xxxx-")
	readme := readFile(t, "../../README.md")
	_, after, ok := strings.Cut(readme, "<!-- demo:")
	if !ok {
		t.Fatal("README.md has no demo")
	}
	shown, _, _ := strings.Cut(after, "`go run ./cmd/syncd demo --keep`")
	blocks := strings.Split(shown, "```\n")
	if len(blocks) < 4 {
		t.Fatalf("README.md shows only %d blocks of the demo", len(blocks)/2)
	}
	for i := 1; i < len(blocks); i += 2 {
		if !strings.Contains(printed, blocks[i]) {
			t.Errorf("the demo does not print this part of README.md:\n%s\nit prints:\n%s", blocks[i], printed)
		}
	}
	for line := range strings.Lines(printed) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > pipeWidth {
			t.Errorf("the demo prints a line of %d characters: %s", n, line)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v, %v", left, err)
	}
}

// TestREADMEQuickstartLoads holds the README to a configuration that works.
func TestREADMEQuickstartLoads(t *testing.T) {
	_, after, _ := strings.Cut(readFile(t, "../../README.md"), "<!-- quickstart:")
	_, after, _ = strings.Cut(after, "```yaml\n")
	text, _, ok := strings.Cut(after, "```")
	if !ok {
		t.Fatal("README.md has no quickstart")
	}
	text = strings.ReplaceAll(text, "\n   ", "\n")
	text = strings.TrimPrefix(text, "   ")
	if _, err := config.Parse("syncd.yaml", []byte(text), nil); err != nil {
		t.Errorf("the quickstart does not load: %+v", err)
	}
	_, directory, _ := strings.Cut(readFile(t, "../../README.md"), "<!-- directory:")
	_, directory, _ = strings.Cut(directory, "```yaml\n")
	directory, _, _ = strings.Cut(directory, "```")
	head, _, _ := strings.Cut(text, "sources:")
	directory = strings.TrimPrefix(strings.ReplaceAll(directory, "\n   ", "\n"), "   ")
	if _, err := config.Parse("syncd.yaml", []byte(head+directory), nil); err != nil {
		t.Errorf("the directory of the quickstart does not load: %+v", err)
	}
}

// TestManualOfCodes holds docs/codes.md to the reasons of the core.
func TestManualOfCodes(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Reason codes\n\nGenerated from the code; a test compares. A code never changes its meaning. It is the same in plan, log, metric\nlabel and journal.\n")
	parts := []struct{ prefix, title string }{
		{"SYD-H-", "Held: nothing happens to this person"},
		{"SYD-W-", "Left as is: the rest of the person's changes is made"},
		{"SYD-R-", "Refused: the guard stops the run before its first write"},
	}
	for _, part := range parts {
		fmt.Fprintf(&b, "\n## %s\n\n| code | meaning | what to do |\n|---|---|---|\n", part.title)
		for _, r := range sync.Reasons() {
			if strings.HasPrefix(r.Code(), part.prefix) {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Code(), r.Meaning(), r.Remedy())
			}
		}
	}
	compareManual(t, "../../docs/codes.md", b.String())
}

// TestAdoptionByEmailComesFirst: a user name alone is a weak proof of whose
// account it is, so nothing recommends it without saying so.
func TestAdoptionByEmailComesFirst(t *testing.T) {
	texts := map[string]string{"README.md": readFile(t, "../../README.md")}
	for _, r := range sync.Reasons() {
		texts[r.Code()] = r.Remedy()
	}
	found := 0
	for name, text := range texts {
		if m := regexp.MustCompile(`--adopt ([a-z]+(?:,[a-z]+)?)`).FindStringSubmatch(text); m != nil {
			if found++; m[1] != "email" {
				t.Errorf("%s recommends --adopt %s first", name, m[1])
			}
		}
	}
	if found != 3 {
		t.Errorf("got %d recommendations, want 3", found)
	}
}

// compareManual compares a generated page, or writes it with -update.
func compareManual(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(readFile(t, path), got); diff != "" {
		t.Errorf("%s is not up to date, run go test ./cmd/syncd -update (-is +want):\n%s", path, diff)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestIncidentsAreShown: what the manual names as a proof is there.
func TestIncidentsAreShown(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| .* \\| `(\\w+)` \\|$").FindAllStringSubmatch(readFile(t, "../../docs/incidents.md"), -1)
	if len(rows) < 18 {
		t.Errorf("got %d incidents, want those of practice, which are 18", len(rows))
	}
	shown := make(map[string]bool)
	for _, row := range rows {
		if _, err := os.Stat("testdata/script/" + row[1] + ".txtar"); err != nil || shown[row[1]] {
			t.Errorf("%s is no script, or that of another incident too: %v", row[1], err)
		}
		shown[row[1]] = true
	}
}
