package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test's own binary be syncd: the scripts, and whoever kills
// it, run the real main in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(waiting{m}, map[string]func(){
		"syncd": func() { os.Exit(Main()) },
		"weigh": weigh, "bare-csv": bareCSV, "bare-users": bareUsers, // for the benchmark
	})
}

// waiting runs more tests at once than there are processors: what scripts do
// most is wait for a server that fails.
type waiting struct{ *testing.M }

// Run implements [testscript.TestingM].
func (w waiting) Run() int {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	return w.M.Run()
}

// TestScripts runs testdata/script/*.txtar: stories of an operator at a
// terminal. A file's name says what it shows. With -update the parts that cmp
// compares are written anew.
//
// The commands of the scripts, besides those of testscript:
//
//	exitcode N PROGRAM ARG…     run it; it must end with N. What syncd prints for
//	                            people must fit into 80 columns
//	says REGEXP                 it printed that, wherever the lines break
//	mattermost start KEY=VALUE… a server in memory; every *.yaml gets its address,
//	                            the file token the token of its bot
//	mattermost …                see world_test.go
//	openldap FILE.ldif          a real OpenLDAP with these entries, on $LDAP_URL
//	postgres                    a real PostgreSQL, as $PG
//	people N > FILE             so many people as CSV
//	draw FILE SHADE [SIZE]      make a picture; its format is that of the name; padded with zeros to so many bytes
//	shorten FILE N              keep so many bytes of it
//	edit FILE OLD NEW           replace a text that is there exactly once
//	mask FILE                   print a file without times, ids and addresses
//	await FILE REGEXP [NAME]    wait until it is there; its first group is $NAME
//	fetch STATUS URL            get a page and print it
//	spawn NAME PROGRAM ARG…     run it beside the script, its output in NAME.log
//	signal NAME HUP|TERM|INT|KILL
//	ended NAME N                it must end, with N
//	aged KEY DAYS               let somebody have left so long ago
//	systemd FILE USEC           be systemd for what is spawned, with so long a
//	                            watchdog; FILE gets what it is told
//	webhook start|hang|fail|mend  a webhook whose address is in the file hook;
//	                            what it gets is in hook.log, a line each
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition: func(name string) (bool, error) {
			switch name {
			case "root":
				return os.Geteuid() == 0, nil
			case "slapd":
				return hasSlapd()
			case "postgres":
				return hasPostgres()
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			w := &world{children: make(map[string]*child)}
			env.Values[worldKey{}] = w
			env.Defer(w.end)
			env.Setenv("SYNCD_CONFIG", "syncd.yaml")
			return os.WriteFile(filepath.Join(env.WorkDir, "token"), []byte("none yet\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exitcode":   positive(exitcode),
			"says":       positive(says),
			"mattermost": positive(mattermostCommand),
			"openldap":   positive(openldap),
			"postgres":   positive(postgres),
			"people":     positive(people),
			"edit":       positive(edit),
			"draw":       positive(draw),
			"shorten":    positive(shorten),
			"mask":       positive(mask),
			"await":      positive(await),
			"fetch":      positive(fetch),
			"spawn":      positive(spawn),
			"signal":     positive(sendSignal),
			"ended":      positive(waitEnd),
			"aged":       positive(aged),
			"systemd":    positive(beSystemd),
			"webhook":    positive(webhook),
		},
	})
}

// positive refuses a "!" before a command that has no use for it, and too few
// arguments by way of a message instead of a panic.
func positive(run func(*testscript.TestScript, *world, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("! has no meaning here")
		}
		run(ts, ts.Value(worldKey{}).(*world), args)
	}
}

// want ends a script whose command has not as many arguments as it needs.
func want(ts *testscript.TestScript, args []string, least int, usage string) {
	if len(args) < least {
		ts.Fatalf("want %s, got %q", usage, strings.Join(args, " "))
	}
}
