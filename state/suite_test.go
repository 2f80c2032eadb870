package state_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/state/pgtest"
)

// suiteURL is where the URL of a database is while this program tests the state
// there, with %d for the number of a schema.
const suiteURL = "SYNCD_TEST_STATE_URL"

// withDatabase are the tests that have a database of their own anyway.
const withDatabase = "^Test(Overtaken|FenceAlone|NextOne|DaemonStands|DatabaseThat|Pooler|ParametersHold|Silent|Lease|Illegible|Beside|BackupOfAnOlder)"

// TestSuiteOnPostgreSQL runs all tests of this package again, with a database for
// the state wherever it need not be a file.
func TestSuiteOnPostgreSQL(t *testing.T) {
	if os.Getenv(suiteURL) != "" {
		return // this is that run
	}
	t.Parallel()
	url := startPostgres(t).URL("suite_%d")
	self, err := os.Executable()
	check(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=.", "-test.skip="+withDatabase, "-test.timeout=8m")
	cmd.Env = append(os.Environ(), suiteURL+"="+url)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Log(strings.TrimSpace(string(out)))
	}
}

// startPostgres starts a server for a test. Where there is none, only CI minds.
func startPostgres(t testing.TB) *pgtest.Server {
	t.Helper()
	s, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// at is the place of a path, with a short lease, for tests that kill: it is
// waited for. A busy machine must keep it all the same.
func at(path string) state.Place { return state.Place{Path: path, Lease: 2 * time.Second} }

// schemas counts the schemas that tests made.
var schemas atomic.Int64

// contains reports whether an error says something.
func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }
