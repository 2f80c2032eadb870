package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// enumNames are the names of the core's enums, as a plan file has them.
func enumNames() map[string][]string {
	return map[string][]string{
		"field": texts(sync.Fields()...), "cause": texts(append(sync.Causes(), sync.CauseUndone)...), "how": texts(sync.Created, sync.Adopted, sync.Recovered),
		"kind": texts(sync.StepKinds()...), "way": texts(sync.WayOut, sync.WayBack), "role": texts(sync.Roles()...), "status": texts(sync.StatusNone, sync.Enabled, sync.Disabled, sync.Expired),
		"when":   texts(sync.AuthNever, sync.AuthOnCreate, sync.AuthMigrate),
		"sort":   texts(sync.Sorts()...),
		"policy": texts(sync.Full, sync.UpsertOnly, sync.CreateOnly, sync.Observe),
	}
}

func texts[E fmt.Stringer](all ...E) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.String())
	}
	return names
}

func sampled[E any](all ...E) *rapid.Generator[any] { return rapid.SampledFrom(all).AsAny() }

// anything draws values of the core's types with every field filled by chance:
// one that is new, and that the file does not know yet, is drawn too.
func anything[T any]() *rapid.Generator[T] {
	times := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).UTC()
	})
	return rapid.MakeCustom[T](rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[time.Time]():     times.AsAny(),
		reflect.TypeFor[time.Duration](): rapid.Map(rapid.IntRange(0, 1e6), func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }).AsAny(),
		reflect.TypeFor[error]():         sampled(errors.New("x")),
		reflect.TypeFor[int]():           rapid.IntRange(0, 1e9).AsAny(),
		reflect.TypeFor[float64]():       rapid.Float64Range(-1, 100).AsAny(),
		reflect.TypeFor[sync.FieldSet](): rapid.Map(rapid.IntRange(0, 1<<len(sync.Fields())-1), func(n int) sync.FieldSet { return sync.FieldSet(n) }).AsAny(),
		reflect.TypeFor[sync.Hash]():     sampled[sync.Hash](""), // not kept
		reflect.TypeFor[sync.Field]():    sampled(sync.Fields()...),
		reflect.TypeFor[sync.StepKind](): sampled(sync.StepKinds()...),
		reflect.TypeFor[sync.Cause]():    sampled(append(sync.Causes(), sync.CauseNone, sync.CauseUndone)...),
		reflect.TypeFor[sync.Way]():      sampled(sync.WayNone, sync.WayOut, sync.WayBack),
		reflect.TypeFor[sync.How]():      sampled(sync.HowNone, sync.Created, sync.Adopted, sync.Recovered),
		reflect.TypeFor[sync.Status]():   sampled(sync.StatusNone, sync.Enabled, sync.Disabled, sync.Expired),
		reflect.TypeFor[sync.AuthMode](): sampled(sync.AuthNever, sync.AuthOnCreate, sync.AuthMigrate),
		reflect.TypeFor[sync.Role]():     sampled(append(sync.Roles(), sync.RoleNone)...),
		reflect.TypeFor[sync.Reason]():   sampled(sync.Reasons()...),
		reflect.TypeFor[sync.Sort]():     sampled(sync.Sorts()...),
	}})
}

// wellMade makes of anything a plan as one may be: people once, with steps
// whose waves do not fall and lead to the next role; causes where there must be one.
func wellMade(p sync.Plan) sync.Plan {
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Link.Key, c.User.ID = sync.Key(fmt.Sprint(c.Link.Key, ":", i)), fmt.Sprint(c.User.ID, i)
		if len(c.Steps) == 0 {
			c.Steps = []sync.Step{{Kind: sync.Revoke}}
		}
		for j := range c.Steps {
			c.Steps[j].Wave = j
			if s := &c.Steps[j]; s.Kind == sync.SetRole {
				s.WasRole, s.Role = sync.Member, sync.Roles()[2*(j%2)]
			}
		}
	}
	for i := range p.Pending {
		p.Pending[i].Cause, p.Pending[i].Due = sync.CauseAbsent, time.UnixMilli(int64(i)).UTC()
	}
	if len(p.Changes) == 0 {
		p.Changes = nil
	}
	return p
}

// wellChecked makes of anything a verdict as one may be: a field is named only
// where values are counted.
func wellChecked(v sync.Verdict) sync.Verdict {
	for i := range v.Checks {
		if v.Checks[i].Sort != sync.SortFill {
			v.Checks[i].Field = sync.Username
		}
	}
	return v
}

// fullReport draws a report in which no list is empty for long.
func fullReport(t *testing.T) sync.Report {
	t.Helper()
	seed := rand.IntN(1 << 30)
	r := sync.Report{
		Started: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Plan: wellMade(anything[sync.Plan]().Example(seed)),
		Facts: sync.Facts{Version: "11.6.0", Users: 3, ActiveUsers: 2, SeatLimit: 5}, Verdict: wellChecked(anything[sync.Verdict]().Example(seed)),
	}
	if len(r.Plan.Changes) == 0 {
		r.Plan.Changes = wellMade(sync.Plan{Changes: []sync.Change{anything[sync.Change]().Example(seed)}}).Changes
	}
	r.Verdict.Checks = append(r.Verdict.Checks, sync.Check{Reason: sync.RefuseShrink, Source: "hr", Allowed: 3})
	s := sync.SourceReport{Name: "hr", Err: errors.New("not there"), Rejects: []sync.Reject{anything[sync.Reject]().Example(seed)}}
	s.Joined, s.Receipt.Sentinels, s.Receipt.Pictures, s.Receipt.Pictured = 1, 1, true, 1
	s.Look = sync.LookReport{Asked: 9, Cannot: true, Sampled: true, Enabled: 1, Left: 1, Unknown: 1, Places: []string{"line 2"}}
	r.Sources = []sync.SourceReport{s}
	return r
}

func testConfig(t *testing.T) *config.Config {
	t.Helper()
	text, err := initFiles.ReadFile("init/csv.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("syncd.yaml", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestPlanFileRoundTrip: what is read back is what was written, with the same
// digest, and docs/plan.schema.json describes it.
func TestPlanFileRoundTrip(t *testing.T) {
	c, check := testConfig(t), newChecker(t)
	rapid.Check(t, func(t *rapid.T) {
		want := sync.Report{
			Plan: wellMade(anything[sync.Plan]().Draw(t, "plan")), Verdict: wellChecked(anything[sync.Verdict]().Draw(t, "verdict")),
			Sources: rapid.SliceOfN(anything[sync.SourceReport](), 0, 3).Draw(t, "sources"),
		}
		for i := range want.Sources {
			for n := range want.Sources[i].Rejects {
				want.Sources[i].Rejects[n].Hints = "" // not kept
			}
			if l := &want.Sources[i].Look; l.Asked == 0 {
				*l = sync.LookReport{}
			}
		}
		f := newPlanFile(c, want)
		if wrong := check.file(t, f.text("")); len(wrong) > 0 {
			t.Fatal(wrong)
		}
		read, got, err := parsePlanFile(f.text("\t"))
		if err != nil {
			t.Fatal(err)
		}
		if got.Plan.Digest() != want.Plan.Digest() || read.PlanDigest != want.Plan.Digest() {
			t.Fatalf("got another digest")
		}
		errs := cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
		opts := cmp.Options{cmpopts.EquateEmpty(), errs}
		if diff := cmp.Diff(got.Plan, want.Plan, opts); diff != "" {
			t.Fatalf("plan (-got +want):\n%s", diff)
		}
		if diff := cmp.Diff(got.Verdict, want.Verdict, opts); diff != "" {
			t.Fatalf("verdict (-got +want):\n%s", diff)
		}
		if diff := cmp.Diff(got.Sources, want.Sources, opts); diff != "" {
			t.Fatalf("sources (-got +want):\n%s", diff)
		}
	})
}

// TestPlanFileDamage: whatever is changed in a file is seen.
func TestPlanFileDamage(t *testing.T) {
	f := newPlanFile(testConfig(t), fullReport(t))
	text := f.text("  ")
	if _, _, err := parsePlanFile(text); err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"nothing": nil, "half": text[:len(text)/2], "text": []byte("plan"), "a list": []byte("[]"), "a list of plans": []byte(`[{"format":"syncd-plan"}]`), "of another kind": bytes.Replace(text, []byte(`"instance": "`), []byte(`"instance": 7, "policy": "`), 1), "another format": []byte(`{"format":"x","version":1}`),
		"more behind": append(bytes.Clone(text), '}'), "twice": append(bytes.Clone(text), text...),
		"an unknown field": bytes.Replace(text, []byte(`"instance"`), []byte(`"more": 1, "instance"`), 1),
		"valid longer":     bytes.Replace(text, []byte(`"valid_until": "2026-11-25`), []byte(`"valid_until": "2027-11-25`), 1),
		"another digest":   bytes.Replace(text, []byte(`"plan_digest": "sha256:`), []byte(`"plan_digest": "sha256:0`), 1),
	} {
		_, _, err := parsePlanFile(damaged)
		if err == nil || bytes.Equal(damaged, text) {
			t.Errorf("%s: it is taken", name)
			continue
		}
		if said := err.Error(); strings.Contains(said, "Go ") || strings.Contains(said, "struct") || strings.Contains(said, "json:") {
			t.Errorf("%s: it names our types: %s", name, said)
		}
	}
	newer := f
	newer.Version++
	if _, _, err := parsePlanFile(newer.text("")); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("a newer version: got %v", err)
	}
	other := f
	other.PlanDigest = "sha256:00"
	other.Checksum = other.sum()
	if _, _, err := parsePlanFile(other.text("")); err == nil || !strings.Contains(err.Error(), "make it again") {
		t.Errorf("another syncd's digest: got %v", err)
	}
	for name, spoil := range map[string]func(*sync.Plan){
		"no steps":     func(p *sync.Plan) { p.Changes[0].Steps = nil },
		"no kind":      func(p *sync.Plan) { p.Changes[0].Steps = []sync.Step{{}} },
		"no key":       func(p *sync.Plan) { p.Changes[0].Link.Key = "" },
		"falling wave": func(p *sync.Plan) { p.Changes[0].Steps = []sync.Step{{Kind: sync.Patch, Wave: 1}, {Kind: sync.Patch}} },
		"twice":        func(p *sync.Plan) { p.Changes = append(p.Changes, p.Changes[0]) },
	} {
		r := fullReport(t)
		spoil(&r.Plan)
		if _, _, err := parsePlanFile(newPlanFile(testConfig(t), r).text("")); !errors.Is(err, errDamaged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzPlanFile: no text makes the reader panic, and what it takes it writes
// again as it was.
func FuzzPlanFile(f *testing.F) {
	f.Add([]byte(`{"format":"syncd-plan","version":1}`))
	f.Add([]byte(`{"format":"syncd-plan","version":1,"plan":{"changes":[{"steps":[{"kind":"x"}]}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, r, err := parsePlanFile(text)
		if err != nil {
			return
		}
		if again := encodePlan(r.Plan); !reflect.DeepEqual(again, file.Plan) {
			t.Errorf("got %+v, want %+v", again, file.Plan)
		}
	})
}

// TestWritePlanFile: only its owner can read it, it replaces an older plan, and
// nothing else.
func TestWritePlanFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.json")
	f := newPlanFile(testConfig(t), fullReport(t))
	for range 2 {
		if err := writePlanFile(path, f); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("got mode %v, %v", info.Mode(), err)
	}
	read, _, err := readPlanFile(path)
	if err != nil || read.Checksum != f.Checksum {
		t.Errorf("got %s, %v, want %s", read.Checksum, err, f.Checksum)
	}
	config, link := filepath.Join(dir, "syncd.yaml"), filepath.Join(dir, "link.json")
	if err := errors.Join(os.WriteFile(config, []byte("version: 1\n"), 0o600), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{config, link, dir, filepath.Join(dir, "none", "plan.json")} {
		if err := writePlanFile(p, f); err == nil {
			t.Errorf("%s is written over", p)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}
