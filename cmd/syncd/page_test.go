package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A oldRuns is a journal in memory.
type oldRuns struct {
	runs  []state.Run
	steps []state.Entry
	err   error
}

func (o oldRuns) Runs(_ context.Context, limit int) ([]state.Run, error) {
	return o.runs[:min(len(o.runs), limit)], o.err
}

func (o oldRuns) Run(_ context.Context, id string) (state.Run, bool, error) {
	i := slices.IndexFunc(o.runs, func(r state.Run) bool { return r.ID == id })
	if i < 0 || o.err != nil {
		return state.Run{}, false, o.err
	}
	return o.runs[i], true, nil
}

func (o oldRuns) Entries(_ context.Context, f state.Filter) ([]state.Entry, error) {
	return o.steps[:min(len(o.steps), f.Limit)], o.err
}

// noon is when the scenes of the page play.
var noon = time.Date(2026, 11, 24, 14, 20, 0, 0, time.UTC)

// scene is one state of the daemon, as its page shows it.
type scene struct {
	past     oldRuns
	board    board
	personal bool
}

func (sc *scene) page(t *testing.T) *statusPage {
	t.Helper()
	env := systemEnvironment()
	env.now = func() time.Time { return noon }
	a := &app{environment: env, config: defaultConfig, log: zap.NewNop()}
	s, err := a.newStatusPage(&sc.board, sc.past, sc.personal)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (sc *scene) ended(r sync.Report) {
	env := systemEnvironment()
	a := &app{environment: env, config: defaultConfig, log: zap.NewNop()}
	sc.board.ended(a.storyOf(r), a.sheetOf("hq", r, planFlags{}).cut(peopleOnBoard))
}

// earlier are runs of the days before.
func earlier(n int) []state.Run {
	var runs []state.Run
	for i := range n {
		at := noon.Add(-time.Duration(i+1) * 15 * time.Minute)
		r := state.Run{ID: at.Format("20060102T150405Z-00aa"), Command: "run", Instance: "hq", Sources: []string{"ad"}, Started: at, Finished: at.Add(4 * time.Second), End: sync.InStep}
		r.Counts = state.Counts{People: 404, Unchanged: 400 - i%7, Changes: i % 7, Steps: map[sync.StepKind]int{sync.Patch: i % 7}, Results: map[string]int{"done": i % 7},
			Receipts: []state.Receipt{{Source: "ad", Server: "ldaps://dc1.example.org:636", People: 404, TookMS: 1900}}}
		switch i % 11 {
		case 3:
			r.End, r.Counts.Results = sync.Partial, map[string]int{"done": 2, "failed": 1}
		case 7:
			r.End, r.Counts, r.Error = sync.SourceFailed, state.Counts{}, "ldap: bind as cn=zoe.maes,ou=people: invalid credentials"
		}
		runs = append(runs, r)
	}
	return runs
}

// scenes are the states that the page tells apart.
func scenes() map[string]*scene {
	all := make(map[string]*scene)
	add := func(name string, personal bool, runs int, set func(*scene)) {
		sc := &scene{past: oldRuns{runs: earlier(runs)}, personal: personal}
		sc.board.write(func(s *boardState) {
			s.Instance, s.Mode, s.Digest, s.Loaded = "hq", sync.Full, strings.Repeat("9f1c4e", 10), noon.Add(-26*time.Hour)
			s.Next = noon.Add(10 * time.Minute)
		})
		set(sc)
		all[name] = sc
	}
	add("never", false, 0, func(*scene) {})
	add("refused", true, 40, func(sc *scene) { sc.ended(refusedReport()) })
	add("hidden", false, 40, func(sc *scene) { sc.ended(refusedReport()) })
	add("source", false, 60, func(sc *scene) {
		sc.ended(boardReport())
		err := fmt.Errorf("ldap: read for zoe.maes: %w", fs.ErrNotExist)
		sc.ended(sync.Report{Run: "20261124T141500Z-beef", Started: noon.Add(-5 * time.Minute), Finished: noon, End: sync.SourceFailed, Err: err,
			Sources: []sync.SourceReport{{Name: "ad", Err: err}}})
	})
	add("server", false, 60, func(sc *scene) {
		sc.ended(sync.Report{Run: "20261124T141500Z-beef", Started: noon.Add(-5 * time.Minute), Finished: noon, End: sync.SinkFailed, Err: errors.New("mattermost: zoe.maes")})
		sc.board.configRefused(noon)
	})
	add("observing", true, 60, func(sc *scene) {
		r := healthyReport()
		r.End, r.Results = sync.Observed, nil
		sc.board.write(func(s *boardState) { s.Mode = sync.Observe })
		sc.ended(r)
	})
	add("configuration", false, 60, func(sc *scene) {
		r := healthyReport()
		r.End, r.Results = sync.Refused, nil
		r.Verdict.Checks = []sync.Check{{Reason: sync.RefuseConfig, Sort: sync.SortConfig, Planned: 2, Allowed: -1, Of: 1}}
		sc.ended(r)
	})
	add("healthy", true, 60, func(sc *scene) { sc.ended(healthyReport()) })
	add("restarted", false, 60, func(*scene) {})
	return all
}

func refusedReport() sync.Report {
	r := boardReport()
	r.Run, r.End, r.Started, r.Finished = "20261124T141500Z-beef", sync.Refused, noon.Add(-5*time.Minute), noon.Add(-4*time.Minute)
	r.Plan.Pending[0].Due = noon.AddDate(0, 0, 3)
	r.Plan.People = r.Plan.Unchanged + len(r.Plan.Changes) + len(r.Plan.Pending) + len(r.Plan.Held)
	r.Verdict.Checks[0].Sort, r.Verdict.Checks[2].Sort = sync.SortDeactivate, sync.SortShrink
	r.Verdict.Checks = append(r.Verdict.Checks, sync.Check{Reason: sync.RefuseDay, Sort: sync.SortCreate, Planned: 1, Spent: 180, Allowed: 200, Of: 404, OK: true})
	return r
}

func healthyReport() sync.Report {
	r := boardReport()
	r.Run, r.End, r.Started, r.Finished = "20261124T141500Z-beef", sync.InStep, noon.Add(-5*time.Minute), noon.Add(-4*time.Minute)
	r.Plan.Changes = r.Plan.Changes[:2]
	r.Plan.Held, r.Plan.Pending = nil, nil
	r.Plan.People = r.Plan.Unchanged + 2
	r.Sources[0].Receipt.Took = 1900 * time.Millisecond
	for _, c := range r.Plan.Changes {
		r.Results = append(r.Results, sync.Result{Change: c, Outcome: sync.Done, Done: len(c.Steps)})
	}
	r.Verdict.Checks = []sync.Check{{Reason: sync.RefuseCreate, Planned: 1, Allowed: 100, OK: true}, {Reason: sync.RefuseShrink, Sort: sync.SortShrink, Source: "ad", Allowed: 1200, Of: 13658, OK: true}}
	return r
}

func get(t *testing.T, s http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

// said is what a page says, without its markup.
func said(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(html.UnescapeString(page)), " ")
}

// TestPageSaysHowThingsAre: each state has its own words, and what to do.
func TestPageSaysHowThingsAre(t *testing.T) {
	tests := map[string][]string{
		"never":         {"No run yet", "Next run 2026-11-24 14:30 UTC, in 10 minutes", "The journal has none", "Not known before the first plan"},
		"refused":       {"Refused by the guard", "SYD-R-LIMIT-DEACTIVATE", "let this very plan through", "--release", "liam.byrne no longer in the source; deactivated after 2026-11-27 14:20 UTC", "nadia.rahman: people.csv, line 29", "deactivate 12 planned, 10 allowed", "1 planned, 180 done before, 200 allowed"},
		"hidden":        {"Refused by the guard", "--release", "1 × SYD-H-INCOMPLETE", "1 person deactivated after 2026-11-27", "People are not shown"},
		"source":        {"A source could not be read", "Source ad: a file is not there.", "last plan, of 2026-11-24 14:15 UTC", "nobody is taken for absent"},
		"server":        {"The server could not be used", "The log says why", "refused: the one before stays in use"},
		"observing":     {"Observing", "2 changes are due. Nothing is written, because policy is observe."},
		"configuration": {"The configuration is not accepted yet", "or by running syncd sync once"},
		"healthy":       {"In step", "All that was due is done", "Nobody.", "422 of 500 seats", "create 1 planned, 100 allowed", "Nothing to count of 1 more"},
		"restarted":     {"In step", "404 people", "Run 20261124T140500Z-00aa", "Not known before the first plan"},
	}
	for name, sc := range scenes() {
		got := said(get(t, sc.page(t), "GET", "/").Body.String())
		if len(tests[name]) == 0 {
			t.Errorf("%s: nobody looks at it", name)
		}
		for _, want := range tests[name] {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the page does not say %q: %s", name, want, got)
			}
		}
	}
}

// TestPageHidesPeople: where nobody is asked who they are, no page has a name, a
// key, a value or the text of an error.
func TestPageHidesPeople(t *testing.T) {
	personal := regexp.MustCompile(`zoe|maes|ingrid|oskar|liam|nadia|sven|leaver\.|example\.org(/|$|[^:])|ad:3b2118|line 29|Dahl|Donau`)
	server := strings.NewReplacer("ldaps://dc1.headquarters.example.org:636", "", "ldaps://dc1.example.org:636", "")
	for name, sc := range scenes() {
		sc.personal = false
		s := sc.page(t)
		sc.past.steps = []state.Entry{{Username: "zoe.maes", Key: "ad:3b2118"}}
		paths := []string{"/", "/plan"}
		for _, r := range sc.past.runs {
			paths = append(paths, "/runs/"+r.ID)
		}
		for _, path := range paths {
			if got := personal.FindString(server.Replace(get(t, s, "GET", path).Body.String())); got != "" {
				t.Errorf("%s: %s has %q", name, path, got)
			}
		}
	}
	sc := scenes()["refused"]
	for path, want := range map[string]string{"/": "nadia.rahman", "/plan": "ingrid.dahl"} {
		if got := get(t, sc.page(t), "GET", path).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s does not show %s to who has signed in", path, want)
		}
	}
}

// TestPageCannotWrite: reading is all that it answers, and a browser gets no
// script, no form and no address of another place.
func TestPageCannotWrite(t *testing.T) {
	s := scenes()["refused"].page(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		for _, path := range []string{"/", "/plan", "/runs/x"} {
			if got := get(t, s, method, path).Code; got != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: got %d, want 405", method, path, got)
			}
		}
	}
	run := "/runs/" + earlier(1)[0].ID
	for path, want := range map[string]int{"/": 200, "/plan": 200, run: 200, "/runs/nobody": 404, "/x": 404, "/runs/": 404, "/plan/": 404} {
		w := get(t, s, "GET", path)
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
		for _, bad := range []string{"<script", "<form", "<input", "<button", "<iframe", "<link", "<img", "http://", "https://", "src=", " style=", " onclick", " onload", " onerror"} {
			for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(w.Body.String(), -1) {
				if strings.Contains(tag, bad) {
					t.Errorf("%s has %s", path, tag)
				}
			}
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "style-src 'sha256-"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, part)
			}
		}
	}
}

// TestPageEscapes: whatever somebody is called, it is text.
func TestPageEscapes(t *testing.T) {
	r := hostileReport()
	r.Run, r.End, r.Err, r.Started = hostile, sync.Refused, errors.New(hostile), noon
	r.Sources[0].Err = errors.New(hostile)
	sc := &scene{personal: true}
	sc.past.runs = []state.Run{{ID: hostile, Command: hostile, Instance: hostile, Sources: []string{hostile}, Started: noon.Add(-time.Hour), Finished: noon, End: sync.Broken, Error: hostile,
		Counts: state.Counts{Receipts: []state.Receipt{{Source: hostile, Server: hostile, Error: hostile}}}, Digest: hostile}}
	sc.past.steps = []state.Entry{{Username: hostile, Key: hostile, After: map[string]string{hostile: hostile}, Error: hostile}}
	sc.ended(r)
	s := sc.page(t)
	pages := map[string]any{"run": s.runOf(sc.past.runs[0], sc.past.steps, nil), "overview": s.overviewOf(sc.board.look(), sc.past.runs, nil)}
	for name, view := range pages {
		w := httptest.NewRecorder()
		s.show(w, 200, s.pages, name, view)
		checkHostile(t, name, w.Body.String())
	}
	checkHostile(t, "plan", get(t, s, "GET", "/plan").Body.String())
}

func checkHostile(t *testing.T, name, page string) {
	t.Helper()
	for _, bad := range []string{"<script", "<img", "\x1b", "ZgotmplZ", "url(", "onerror=alert(1)>"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s has %q", name, bad)
		}
	}
	if n := strings.Count(page, "</style>"); n != 1 {
		t.Errorf("%s: the style ends %d times", name, n)
	}
	if !strings.Contains(html.UnescapeString(page), "<script>alert(1)</script>") {
		t.Errorf("%s does not show what somebody is called", name)
	}
}

// TestPageStandsBy: a daemon that stands by says so, shows what the leader did,
// and takes the leader's run that is under way for none that died.
func TestPageStandsBy(t *testing.T) {
	sc := scenes()["restarted"]
	sc.past.runs = append([]state.Run{{ID: "20261124T141900Z-cafe", Command: "run", Started: noon.Add(-time.Minute)}}, sc.past.runs...)
	sc.board.stands(metrics.ErrStandby)
	got := said(get(t, sc.page(t), "GET", "/").Body.String())
	if !strings.Contains(got, "This daemon stands by") || !strings.Contains(got, "In step") || strings.Contains(got, "A run died") || strings.Contains(got, "Next run") {
		t.Errorf("the page says: %s", got)
	}
}

// TestPageIsBounded: more lookers than there are seats are sent away, and a
// journal that fails costs what it has to say, not the page.
func TestPageIsBounded(t *testing.T) {
	sc := scenes()["healthy"]
	s := sc.page(t)
	for range lookers {
		s.seats <- struct{}{}
	}
	if got := get(t, s, "GET", "/").Code; got != http.StatusServiceUnavailable {
		t.Errorf("got %d when all seats are taken, want 503", got)
	}
	sc.past = oldRuns{err: errors.New("disk gone")}
	s = sc.page(t)
	w := get(t, s, "GET", "/")
	if got := said(w.Body.String()); w.Code != 200 || !strings.Contains(got, "The journal could not be read") || !strings.Contains(got, "In step") {
		t.Errorf("got %d %s", w.Code, got)
	}
	if got := get(t, s, "GET", "/runs/x").Code; got != http.StatusInternalServerError {
		t.Errorf("got %d for a run that cannot be read, want 500", got)
	}
}

// TestPageFollowsOthers: a run that somebody made by hand since is what counts.
func TestPageFollowsOthers(t *testing.T) {
	sc := scenes()["refused"]
	late := state.Run{ID: "20261124T141900Z-cafe", Command: "apply --release ab12-deactivate-12", Started: noon.Add(-time.Minute), Finished: noon, End: sync.InStep}
	sc.past.runs = append([]state.Run{late}, sc.past.runs...)
	got := said(get(t, sc.page(t), "GET", "/").Body.String())
	if !strings.Contains(got, "In step All that was due is done. Run 20261124T141900Z-cafe") || !strings.Contains(got, "are of the daemon's last plan, of 2026-11-24 14:15 UTC") {
		t.Errorf("the page still says: %s", got)
	}
	late.Finished, late.End = time.Time{}, sync.EndNone
	sc.past.runs[0] = late
	if got := said(get(t, sc.page(t), "GET", "/").Body.String()); !strings.Contains(got, "A run died") {
		t.Errorf("a run that never ended: %s", got)
	}
}
