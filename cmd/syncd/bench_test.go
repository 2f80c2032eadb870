package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

const (
	benchRounds = 3           // the best time of so many counts: something else always runs too
	benchBatch  = 1000        // ids in a request
	mostMemory  = 250_000_000 // bytes, for benchPeople or fewer
	benchPeople = 100_000
)

// BenchmarkNothingToDo is what DESIGN.md §7 asks for: a run of the real program
// over 100,000 people who are all in step, on a server in another process. It
// fails when the run found or wrote something, asked more often than it has to,
// or took more memory than it may.
//
//	s-sync           one run, from its start to its end
//	s-csv, s-users   each side alone, in a program that does nothing else: the
//	                 file with encoding/csv, the users with net/http in the same
//	                 batches, as many at a time
//	ratio            the run by the slower of the two; the aim is 1.25
//	s-cpu            processor time of the run
//	ratio-cpu        that by the sum of both sides'
//	MB-peak          resident memory of the run at its peak
//	B-peak/person    the same by the number of people
//	requests         all that the run made
//
// The instant server answers as fast as the simulator can and shares the
// machine's processors with the run, so its ratio is one of processor time. The
// other one takes as long for a batch as the fastest 11.6 that was measured with
// 100,000 accounts: four at a time make 36,000 users a second.
//
// SYNCD_BENCH_PEOPLE sets another number of people; with -short it is 10,000.
func BenchmarkNothingToDo(b *testing.B) {
	for _, server := range []struct {
		name    string
		latency time.Duration
	}{{"instant", 0}, {"11.6", 110 * time.Millisecond}} {
		b.Run("server="+server.name, func(b *testing.B) { nothingToDo(b, newOffice(b, howMany(b), server.latency)) })
	}
}

func nothingToDo(b *testing.B, c *office) {
	var sync, file, users weight
	for b.Loop() {
		for range benchRounds {
			sync.best(c.sync(b))
			file.best(c.weigh(b, "bare-csv", "people.csv"))
			users.best(c.weigh(b, "bare-users", c.web.URL, "token", "ids"))
		}
	}
	c.kept(b)
	if c.people <= benchPeople && sync.Peak > mostMemory {
		b.Errorf("the run took %d bytes of memory, want at most %d", sync.Peak, mostMemory)
	}
	b.ReportMetric(0, "ns/op") // of three programs together it says nothing
	b.ReportMetric(sync.Took.Seconds(), "s-sync")
	b.ReportMetric(file.Took.Seconds(), "s-csv")
	b.ReportMetric(users.Took.Seconds(), "s-users")
	b.ReportMetric(float64(sync.Took)/float64(max(file.Took, users.Took)), "ratio")
	b.ReportMetric(sync.CPU.Seconds(), "s-cpu")
	b.ReportMetric(float64(sync.CPU)/float64(file.CPU+users.CPU), "ratio-cpu")
	b.ReportMetric(float64(sync.Peak)/1e6, "MB-peak")
	b.ReportMetric(float64(sync.Peak)/float64(c.people), "B-peak/person")
	b.ReportMetric(float64(c.requests), "requests")
}

func howMany(b *testing.B) int {
	text := os.Getenv("SYNCD_BENCH_PEOPLE")
	switch {
	case text == "" && testing.Short():
		return benchPeople / 10
	case text == "":
		return benchPeople
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("SYNCD_BENCH_PEOPLE=%s is no number of people", text)
	}
	return n
}

// An office is a company whose accounts are all in step: a server, an export and
// the links between them.
type office struct {
	world
	dir      string
	people   int
	links    []sync.Link
	requests int // of a sync
}

const officeConfig = `version: 1
policy: sync
state: syncd.db
mattermost: { url: http://127.0.0.1:8065, token: file:token }
sources:
  - name: hr
    type: csv
    path: people.csv
    anchor: { attribute: employee_id }
    filter: kind == 'employee'
    status: { disabled: state == 'left', expired: past(date(valid_until)) }
    mapping:
      username: slug(translit(lower(login)))
      email: lower(mail)
      first_name: given_name
      last_name: family_name
      position: title
      auth: { service: saml, data: login, when: migrate }
`

// newOffice makes a company of n people, the same for the same n, on a server
// that takes so long for each batch of users.
func newOffice(b *testing.B, n int, latency time.Duration) *office {
	b.Helper()
	c := &office{dir: b.TempDir(), people: n}
	c.open(mmsim.Config{Version: "11.6.0", SeatLimit: -1})
	c.web.Close()
	c.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/users/ids") {
			time.Sleep(latency)
		}
		c.server.ServeHTTP(w, r)
	}))
	b.Cleanup(c.end)
	rows := [][]string{{"employee_id", "kind", "login", "mail", "given_name", "family_name", "title", "state", "valid_until", "phone", "site"}}
	var ids []string
	var links []sync.Link
	pick := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		u := colleague(pick, i)
		id := c.server.Add(u)
		l := sync.Link{
			Key: sync.NewKey("hr", fmt.Sprintf("E-%08d", i)), UserID: id, How: sync.Created,
			Since: time.UnixMilli(1_760_000_000_000 + int64(i)).UTC(), AuthData: u.AuthData,
		}
		_, anchor, _ := strings.Cut(string(l.Key), ":")
		rows = append(rows, []string{anchor, "employee", u.AuthData, u.Email, u.FirstName, u.LastName, u.Position,
			"active", "2099-12-31", fmt.Sprintf("+49 30 %07d", i), "Berlin, building " + strconv.Itoa(i%7)})
		ids, links = append(ids, id), append(links, l)
	}
	c.file(b, "syncd.yaml", strings.ReplaceAll(officeConfig, placeholder, c.web.URL))
	c.file(b, "token", c.server.Token(c.ids["syncd"]))
	c.file(b, "ids", strings.Join(ids, "\n"))
	c.export(b, rows)
	c.remember(b, links)
	return c
}

// kept wants that the links are as they were.
func (c *office) kept(b *testing.B) {
	b.Helper()
	memory, err := state.OpenReader(b.Context(), state.At(filepath.Join(c.dir, "syncd.db")))
	if err != nil {
		b.Fatal(err)
	}
	defer memory.Close()
	links, err := memory.Links(b.Context())
	if err != nil || !slices.Equal(links, c.links) {
		b.Fatalf("the links changed, though nothing did (%v)", err)
	}
}

// colleague returns somebody whose account is as long as accounts are where
// people set a status, about 840 bytes as the server sends it.
func colleague(pick *rand.Rand, i int) mmsim.User {
	one := func(of ...string) string { return of[pick.IntN(len(of))] }
	login := fmt.Sprintf("person.%06d", i)
	return mmsim.User{
		Username: login, Email: login + "@corp.example.org", AuthService: "saml", AuthData: login,
		FirstName: one("Anna", "Jürgen", "Zoë", "Łukasz", "Marie-Luise", "Ödön", "Bo", "Nguyễn"),
		LastName:  one("Müller", "von der Heide", "O'Neill", "Šimek", "Schmidt-Rottluff", "Ångström") + fmt.Sprintf(" %c", 'A'+i%26),
		Position:  fmt.Sprintf("%s, unit %d", one("Nurse", "Engineer", "Clerk", "Head of sales", "Technician"), pick.IntN(60)),
		Props: map[string]string{
			"customStatus":        `{"emoji":"house","text":"Working from home","duration":"date_and_time","expires_at":"2027-01-01T00:00:00Z"}`,
			"last_search_pointer": strconv.Itoa(i % 10),
		},
	}
}

func (c *office) file(b *testing.B, name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

func (c *office) export(b *testing.B, rows [][]string) {
	b.Helper()
	f, err := os.Create(filepath.Join(c.dir, "people.csv"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		b.Fatal(err)
	}
}

func (c *office) remember(b *testing.B, links []sync.Link) {
	b.Helper()
	store, err := state.Open(b.Context(), state.At(filepath.Join(c.dir, "syncd.db")), "bench")
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	c.links = links
	if err := store.Remember(b.Context(), links); err != nil {
		b.Fatal(err)
	}
}

// sync weighs one run, which must find everybody in step.
func (c *office) sync(b *testing.B) weight {
	b.Helper()
	c.server.ResetCounts()
	w := c.weigh(b, "syncd", "sync", "-c", "syncd.yaml", "-o", "json")
	var r struct {
		End     string
		Totals  jsonTotals
		Changes []jsonPerson
		Notes   []struct{}
	}
	if err := json.Unmarshal([]byte(w.Said), &r); err != nil {
		b.Fatalf("%v\n%s", err, w.Said)
	}
	if r.End != sync.InStep.String() || r.Totals.Unchanged != c.people || r.Totals.People != c.people || len(r.Notes) > 0 {
		b.Fatalf("got end %s, %+v, %d notes, changes %v, want %d people unchanged", r.End, r.Totals, len(r.Notes), r.Changes, c.people)
	}
	asked := c.server.Requests()
	if got, want := asked["POST /users/ids"], (c.people+benchBatch-1)/benchBatch; got != want || c.server.Writes() > 0 {
		b.Fatalf("got requests %v, want %d for users and none that writes", asked, want)
	}
	c.requests = 0
	for _, n := range asked {
		c.requests += n
	}
	return w
}

// weigh runs a program and returns what it took. It is started by another one,
// because the peak that Linux tells of a process is never below what the one
// that started it had, and this one holds the server.
func (c *office) weigh(b *testing.B, args ...string) weight {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "weigh", args...)
	cmd.Dir, cmd.Stderr = c.dir, os.Stderr
	out, err := cmd.Output()
	var w weight
	if err == nil {
		err = json.Unmarshal(out, &w)
	}
	if err != nil {
		b.Fatalf("%s: %v", args[0], err)
	}
	return w
}
