package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
)

// manualPage returns what "syncd manual NAME" prints.
func manualPage(t *testing.T, name string) string {
	t.Helper()
	var out bytes.Buffer
	env := systemEnvironment()
	env.stdout = &out
	if code := run(t.Context(), env, []string{"manual", name}); code != exitOK {
		t.Fatalf("got exit code %d, want 0", code)
	}
	return out.String()
}

// TestManPageHasEveryCommandAndFlag: what --help tells, man tells too.
func TestManPageHasEveryCommandAndFlag(t *testing.T) {
	page := manualPage(t, "syncd.1")
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			if below.IsAvailableCommand() && c.Name() != "completion" {
				if !strings.Contains(page, "\n.SS "+roff(below.UseLine())+"\n") {
					t.Errorf("there is nothing about %s", below.UseLine())
				}
				walk(below)
			}
		}
	}
	a := &app{environment: systemEnvironment()}
	walk(a.root())
	for _, flag := range []string{"out", "split", "release", "web.listen-address", "timeout", "config"} {
		if !strings.Contains(page, roff("--"+flag)+`\fR`) {
			t.Errorf("there is nothing about --%s", flag)
		}
	}
	if strings.Contains(page, "syncd manual") {
		t.Error("the page has a command that is hidden")
	}
}

// TestManPageHasTheExitCodes: the same as docs/commands.md.
func TestManPageHasTheExitCodes(t *testing.T) {
	_, table, _ := strings.Cut(readFile(t, "../../docs/commands.md"), "## Exit codes")
	table, _, _ = strings.Cut(table, "\n\nHolds")
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(table, -1) {
		want = append(want, m[1])
	}
	for _, row := range exitMeanings() {
		got = append(got, row[0])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the codes %v, want those of the manual, %v", got, want)
	}
}

func TestManPageHasEveryKey(t *testing.T) {
	page := manualPage(t, "syncd.yaml.5")
	for _, k := range config.Reference() {
		if !strings.Contains(page, "\n.TP\n.B "+roff(k.Path)+"\n") {
			t.Errorf("there is nothing about %s", k.Path)
		}
	}
}

// TestManPagesAreRoff: no text is taken for a request, and groff, where it is
// there, has nothing to say.
func TestManPagesAreRoff(t *testing.T) {
	request := regexp.MustCompile(`^\.(TH|SH|SS|TP|PP|B|BR|I|nf|fi)( |$)`)
	for _, name := range []string{"syncd.1", "syncd.yaml.5"} {
		page := manualPage(t, name)
		for line := range strings.Lines(page) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !request.MatchString(line) || line == "" {
				t.Errorf("%s: %q is no text and no request", name, line)
			}
		}
		groff, err := exec.LookPath("groff")
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(t.Context(), groff, "-man", "-ww", "-z", "-Tutf8")
		cmd.Stdin = strings.NewReader(page)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: groff: %v\n%s", name, err, out)
		}
	}
}

func TestRoffOfText(t *testing.T) {
	tests := map[string]string{
		"a-b\\c…":                 "a\\-b\\ec...\n",
		".dot\n'quote":            "\\&.dot\n\\&'quote\n",
		"one\ntwo\n\nthree":       "one\ntwo\n.PP\nthree\n",
		"see:\n\n  syncd demo\n ": "see:\n.PP\n.nf\n  syncd demo\n.fi\n",
	}
	for text, want := range tests {
		if got := roffText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
