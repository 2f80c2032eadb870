package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/metrics"
)

// rulesDir has the rules and their tests.
const rulesDir = "../../deploy/prometheus"

// runbook is where an alert's section is, after the alert's name in lower case.
const runbook = "https://github.com/directory-sync/syncd/blob/main/docs/runbook.md#"

// A rule is one of a rule file.
type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

// rules reads the rule file.
func rules(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(rulesDir, "syncd.rules.yml"))), &file); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// fromPrometheus finds a program of Debian's package prometheus, or skips the
// test where it is not and nobody insists.
func fromPrometheus(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s: tools/needs.sh installs it", name)
	}
	t.Skipf("no %s: tools/needs.sh installs it", name)
	return ""
}

// TestRules lets Prometheus' own tool look at the rules, and at each alert
// firing and not firing.
func TestRules(t *testing.T) {
	t.Parallel()
	promtool := fromPrometheus(t, "promtool")
	for _, args := range [][]string{
		{"check", "rules", "syncd.rules.yml"},
		{"test", "rules", "syncd.rules.test.yml", "syncd.days.test.yml"},
	} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = rulesDir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestAlertsAreComplete: each alert says what is wrong and where to read on, the
// runbook has a section for it and for nothing else, and both that it fires and
// that it does not is tested.
func TestAlertsAreComplete(t *testing.T) {
	book := readFile(t, "../../docs/runbook.md")
	fires, rests := testedAlerts(t)
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^## (\w+)$`).FindAllStringSubmatch(book, -1) {
		sections = append(sections, m[1])
	}
	var alerts []string
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		alerts = append(alerts, r.Alert)
		if got, want := r.Annotations["runbook_url"], runbook+strings.ToLower(r.Alert); got != want {
			t.Errorf("%s: got the runbook at %q, want %q", r.Alert, got, want)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s lacks a summary, a description or a severity", r.Alert)
		}
		if !fires[r.Alert] || !rests[r.Alert] {
			t.Errorf("%s: tested firing %t, not firing %t; want both", r.Alert, fires[r.Alert], rests[r.Alert])
		}
	}
	if !slices.Equal(alerts, sections) {
		t.Errorf("the runbook has sections for\n%v, the alerts are\n%v", sections, alerts)
	}
	for _, m := range regexp.MustCompile(`\]\(#(\w+)\)`).FindAllStringSubmatch(book, -1) {
		if !slices.ContainsFunc(sections, func(s string) bool { return strings.ToLower(s) == m[1] }) {
			t.Errorf("the runbook points at #%s, which is not there", m[1])
		}
	}
}

// testedAlerts returns which alerts the tests see firing, and which not.
func testedAlerts(t *testing.T) (fires, rests map[string]bool) {
	t.Helper()
	fires, rests = make(map[string]bool), make(map[string]bool)
	for _, name := range []string{"syncd.rules.test.yml", "syncd.days.test.yml"} {
		var file struct {
			Tests []struct {
				Alerts []struct {
					Name   string `yaml:"alertname"`
					Expect []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal([]byte(readFile(t, filepath.Join(rulesDir, name))), &file); err != nil {
			t.Fatal(err)
		}
		for _, test := range file.Tests {
			for _, a := range test.Alerts {
				fires[a.Name] = fires[a.Name] || len(a.Expect) > 0
				rests[a.Name] = rests[a.Name] || len(a.Expect) == 0
			}
		}
	}
	return fires, rests
}

// TestRulesUseWhatIsThere holds the rules to the reference.
func TestRulesUseWhatIsThere(t *testing.T) {
	recorded := recordedNames(t)
	for _, r := range rules(t) {
		for _, fault := range foreignNames(r.Expr, recorded) {
			t.Errorf("%s%s: %s", r.Record, r.Alert, fault)
		}
	}
}

// recordedNames are the metrics that rules make.
func recordedNames(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, r := range rules(t) {
		if r.Record != "" {
			names = append(names, r.Record)
		}
	}
	return names
}

// metricName finds metrics of ours in an expression, and what is asked of their
// labels.
var metricName = regexp.MustCompile(`(syncd[_:][a-z0-9_:]+)(?:\{([^}]*)\})?`)

// labelMatch finds the label, and the values that are asked for.
var labelMatch = regexp.MustCompile(`(\w+)(=~|=|!~|!=)"([^"]*)"`)

// foreignNames says which metrics and values of labels an expression uses that
// neither the daemon nor a rule has.
func foreignNames(expr string, recorded []string) []string {
	known := make(map[string]metrics.Family)
	for _, f := range metrics.Reference(metricSettings(false)) {
		known[f.Name] = f
		if f.Kind == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[f.Name+suffix] = f
			}
		}
	}
	var faults []string
	for _, m := range metricName.FindAllStringSubmatch(expr, -1) {
		f, ok := known[m[1]]
		if !ok && !slices.Contains(recorded, m[1]) {
			faults = append(faults, "there is no metric "+m[1])
		}
		for _, l := range labelMatch.FindAllStringSubmatch(m[2], -1) {
			if ok && !slices.Contains([]string{"job", "instance"}, l[1]) {
				faults = append(faults, foreignValues(f, l[1], l[3])...)
			}
		}
	}
	return faults
}

// foreignValues says what of "a|b|c" no label of a family can be.
func foreignValues(f metrics.Family, label, values string) []string {
	i := slices.IndexFunc(f.Labels, func(l metrics.Label) bool { return l.Name == label })
	if i < 0 {
		return []string{f.Name + " has no label " + label}
	}
	var faults []string
	for value := range strings.SplitSeq(values, "|") {
		if all := f.Labels[i].Values; len(all) > 0 && !strings.HasPrefix(value, "$") && !slices.Contains(all, value) {
			faults = append(faults, f.Name+": "+label+" is never "+value)
		}
	}
	return faults
}

// TestForeignNames: the check itself sees what is wrong.
func TestForeignNames(t *testing.T) {
	for expr, want := range map[string]int{
		`syncd_held{code="SYD-H-TAKEN"}`: 0, `rate(syncd_runs_total{end=~"refused|broken"}[5m])`: 0, `syncd:held > 5`: 0,
		`syncd_sink_request_duration_seconds_bucket{call="read_me"}`: 0, `syncd_held{job="x",instance=~"$instance"}`: 0,
		`syncd_hold`: 1, `syncd_held{kode="SYD-H-TAKEN"}`: 1, `syncd_runs_total{end=~"refused|nonsense"}`: 1, `syncd:hold`: 1,
		`syncd_held_bucket`: 1, `syncd_sink_request_duration_seconds_quantile`: 1,
	} {
		if got := foreignNames(expr, []string{"syncd:held"}); len(got) != want {
			t.Errorf("%s: got %q, want %d faults", expr, got, want)
		}
	}
}
