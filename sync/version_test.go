package sync

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plansFile has the version of the planner, and what it made of each scenario.
const plansFile = "testdata/plans.txt"

// TestPlanVersion: an upgraded daemon must not carry out another plan of the
// same input before a person has looked at it. So whoever changes what a known
// scenario becomes decides here whether [PlanVersion] grows. A scenario that is
// new is not in the list yet, and changes nobody's plan.
func TestPlanVersion(t *testing.T) {
	files, err := filepath.Glob("testdata/plan/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	got := make(map[string]string)
	for _, file := range files {
		in, _, _ := scenario(t, file)
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		got[name] = fmt.Sprintf("%x", sha256.Sum256([]byte(printPlan(NewPlan(in)))))[:16]
	}
	if *update {
		writePlans(t, got)
		return
	}
	text, err := os.ReadFile(plansFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if want := fmt.Sprintf("version %d", PlanVersion); lines[0] != want {
		t.Errorf("%s is of %s, and this is %s: run go test ./sync -run PlanVersion -update", plansFile, lines[0], want)
		return
	}
	for _, line := range lines[1:] {
		name, sum, _ := strings.Cut(line, " ")
		switch is, there := got[name]; {
		case !there:
			t.Errorf("the scenario %s is gone: if nothing else has its place, put it back; else run with -update", name)
		case is != sum:
			t.Errorf("the scenario %s has become another plan. Decide: if people with the configuration of today get another plan "+
				"of the same input, let PlanVersion grow, so that a person looks before a daemon carries it out; "+
				"if only the scenario or its words changed, do not. Then run go test ./sync -run PlanVersion -update", name)
		}
	}
}

func writePlans(t *testing.T, sums map[string]string) {
	t.Helper()
	lines := []string{fmt.Sprintf("version %d", PlanVersion)}
	for name, sum := range sums {
		lines = append(lines, name+" "+sum)
	}
	slices.Sort(lines[1:])
	if err := os.WriteFile(plansFile, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
