package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// toldOf plays a story of runs, a quarter of an hour from one to the next, and
// returns of which a target that is told of the events is told, and how.
func toldOf(on []string, runs []state.Run, look int) []string {
	var told []string
	for i := range runs {
		runs[i].Started = noon.Add(time.Duration(i) * 15 * time.Minute)
		if runs[i].Finished.IsZero() {
			runs[i].Finished = runs[i].Started.Add(time.Minute)
		}
		before := slices.Clone(runs[max(0, i-look):i])
		slices.Reverse(before)
		if o, ok := occasionOf(on, runs[i], before, i <= look); ok {
			text := fmt.Sprintf("%d %s", i, o.Event)
			if o.Again {
				text += " again"
			}
			told = append(told, text)
		}
	}
	return told
}

func endedAs(end sync.End) state.Run { return state.Run{Command: commandDaemon, End: end} }

func held(reason sync.Reason, n int) state.Run {
	r := endedAs(sync.Partial)
	r.Counts.HeldBy = map[sync.Reason]int{reason: n}
	return r
}

func refused(n int, reasons ...sync.Reason) state.Run {
	r := endedAs(sync.Refused)
	r.Refused, r.Counts.Changes = reasons, n
	return r
}

func failedSource(name string) state.Run {
	r := endedAs(sync.SourceFailed)
	r.Counts.Receipts = []state.Receipt{{Source: name, Error: fmt.Sprint("at ", time.Now())}}
	return r
}

func by(command string, r state.Run) state.Run {
	r.Command = command
	return r
}

func TestOccasions(t *testing.T) {
	ok := endedAs(sync.InStep)
	tests := map[string]struct {
		runs []state.Run
		want string
	}{
		"nothing is wrong":            {[]state.Run{ok, ok, endedAs(sync.Observed), ok}, ""},
		"trouble, told once":          {[]state.Run{ok, endedAs(sync.SinkFailed), endedAs(sync.SinkFailed), endedAs(sync.SinkFailed), ok, ok}, "1 failed; 4 recovered"},
		"trouble from the start":      {[]state.Run{refused(20, sync.RefuseShrink), refused(20, sync.RefuseShrink)}, "0 refused"},
		"another code":                {[]state.Run{ok, refused(20, sync.RefuseShrink), refused(20, sync.RefuseShrink, sync.RefuseAbsent), ok}, "1 refused; 2 refused; 3 recovered"},
		"about as many":               {[]state.Run{refused(20, sync.RefuseAbsent), refused(23, sync.RefuseAbsent), refused(99, sync.RefuseAbsent)}, "0 refused"},
		"far more":                    {[]state.Run{refused(20, sync.RefuseAbsent), refused(230, sync.RefuseAbsent)}, "0 refused; 1 refused"},
		"one held more":               {[]state.Run{held(sync.HoldTwin, 1), held(sync.HoldTwin, 2), held(sync.HoldTaken, 2)}, "0 partial; 2 partial"},
		"more held by choice":         {[]state.Run{held(sync.HoldTwin, 1), {Command: commandDaemon, End: sync.Partial, Counts: state.Counts{HeldBy: map[sync.Reason]int{sync.HoldTwin: 1, sync.HoldPolicy: 900}}}}, "0 partial"},
		"another source":              {[]state.Run{failedSource("ad"), failedSource("ad"), failedSource("hr")}, "0 failed; 2 failed"},
		"from one trouble to another": {[]state.Run{ok, endedAs(sync.SourceFailed), held(sync.HoldTwin, 1), ok}, "1 failed; 2 partial; 3 recovered"},
		"a person looked on":          {[]state.Run{ok, by("sync", endedAs(sync.Broken)), by("apply", refused(1)), by("undo", endedAs(sync.Partial)), ok}, ""},
		"a person made it well":       {[]state.Run{refused(20, sync.RefuseAbsent), by("apply --release ab12-x-20", ok), ok, ok}, "0 refused; 2 recovered"},
		"with a limit set":            {[]state.Run{by("run --set limits.create.count=5", endedAs(sync.Broken)), by(commandUnattended+" --set limits.create.count=5", endedAs(sync.Broken))}, "0 failed"},
		"a timer":                     {[]state.Run{by(commandUnattended, refused(20, sync.RefuseAbsent)), by(commandUnattended, refused(20, sync.RefuseAbsent)), by(commandUnattended, ok)}, "0 refused; 2 recovered"},
		"stopped":                     {[]state.Run{endedAs(sync.SinkFailed), endedAs(sync.Stopped), endedAs(sync.SinkFailed), endedAs(sync.Stopped), ok}, "0 failed; 4 recovered"},
		"died":                        {[]state.Run{ok, endedAs(sync.EndNone), ok}, ""},
	}
	for name, tt := range tests {
		if got := strings.Join(toldOf(config.Events(), tt.runs, len(tt.runs)), "; "); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// A listener is a webhook that answers as it is told to.
type listener struct {
	*httptest.Server
	mu     stdsync.Mutex
	answer []int // statuses, the last one for ever; 0: none comes
	bodies []string
}

func listenTo(t *testing.T, answer ...int) *listener {
	t.Helper()
	l := &listener{answer: answer}
	free := make(chan struct{})
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		l.mu.Lock()
		l.bodies = append(l.bodies, body.String())
		status := l.answer[min(len(l.bodies), len(l.answer))-1]
		l.mu.Unlock()
		if status == 0 {
			<-free
			return
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(func() { close(free); l.Close() })
	return l
}

func (l *listener) got() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.bodies)
}

// hooked returns targets for webhooks, and their courier.
func hooked(t *testing.T, kind string, names bool, listeners ...*listener) (*courier, *app, *observer.ObservedLogs, func() map[string]int) {
	t.Helper()
	dir := t.TempDir()
	text := strings.NewReplacer("file:token", "env:PATH").Replace(killConfig) + "notify:\n"
	for i, l := range listeners {
		secret := filepath.Join(dir, fmt.Sprintf("hook%d", i))
		if err := os.WriteFile(secret, []byte(l.URL+"/hooks/very-secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("  - { type: %s, url: \"file:%s\", include_names: %t }\n", kind, secret, names)
	}
	c, err := config.Parse("syncd.yaml", []byte(text), nil)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	a := &app{environment: systemEnvironment(), config: defaultConfig, log: zap.New(core)}
	targets, err := a.newTargets(c)
	if err != nil {
		t.Fatal(err)
	}
	var mu stdsync.Mutex
	results := make(map[string]int)
	k := newCourier(a.log, func(result string) { mu.Lock(); results[result]++; mu.Unlock() })
	k.first = time.Millisecond
	k.use(targets)
	return k, a, logs, func() map[string]int { mu.Lock(); defer mu.Unlock(); return maps.Clone(results) }
}

func everybody(*target) bool { return true }

// TestCourier: trouble that may pass is tried again a few times, what will not
// pass is not, and neither the log nor an error has the address.
func TestCourier(t *testing.T) {
	for name, tt := range map[string]struct {
		answer []int
		asked  int
		result string
	}{
		"yes": {[]int{200}, 1, metrics.NotifySent}, "no content": {[]int{204}, 1, metrics.NotifySent},
		"after a while": {[]int{500, 503, 200}, 3, metrics.NotifySent}, "too many": {[]int{429, 200}, 2, metrics.NotifySent},
		"never": {[]int{502}, noticeTries, metrics.NotifyFailed}, "no": {[]int{404}, 1, metrics.NotifyFailed}, "elsewhere": {[]int{302}, 1, metrics.NotifyFailed},
		"nobody": {nil, 0, metrics.NotifyFailed},
	} {
		l := listenTo(t, tt.answer...)
		k, _, logs, results := hooked(t, config.TargetAny, false, l)
		if tt.answer == nil {
			l.CloseClientConnections()
			l.Close()
		}
		k.offer(notice{Event: config.EventFailed}, everybody)
		k.close(patience)
		if got := len(l.got()); got != tt.asked || results()[tt.result] != 1 {
			t.Errorf("%s: got %d requests and %v, want %d and %s", name, got, results(), tt.asked, tt.result)
		}
		if lines := logs.Len(); (tt.result == metrics.NotifyFailed) != (lines == 1) {
			t.Errorf("%s: got %d lines in the log", name, lines)
		}
		for _, line := range logs.All() {
			if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, "very-secret") || !strings.Contains(text, "notify[0] webhook") {
				t.Errorf("%s: the log says %s", name, text)
			}
		}
	}
}

// TestCourierIsBounded: a webhook that hangs delays no other one, takes a bounded
// number of notices, and does not keep the program from ending.
func TestCourierIsBounded(t *testing.T) {
	hangs, works := listenTo(t, 0), listenTo(t, 200)
	k, _, logs, results := hooked(t, config.TargetAny, false, hangs, works)
	for range noticesWaiting + 10 {
		k.offer(notice{Event: config.EventFailed}, func(t *target) bool { return strings.HasPrefix(t.name, "notify[0]") })
	}
	k.offer(notice{Event: config.EventRefused}, everybody)
	for end := time.Now().Add(patience); results()[metrics.NotifySent] == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the one that works is never told")
		}
	}
	k.close(0)
	if got := results(); got[metrics.NotifySent] != 1 || got[metrics.NotifyDropped] < 10 || got[metrics.NotifyFailed] < noticesWaiting {
		t.Errorf("got %v", got)
	}
	for _, line := range logs.All() {
		if text := fmt.Sprint(line.Message, line.ContextMap()); strings.Contains(text, "very-secret") {
			t.Errorf("the log says %s", text)
		}
	}
	k.offer(notice{}, everybody) // nobody is there any longer
}

// stories of each sort, with a name wherever one may be.
func noticeOf(t *testing.T, a *app, event string) notice {
	t.Helper()
	o := occasion{Event: event, Since: noon.Add(-time.Hour), Runs: 4}
	r := refusedReport()
	switch event {
	case config.EventRefused:
	case config.EventFailed:
		r = sync.Report{Run: "20261124T141500Z-beef", End: sync.SourceFailed, Err: errors.New("ldap: zoe.maes"), Sources: []sync.SourceReport{{Name: "ad", Err: fmt.Errorf("ldap: zoe.maes: %w", os.ErrNotExist)}}}
	case config.EventPartial:
		r.End, r.Results = sync.Partial, []sync.Result{{Change: r.Plan.Changes[0], Outcome: sync.Failed, Err: errors.New("zoe.maes")}}
	case config.EventRecovered:
		r = healthyReport()
	}
	return a.noticeOf("hq", o, a.storyOf(r))
}

// TestNoticesNameNobody: without leave, a notice has counts and codes only.
func TestNoticesNameNobody(t *testing.T) {
	personal := regexp.MustCompile(`zoe|maes|ingrid|oskar|liam|nadia|leaver\.|ad:3b|line 29|Dahl|@`)
	for _, kind := range []string{config.TargetAny, config.TargetHook} {
		for _, names := range []bool{false, true} {
			l := listenTo(t, 200)
			k, a, _, _ := hooked(t, kind, names, l)
			for _, event := range config.Events() {
				k.offer(noticeOf(t, a, event), everybody)
			}
			k.close(patience)
			got := l.got()
			if len(got) != len(config.Events()) {
				t.Fatalf("got %d notices, want %d", len(got), len(config.Events()))
			}
			all := strings.Join(got, "\n")
			if named := personal.FindString(all); (named != "") != names {
				t.Errorf("%s, include_names %t: got %q in %s", kind, names, named, all)
			}
			for _, want := range []string{"SYD-R-LIMIT-DEACTIVATE", "SYD-H-INCOMPLETE", "a file is not there", "1 change failed", "after 4 runs", "syncd journal 20261124T141500Z-beef"} {
				if !strings.Contains(all, want) {
					t.Errorf("%s: nobody says %q: %s", kind, want, all)
				}
			}
		}
	}
}

// TestNoticesAreText: whatever somebody is called, it mentions nobody and links
// to nothing.
func TestNoticesAreText(t *testing.T) {
	a := &app{environment: systemEnvironment(), config: defaultConfig, log: zap.NewNop()}
	r := hostileReport()
	r.Run, r.End, r.Err = "20261124T141500Z-beef", sync.Partial, errors.New(hostile)
	text := a.noticeOf("hq", occasion{Event: config.EventPartial}, a.storyOf(r)).markdown()
	outside := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "")
	for _, bad := range []string{"@all", "](", "<script", "**", "`", "\x1b"} {
		if strings.Contains(outside, bad) {
			t.Errorf("%q is outside of code: %s", bad, outside)
		}
	}
	if !strings.Contains(text, "<script>alert(1)</script>") {
		t.Errorf("it does not say what somebody is called: %s", text)
	}
	if got := []rune(shortText(strings.Repeat("ß", 9000))); len(got) > 4000 || got[len(got)-1] != '…' {
		t.Errorf("got a text of %d characters", len(got))
	}
}

// TestNotificationManual holds the examples of docs/notifications.md to what is
// sent.
func TestNotificationManual(t *testing.T) {
	const path = "../../docs/notifications.md"
	a := &app{environment: systemEnvironment(), config: defaultConfig, log: zap.NewNop()}
	n := noticeOf(t, a, config.EventRefused).seenBy(config.Target{})
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		t.Fatal(err)
	}
	page := readFile(t, path)
	for lang, want := range map[string]string{"json": text.String(), "markdown": n.markdown() + "\n"} {
		block := regexp.MustCompile("(?s)```" + lang + "\n(.*?)```")
		found := block.FindStringSubmatch(page)
		if found == nil {
			t.Fatalf("%s has no example in %s", path, lang)
		}
		if *update {
			page = block.ReplaceAllLiteralString(page, "```"+lang+"\n"+want+"```")
			continue
		}
		if diff := cmp.Diff(found[1], want); diff != "" {
			t.Errorf("%s is not up to date, run go test ./cmd/syncd -update (-is +want):\n%s", path, diff)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fields := make(map[string]any)
	if err := json.Unmarshal(text.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	for name := range fields {
		if !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("%s does not say what %s is", path, name)
		}
	}
}

// TestDigest: it is due when its time comes, once, and sums up the day before.
func TestDigest(t *testing.T) {
	l := listenTo(t, 200)
	k, a, _, _ := hooked(t, config.TargetAny, false, l)
	env := *a.environment
	now := noon
	env.now = func() time.Time { return now }
	a.environment = &env
	runs := earlier(200)
	secret := filepath.Join(t.TempDir(), "hook")
	if err := os.WriteFile(secret, []byte(l.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("syncd.yaml", []byte(killConfig+"schedule: { timezone: UTC }\nnotify: [{ type: webhook, url: \"file:"+secret+"\", digest: \"0 8 * * *\" }]\n"), nil)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	h := &herald{app: a, past: oldRuns{runs: runs}, courier: k}
	if err := h.use(c); err != nil {
		t.Fatal(err)
	}
	h.digest(context.Background())
	now = time.Date(2026, 11, 25, 8, 0, 30, 0, time.UTC)
	h.digest(context.Background())
	h.digest(context.Background())
	k.close(patience)
	got := l.got()
	if len(got) != 1 {
		t.Fatalf("got %d digests, want 1: %v", len(got), got)
	}
	var n notice
	if err := json.Unmarshal([]byte(got[0]), &n); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"runs": 25, "done": 66, "runs_in_step": 21, "runs_partial": 2, "runs_source_failed": 2, "people": 404, "held": 0, "pending": 0}
	if diff := cmp.Diff(n.Counts, want); diff != "" || n.Event != eventDigest || !strings.Contains(n.Text, "Runs: 21 in step, 2 partial, 2 source failed.") {
		t.Errorf("got %s (-got +want):\n%s", n.Text, diff)
	}
}
