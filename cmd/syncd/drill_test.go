package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// staffed is a snapshot of n people, each with all that can be broken; the last
// one left.
func staffed(n int) sync.Snapshot {
	s := sync.Snapshot{Source: "hr", Rejects: []sync.Reject{{Key: "hr:r1"}, {}}}
	for i := range n {
		id := sync.Identity{Key: sync.Key(fmt.Sprintf("hr:%d", i)), Status: sync.Enabled, Join: fmt.Sprint("j", i),
			States: sync.SetOf(sync.Username, sync.Email, sync.Position), Auth: sync.Auth{Service: "ldap", Data: fmt.Sprint("d", i)}}
		id.Profile[sync.Username], id.Profile[sync.Email] = fmt.Sprint("u", i), fmt.Sprintf("u%d@example.org", i)
		if i == n-1 {
			id.Status = sync.Disabled
		}
		s.Identities = append(s.Identities, id)
	}
	s.Receipt.Excluded = 2
	return counted(s)
}

func usernamesOf(s sync.Snapshot) []string {
	var names []string
	for _, id := range s.Identities {
		names = append(names, id.Profile[sync.Username])
	}
	return names
}

// TestMutilations: what a drill does to a read, and that it leaves the read
// itself whole, for the next drill.
func TestMutilations(t *testing.T) {
	tests := []struct {
		drill    string
		names    []string
		keys     int // of those who were there
		rejects  int
		entries  int
		withMail int
	}{
		{"empty", nil, 0, 0, 0, 0},
		{"half", []string{"u0", "u1"}, 2, 1, 4, 2},
		{"no-mail", []string{""}, 1, 6, 9, 0},
		{"wrong-base", []string{"drill-u0", "drill-u1", "drill-u2", "drill-u3", "drill-u4"}, 0, 0, 7, 5},
		{"new-anchors", []string{"u0", "u1", "u2", "u3", "u4"}, 0, 2, 9, 5},
		{"swapped-names", []string{"u1", "u2", "u3", "u0", "u4"}, 5, 2, 9, 5},
	}
	for _, test := range tests {
		t.Run(test.drill, func(t *testing.T) {
			chosen, err := chooseDrills([]string{test.drill})
			if err != nil {
				t.Fatal(err)
			}
			whole := staffed(5)
			got, err := chosen[0].mutilate(whole)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(usernamesOf(got), test.names); diff != "" {
				t.Errorf("user names (-got +want):\n%s", diff)
			}
			if known := knownKeys(got, whole); known != test.keys {
				t.Errorf("got %d people under a key that was there, want %d", known, test.keys)
			}
			r := got.Receipt
			if len(got.Rejects) != test.rejects || r.Entries != test.entries || r.Filled[sync.Email] != test.withMail {
				t.Errorf("got %d rejects and the receipt %+v, want %d, %d entries and %d with an e-mail", len(got.Rejects), r, test.rejects, test.entries, test.withMail)
			}
			if diff := cmp.Diff(whole, staffed(5)); diff != "" {
				t.Errorf("the read itself changed (-got +want):\n%s", diff)
			}
		})
	}
}

func knownKeys(got, whole sync.Snapshot) int {
	n := 0
	for _, id := range got.Identities {
		if slices.ContainsFunc(whole.Identities, func(o sync.Identity) bool { return o.Key == id.Key }) {
			n++
		}
	}
	return n
}

func TestMutilationsOfNobody(t *testing.T) {
	for _, d := range drills() {
		got, err := d.mutilate(sync.Snapshot{Source: "hr"})
		if (err != nil) != (d.name == "timeout") || len(got.Identities) > 0 {
			t.Errorf("%s: got %+v, %v", d.name, got, err)
		}
	}
}

// TestJudge: only what a drill adds to what is due anyway counts.
func TestJudge(t *testing.T) {
	change := func(key string, kind sync.StepKind) sync.Change {
		return sync.Change{Link: sync.Link{Key: sync.Key(key)}, Steps: []sync.Step{{Kind: kind}}}
	}
	report := func(checks []sync.Check, changes ...sync.Change) sync.Report {
		return sync.Report{Plan: sync.Plan{Managed: 9, Changes: changes}, Verdict: sync.Verdict{Checks: checks}}
	}
	deactivate := func(planned int, ok bool) []sync.Check {
		return []sync.Check{{Reason: sync.RefuseDeactivate, Sort: sync.SortDeactivate, Planned: planned, Allowed: 3, OK: ok}}
	}
	gone := change("hr:1", sync.Deactivate)
	other := change("hr:2", sync.Deactivate)
	tests := []struct {
		name          string
		plain, broken sync.Report
		want          string
	}{
		{"refused", report(deactivate(0, true)), report(deactivate(4, false), gone), "stopped: refused by SYD-R-LIMIT-DEACTIVATE: 1 deactivate, of 9 managed."},
		{"let through", report(deactivate(1, true), gone), report(deactivate(2, true), gone, other),
			"NOT STOPPED: 1 deactivate, of 9 managed. Limits.deactivate allows 3, and less than 2 would be needed to stop it."},
		{"due anyway", report(deactivate(1, true), gone), report(deactivate(1, true), gone), "stopped: nothing happens to anybody."},
		{"refused anyway", report(deactivate(5, false), gone), report(deactivate(5, false), gone, change("hr:2", sync.Patch)),
			"NOT STOPPED: 1 patch, of 9 managed. No limit counts this."},
		{"refused anyway, but worse", report(deactivate(5, false), gone), report(deactivate(6, false), gone, other),
			"stopped: refused by SYD-R-LIMIT-DEACTIVATE: 1 deactivate, of 9 managed."},
		{"other steps for the same person", report(nil, gone), report(nil, change("hr:1", sync.Patch)), "NOT STOPPED: 1 patch, of 9 managed. No limit counts this."},
		{"nobody there", sync.Report{}, sync.Report{}, "PROVES NOTHING: nobody is linked yet whom it could hurt. Run it after the first sync."},
		{"not read", report(nil), sync.Report{Err: errSilent, End: sync.SourceFailed}, "stopped: the source counts as not read."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := judge(drill{}, "hr", test.plain, test.broken)
			if got := r.verdict(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if got, want := r.stopped(), test.want[:7] == "stopped"; got != want {
				t.Errorf("got stopped %t, want %t", got, want)
			}
		})
	}
}
