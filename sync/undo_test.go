package sync

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestUndoScenarios runs testdata/undo/*.txtar: what a run did, and how things
// are now, make the way back. "then" is what is remembered once it is gone.
func TestUndoScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/undo/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, in := "", UndoInput{Now: now}
			for _, f := range archive.Files {
				if f.Name == "plan" {
					want = string(f.Data)
				} else if err := parseUndo(&in, f.Name, string(f.Data)); err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
			}
			p := NewUndo(in)
			got := printPlan(p)
			for _, c := range p.Changes {
				l, _ := Result{Change: c, Outcome: Done, Done: len(c.Steps), User: c.User}.LinkAfter(now)
				got += "then " + printLink(l) + "\n"
			}
			if *update {
				writePlan(t, file, archive, got)
				return
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// parseUndo reads one file of a scenario.
func parseUndo(in *UndoInput, name, text string) error {
	var rest Input
	for line := range strings.Lines(text) {
		words, opts, err := splitLine(line)
		if err != nil {
			return err
		}
		switch {
		case len(words)+len(opts) == 0:
		case name == "deeds":
			in.Deeds = append(in.Deeds, parseDeed("r1", words, opts))
		case name == "later":
			in.Later = append(in.Later, parseDeed("r2", words, opts))
		case name == "only":
			_ = in.Only.UnmarshalText([]byte(words[0]))
		default:
			if err := parseSection(&rest, &sayings{}, name, line); err != nil {
				return err
			}
		}
	}
	in.Users, in.Links, in.Open = append(in.Users, rest.Users...), append(in.Links, rest.Links...), append(in.Open, rest.Open...)
	if name == "facts" {
		in.Facts = rest.Facts
	}
	if name == "policy" {
		in.Policy = rest.Policy
	}
	return nil
}

// parseDeed reads "ad:1 u1 patch done username=ann->bob". Without an outcome
// nobody heard.
func parseDeed(run string, words []string, opts map[string]string) Deed {
	d := Deed{Run: run, Key: Key(words[0]), UserID: strings.TrimPrefix(words[1], "-")}
	_ = d.Step.Kind.UnmarshalText([]byte(words[2]))
	for _, o := range Outcomes() {
		if len(words) > 3 && o.String() == words[3] {
			d.Outcome = o
		}
	}
	for name, v := range opts {
		from, to, ok := strings.Cut(v, "->")
		if f, known := ParseField(name); known {
			if !ok {
				panic(fmt.Sprintf("%s=%s: want from->to", name, v))
			}
			d.Step.Set |= SetOf(f)
			d.Step.From[f], d.Step.To[f] = from, to
		}
		if name == "auth" {
			d.Step.Was, d.Step.Auth = parseAuth(from), parseAuth(to)
		}
	}
	if from, to, ok := strings.Cut(opts["role"], "->"); ok {
		d.Step.WasRole, d.Step.Role = parseRole(from), parseRole(to)
	}
	d.Step.Lost = opts["lost"]
	d.Step.Cause = parseCause(opts["cause"])
	return d
}

// TestUndoQuery: all that are linked or were worked on, and whoever may hold a
// name from before, or may be an account of which nobody heard.
func TestUndoQuery(t *testing.T) {
	deeds := []Deed{
		parseDeed("r1", []string{"ad:1", "u1", "patch", "done"}, map[string]string{"username": "Ann->anna", "position": "->x"}),
		parseDeed("r1", []string{"ad:2", "u2", "patch", "failed"}, map[string]string{"email": "b@x.org->bob@x.org"}),
		parseDeed("r1", []string{"ad:3", "-", "create"}, map[string]string{"username": "->cy", "email": "->cy@x.org"}),
		parseDeed("r1", []string{"ad:4", "u4", "create", "done"}, map[string]string{"username": "->di", "email": "->di@x.org"}),
		parseDeed("r1", []string{"ad:5", "u5", "patch", "skipped"}, map[string]string{"username": "ed->edd"}),
		parseDeed("r1", []string{"ad:6", "u6", "deactivate", "done"}, nil),
	}
	got := UndoQuery(deeds, []Link{{Key: "ad:1", UserID: "u1"}, {Key: "ad:9", UserID: "u9"}})
	want := Query{
		IDs: []string{"u1", "u9", "u1", "u2", "u4", "u6"}, Usernames: []string{"ann", "cy"}, Emails: []string{"b@x.org", "cy@x.org"},
	}
	if diff := gocmp.Diff(got, want); diff != "" {
		t.Errorf("query (-got +want):\n%s", diff)
	}
}
