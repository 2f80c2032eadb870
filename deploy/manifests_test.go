package deploy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/config"
)

// TestConfigurationsInside: what the manifests hand to syncd is read as strictly
// as a file of its own. That the manifests themselves are right is checked in
// tools/manifests.
func TestConfigurationsInside(t *testing.T) {
	for file, key := range map[string]string{"kubernetes/config.yaml": "  syncd.yaml: |", "compose.yaml": "  syncd:\n    content: |"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, after, ok := strings.Cut(string(text), "\n"+key+"\n")
		if !ok {
			t.Errorf("%s has no %q", file, key)
			continue
		}
		indent := regexp.MustCompile(`^ +`).FindString(after)
		var inside strings.Builder
		for line := range strings.Lines(after) {
			if !strings.HasPrefix(line, indent) {
				break
			}
			inside.WriteString(strings.TrimPrefix(line, indent))
		}
		c, err := config.Parse(file, []byte(inside.String()), nil)
		if err != nil {
			t.Errorf("%s: %+v", file, err)
			continue
		}
		if c.Mode.String() != "observe" || c.State.Path != "/var/lib/syncd/syncd.db" {
			t.Errorf("%s: got policy %s and state %s, want observe, and the state on its volume", file, c.Mode, c.State)
		}
	}
}
