package manifests_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// project reads deploy/compose.yaml as Docker Compose does, against its schema.
func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "../../deploy",
		ConfigFiles: []types.ConfigFile{{Filename: "../../deploy/compose.yaml"}},
		Environment: types.Mapping{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestComposeIsUnderstood: it has all that is promised, and everything that a
// service refers to.
func TestComposeIsUnderstood(t *testing.T) {
	p := project(t)
	want := []string{"grafana", "mattermost", "openldap", "postgres", "prometheus", "syncd"}
	if got := slices.Sorted(maps.Keys(p.Services)); !slices.Equal(got, want) {
		t.Errorf("got the services %v, want %v", got, want)
	}
	mounted := make(map[string]bool)
	for name, s := range p.Services {
		for _, c := range s.Configs {
			mounted[c.Source] = true
			if p.Configs[c.Source].Content == "" {
				t.Errorf("%s mounts the configuration %s, which is empty", name, c.Source)
			}
		}
		if _, tag, ok := strings.Cut(s.Image, ":"); !ok || tag == "latest" && name != "syncd" {
			t.Errorf("%s: the image %s has no version", name, s.Image)
		}
	}
	for name := range p.Configs {
		if !mounted[name] {
			t.Errorf("nobody mounts the configuration %s", name)
		}
	}
}

// TestComposeListensOnThisMachineOnly: passwords stand in the file.
func TestComposeListensOnThisMachineOnly(t *testing.T) {
	for name, s := range project(t).Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s listens on %q", name, port.HostIP)
			}
		}
	}
}
