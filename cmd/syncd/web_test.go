package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
)

// TestWebPeopleOnlyBehindPasswords: the status page names people while the web
// configuration file has users, and no longer than that.
func TestWebPeopleOnlyBehindPasswords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yml")
	a := &app{environment: systemEnvironment(), config: defaultConfig, log: zap.NewNop()}
	p := oldRuns{runs: earlier(1), steps: []state.Entry{{Key: "hr:zoe"}}}
	const users = "basic_auth_users:\n  ada: $2y$10$abc\n"
	tests := []struct {
		file  string
		named bool
	}{{"", false}, {users, true}, {"tls_server_config: { cert_file: a, key_file: b }\n", false}, {users, true}, {"basic_auth_users: {}\n", false}, {"basic_auth_users: [", false}}
	home, err := a.newHome(config.Web{ConfigFile: file}, new(board), p)
	if err != nil {
		t.Fatal(err)
	}
	none, err := a.newHome(config.Web{}, new(board), p)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(h http.Handler) bool {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/runs/"+p.runs[0].ID, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		return strings.Contains(w.Body.String(), "hr:zoe")
	}
	for _, tt := range tests {
		if err := os.WriteFile(file, []byte(tt.file), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := shown(home); got != tt.named {
			t.Errorf("%q: people shown: %t, want %t", tt.file, got, tt.named)
		}
	}
	if shown(none) {
		t.Error("without a file: people are shown")
	}
}
