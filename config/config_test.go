package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/directory-sync/syncd/sync"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const examplePath = "../config.example.yaml"

// minimal is the shortest configuration.
const minimal = `version: 1
policy: upsert-only
mattermost: { url: "https://chat.example.org", token: cred:mm-token }
sources:
  - name: people
    type: csv
    path: people.csv
    anchor: { attribute: id }
    mapping: { username: login, email: mail }
`

func example(t *testing.T) *Config {
	t.Helper()
	c, err := Load(examplePath, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestMistakes has one archive for each mistake. Its comment says what it
// shows; "set" holds arguments of --set, "syncd.yaml" the file, "errors" what
// must be said.
func TestMistakes(t *testing.T) {
	paths, err := filepath.Glob("testdata/config/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("got %d archives, error %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { mistakes(t, path) })
	}
}

func mistakes(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, set, want := archived(archive, "syncd.yaml"), archived(archive, "set"), archived(archive, "errors")
	var assignments []string
	for line := range strings.Lines(set) {
		assignments = append(assignments, strings.TrimSuffix(line, "\n"))
	}
	_, err = Parse("syncd.yaml", []byte(text), assignments)
	var got Errors
	if !errors.As(err, &got) {
		t.Fatalf("got error %v, want Errors", err)
	}
	if *update {
		rewrite(t, path, archive, got.Explain())
		return
	}
	if diff := cmp.Diff(got.Explain(), want); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

func archived(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func rewrite(t *testing.T, path string, a *txtar.Archive, text string) {
	t.Helper()
	if n := len(a.Files) - 1; a.Files[n].Name == "errors" {
		a.Files = a.Files[:n]
	}
	a.Files = append(a.Files, txtar.File{Name: "errors", Data: []byte(text)})
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDefaults(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "")
	c, err := Parse("/etc/syncd/syncd.yaml", []byte(minimal), nil)
	if err != nil {
		t.Fatal(err)
	}
	role, err := sync.ParsePattern("role:system_admin")
	if err != nil {
		t.Fatal(err)
	}
	policy := sync.Policy{Mode: sync.UpsertOnly, KeepAdmins: 2, Return: true, EndTokens: true, Protect: []sync.Pattern{role}}
	policy.Leavers[sync.CauseExpired] = sync.Grace{After: 24 * time.Hour}
	policy.Leavers[sync.CauseAbsent] = sync.Grace{After: 7 * 24 * time.Hour, Revoke: true}
	if diff := cmp.Diff(c.Policy(), policy, cmp.Comparer(func(a, b sync.Pattern) bool { return a == b })); diff != "" {
		t.Errorf("policy: got (-), want (+):\n%s", diff)
	}
	limits := sync.Limits{
		Create:      sync.Limit{Percent: -1, Count: 100, Day: 2},
		Deactivate:  sync.Limit{Percent: 10, Count: 50, Floor: 3, Day: 2},
		Absent:      sync.Limit{Percent: -1, Count: -1, Day: 2},
		Reactivate:  sync.Limit{Percent: 10, Count: -1, Floor: 3, Day: 2},
		Patch:       sync.Limit{Percent: -1, Count: -1, Day: 2},
		Username:    sync.Limit{Percent: 20, Count: -1, Floor: 3, Day: 2},
		Email:       sync.Limit{Percent: 20, Count: -1, Floor: 3, Day: 2},
		MigrateAuth: sync.Limit{Percent: -1, Day: 2},
		Picture:     sync.Limit{Percent: 20, Count: -1, Floor: 3, Day: 2},
		Revoke:      sync.Limit{Percent: 20, Count: -1, Floor: 3, Day: 2},
		Erase:       sync.Limit{Percent: -1, Day: 2},
		Role:        sync.Limit{Percent: 10, Count: 10, Floor: 2, Day: 2},
		Shrink:      sync.Limit{Percent: 10, Count: -1, Floor: 3},
		Empty:       sync.Limit{Percent: -1},
	}
	if want := (sync.Expect{FillFall: 10}); c.Guard().Expect["people"] != want {
		t.Errorf("expect: got %+v, want %+v", c.Guard().Expect["people"], want)
	}
	if diff := cmp.Diff(c.Guard().Limits, limits); diff != "" {
		t.Errorf("limits: got (-), want (+):\n%s", diff)
	}
	schedule := Schedule{Cron: "*/15 * * * *", Location: time.Local, Jitter: time.Minute, OnStart: StartPlan}
	if c.Schedule != schedule {
		t.Errorf("schedule: got %+v, want %+v", c.Schedule, schedule)
	}
	csv := CSV{Path: "/etc/syncd/people.csv", Encoding: "auto", Delimiter: ",", Quote: `"`}
	if diff := cmp.Diff(c.Sources[0].CSV, csv); diff != "" {
		t.Errorf("csv: got (-), want (+):\n%s", diff)
	}
	m := c.Mattermost
	if m.URL != "https://chat.example.org" || m.Timeout != 30*time.Second || m.MaxParallel != 4 || m.AllowHTTP || m.CAFile != "" || m.RequestsPerSecond != 0 {
		t.Errorf("mattermost: got %+v", m)
	}
	if c.State.Path != "/var/lib/syncd/syncd.db" || c.Instance != "default" || c.Web.Listen != "127.0.0.1:9494" || c.Journal.Keep != 400*24*time.Hour {
		t.Errorf("got state %v, instance %q, web %q, journal %v", c.State, c.Instance, c.Web.Listen, c.Journal.Keep)
	}
}

// full states something else than the default wherever it can.
const full = `version: 1
instance: hq-2
policy: sync
state: s.db
schedule: { cron: "@hourly", timezone: Europe/Berlin, jitter: 0s, on_start: nothing }
mattermost: { url: "http://chat.example.org/sub", token: env:TOKEN, allow_http: true, ca_file: ca.pem, timeout: 1m, max_parallel: 9, requests_per_second: 2.5 }
sources:
  - name: p-1
    type: csv
    path: /srv/p.csv
    encoding: windows-1252
    delimiter: "\t"
    quote: none
    columns: [id, login, mail, svc]
    comment: "#"
    trailer: EOF
    sha256: true
    anchor: { attribute: id }
    filter: login != ''
    status: { disabled: login == 'x', expired: "login == 'y'" }
    mapping:
      username: { from: login }
      email: mail
      nickname: { from: login, on_empty: clear }
      auth: { service: { from: svc }, data: login, when: migrate }
sessions: { revoke_on: [svc] }
leavers: { disabled: { after: 1h, revoke_sessions: true }, expired: { after: 1d12h }, absent: { after: 0s, revoke_sessions: false }, return: never }
protect: []
limits: { create: { percent: 5.5, count: none, floor: 2 }, shrink: { count: 7 } }
web: { listen: ":80" }
journal: { keep: 2d }
`

// What the file says is not lost on the way.
func TestValuesArrive(t *testing.T) {
	c, err := Parse("dir/syncd.yaml", []byte(full), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Sources[0]
	csv := CSV{Path: "/srv/p.csv", Encoding: "windows-1252", Delimiter: "\t", Quote: "none", Columns: []string{"id", "login", "mail", "svc"}, Comment: "#", Trailer: "EOF", SHA256: true}
	if diff := cmp.Diff(s.CSV, csv); diff != "" {
		t.Errorf("csv: got (-), want (+):\n%s", diff)
	}
	got := []any{
		c.Instance, c.Mode, c.State.Path, c.Schedule.Cron, c.Schedule.Location.String(), c.Schedule.Jitter, c.Schedule.OnStart.String(),
		c.Mattermost.URL, c.Mattermost.AllowHTTP, c.Mattermost.CAFile, c.Mattermost.Timeout, c.Mattermost.MaxParallel, c.Mattermost.RequestsPerSecond,
		s.Name, s.Spec.Source, s.Spec.Anchor, s.Spec.Include, s.Spec.Disabled, s.Spec.Expired, s.Spec.Stamp, s.Spec.Auth.ServiceFrom, s.Spec.Auth.Data, s.Spec.Auth.When,
		s.Spec.Fields[sync.Nickname].OnEmpty.String(), len(s.Spec.Fields), s.Mapping != nil, c.Policy(), len(c.Protect), c.Guard().Limits.Create, c.Guard().Limits.Shrink,
		c.Web.Listen, c.Journal.Keep,
	}
	policy := sync.Policy{Mode: sync.Full, KeepAdmins: 2, EndTokens: true}
	policy.Leavers[sync.CauseDisabled] = sync.Grace{After: time.Hour, Revoke: true}
	policy.Leavers[sync.CauseExpired] = sync.Grace{After: 36 * time.Hour}
	want := []any{
		"hq-2", sync.Full, "dir/s.db", "@hourly", "Europe/Berlin", time.Duration(0), "nothing",
		"http://chat.example.org/sub", true, "dir/ca.pem", time.Minute, 9, 2.5,
		"p-1", "p-1", "id", "login != ''", "login == 'x'", "login == 'y'", []string{"svc"}, "svc", "login", sync.AuthMigrate,
		"clear", 3, true, policy, 0, sync.Limit{Percent: 5.5, Count: -1, Floor: 2, Day: 2}, sync.Limit{Percent: 10, Count: 7, Floor: 3},
		":80", 48 * time.Hour,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

func TestStateDirectory(t *testing.T) {
	t.Setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b")
	for _, test := range []struct{ name, text, want string }{
		{"is the default", minimal, "/var/lib/a/syncd.db"},
		{"gives way to the key", minimal + "state: x.db\n", "/etc/x.db"},
	} {
		c, err := Parse("/etc/syncd.yaml", []byte(test.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.State.Path != test.want {
			t.Errorf("%s: got %s, want %s", test.name, c.State.Path, test.want)
		}
	}
}

func TestSet(t *testing.T) {
	c, err := Parse("/etc/syncd.yaml", []byte(minimal), []string{
		"limits.create.count=500", "sources[0].path=new.csv", "schedule.cron=*/5 * * * *", "protect=[\"username:root\"]",
		"sources[0].filter=kind == 'a: b # c'", "instance=a=b", "instance=hq", "mattermost.ca_file=5 # five", "mattermost.allow_http=true", "leavers.return=never",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{c.Guard().Limits.Create.Count, c.Sources[0].CSV.Path, c.Schedule.Cron, c.Protect[0].String(), c.Sources[0].Spec.Include, c.Instance, c.Mattermost.AllowHTTP, c.Leavers.Return, c.Mattermost.CAFile}
	want := []any{500, "/etc/new.csv", "*/5 * * * *", "username:root", "kind == 'a: b # c'", "hq", true, false, "/etc/5 # five"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

func TestLoadReadsStdin(t *testing.T) {
	c, err := Load(Stdin, strings.NewReader("\ufeff"+minimal), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.At("sources[0].path").String(), "stdin:7:11"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStandardInputIsReadOnce(t *testing.T) {
	stdinToo := []string{"sources[0].path=-"}
	_, err := Load(Stdin, strings.NewReader(minimal), stdinToo)
	if want := "--set sources[0].path: the configuration itself is read from standard input"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if c, err := Parse("syncd.yaml", []byte(minimal), stdinToo); err != nil || c.Sources[0].CSV.Path != Stdin {
		t.Errorf("got error %v, want the source to read standard input", err)
	}
}

func TestRunTests(t *testing.T) {
	text := strings.Replace(minimal, "username: login, email: mail", `username: "join(login, '.')", email: mail`, 1) + `tests:
  - record: { id: 007, login: [a, b], mail: a@example.org, left: }
    expect: { key: "people:007", username: a.b, status: enabled }
  - name: wrong
    record: { id: 2, login: a, mail: none }
    expect: { rejected: false, username: a }
`
	c, err := Parse("syncd.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := c.RunTests(time.Unix(0, 0))
	if len(got) != 2 || len(got[0].Differences) != 0 || got[0].Test.Name != "tests[0]" {
		t.Fatalf("got %+v, want two results and the first without a difference", got)
	}
	if got[1].Test.Name != "wrong" || got[1].At.String() != "syncd.yaml:13:5" || len(got[1].Differences) != 2 {
		t.Errorf("got %+v, want two differences at line 13", got[1])
	}
}

// Snippets look for what follows a secret in the order of the nodes.
func TestOrderOfNodesIsThatOfTheText(t *testing.T) {
	text := []byte("a: &a [1, 2]\nb: { c: *a, d: [*a, 3] }\n")
	d := newDocument("syncd.yaml", text)
	if d.parse(text) == nil || len(d.order) < 10 || !slices.IsSortedFunc(d.order, Position.compare) {
		t.Errorf("got order %v, errors %v", d.order, d.faults)
	}
}

func TestLoadNamesTheMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no.yaml")
	_, err := Load(path, nil, nil)
	if !errors.Is(err, os.ErrNotExist) || strings.Count(err.Error(), path) != 1 {
		t.Errorf("got %v, want one that names %s once", err, path)
	}
}

func TestFault(t *testing.T) {
	c, err := Parse("syncd.yaml", []byte(minimal+"schedule: { cron: \"0 0 30 2 *\" }\n"), []string{"web.listen=:1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{"schedule.cron", "syncd.yaml:10:19: schedule.cron: it never runs, want another\n   10 | schedule: { cron: \"0 0 30 2 *\" }\n      |                   ^\n"},
		{"schedule.jitter", "syncd.yaml:10:11: schedule.jitter: it never runs, want another\n   10 | schedule: { cron: \"0 0 30 2 *\" }\n      |           ^\n"},
		{"web.listen", "--set web.listen: it never runs, want another\n"},
		{"journal.keep", "syncd.yaml:1:1: journal.keep: it never runs, want another\n    1 | version: 1\n      | ^\n"},
	} {
		if diff := cmp.Diff(Errors{c.Fault(test.path, "it never runs", "want another")}.Explain(), test.want); diff != "" {
			t.Errorf("%s: got (-), want (+):\n%s", test.path, diff)
		}
	}
}

// A literal that --set overrides is still in the file, and is not shown.
func TestFaultHidesAnOverriddenLiteral(t *testing.T) {
	c, err := Parse("syncd.yaml", []byte(strings.Replace(minimal, "cred:mm-token", planted, 1)), []string{"mattermost.token=cred:a"})
	if err != nil {
		t.Fatal(err)
	}
	got := Errors{c.Fault("mattermost.url", "the server does not answer", "")}.Explain()
	if !strings.Contains(got, "url: ") || strings.Contains(got, planted) {
		t.Errorf("got %s, want the line without the token", got)
	}
}

func TestErrorsAs(t *testing.T) {
	_, err := Parse("syncd.yaml", []byte("version: 1\n"), nil)
	var one Error
	if !errors.As(err, &one) || one.Line != 1 || one.File != "syncd.yaml" {
		t.Errorf("got %#v, want the first Error", one)
	}
	if got, want := strings.Count(err.Error(), "\n"), 2; got != want {
		t.Errorf("got %d line breaks, want %d", got, want)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "90s": 90 * time.Second, "12h": 12 * time.Hour, "7d": 7 * day, "1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute, "0d": 0, "250ms": 250 * time.Millisecond,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, error %v, want %v", text, got, err, want)
		}
		if again, err := parseDuration(formatDuration(want)); err != nil || again != want {
			t.Errorf("%s: got %v, error %v after %s", text, again, err, formatDuration(want))
		}
	}
	for _, text := range []string{"", "0", "7", "d", "-1d", "+1h", "-1h", "1d-1h", "1d+1h", "1d1", "7dd", "99999999999d", "40000d", "9999999h", "1w", "1.5d", "7 d", "∞"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

// TestChecksAddTheirMistakes: what a caller finds comes with all the others, in
// the order of the file, even where there are others.
func TestChecksAddTheirMistakes(t *testing.T) {
	cron := func(c *Config) Errors { return Errors{c.Fault("schedule.cron", "it never runs", "")} }
	text := minimal + "schedule: { cron: \"0 0 30 2 *\", jitter: soon }\nbogus: 1\n"
	_, err := Parse("syncd.yaml", []byte(text), nil, cron)
	var faults Errors
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Key)
	}
	if diff := cmp.Diff(got, []string{"schedule.cron", "schedule.jitter", "bogus"}); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	if _, err := Parse("syncd.yaml", []byte(minimal), nil, cron); !errors.As(err, &faults) || len(faults) != 1 {
		t.Errorf("got %v", err)
	}
	if _, err := Parse("syncd.yaml", []byte(minimal), nil, func(*Config) Errors { return nil }); err != nil {
		t.Errorf("got %v", err)
	}
}
