package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exposed is how much of the machine a unit may reach at most, in tenths of
// what systemd-analyze calls the exposure level.
const exposed = "15"

// TestUnitsAreHardened: systemd itself says how far each of them reaches.
func TestUnitsAreHardened(t *testing.T) {
	needs(t, false, "systemd-analyze")
	for _, unit := range []string{"syncd.service", "syncd-once.service"} {
		out := output(t, "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+exposed, filepath.Join("systemd", unit))
		if !strings.Contains(out, "Overall exposure level for "+unit) {
			t.Errorf("%s: nothing is said of its exposure:\n%s", unit, out)
		}
	}
}

// TestUnitsAreUnderstood: no directive is unknown, misplaced or without a
// meaning to the systemd of this machine.
func TestUnitsAreUnderstood(t *testing.T) {
	needs(t, false, "systemd-analyze")
	dir := t.TempDir()
	var units []string
	for name, text := range unitFiles(t) { // verify wants the program to be there
		unit := filepath.Join(dir, name)
		if err := os.WriteFile(unit, []byte(strings.ReplaceAll(text, "/usr/bin/syncd", "/bin/true")), 0o644); err != nil {
			t.Fatal(err)
		}
		units = append(units, unit)
	}
	verify := append([]string{"verify", "--man=no", "--recursive-errors=no"}, units...)
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", verify...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// unitFiles returns the units by their names.
func unitFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("systemd/*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no units: %v", err)
	}
	files := make(map[string]string)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	return files
}

// TestUnitsAgree: the daemon and the single run are the same user with the same
// rights, or one could not go on where the other stopped.
func TestUnitsAgree(t *testing.T) {
	files := unitFiles(t)
	rights := func(name string) string {
		_, after, _ := strings.Cut(files[name], "\nDynamicUser=")
		after, _, _ = strings.Cut(after, "\n[Install]")
		return strings.TrimSpace(after)
	}
	if got, want := rights("syncd-once.service"), rights("syncd.service"); got != want || len(want) < 500 {
		t.Errorf("syncd-once.service has these rights:\n%s\nwant those of syncd.service:\n%s", got, want)
	}
	for name, text := range files {
		if m := regexp.MustCompile(`(?m)^\s*\S+=.*#.*$`).FindString(text); m != "" {
			t.Errorf("%s: systemd knows no comment after a value: %s", name, m)
		}
	}
}
