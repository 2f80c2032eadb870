package sync

import "testing"

func TestUnable(t *testing.T) {
	facts := Facts{Cannot: map[StepKind]string{Revoke: "no sessions", Patch: "no patch"}}
	policy := Policy{}
	policy.Leavers[CauseAbsent].Revoke = true
	steps := func(kinds ...StepKind) (all []Step) {
		for _, k := range kinds {
			all = append(all, Step{Kind: k})
		}
		return all
	}
	tests := []struct {
		name    string
		facts   Facts
		p       person
		steps   int
		reason  Reason
		notes   int
		pending *Pending
	}{
		{"a server that can all", Facts{}, person{steps: steps(Patch, Revoke)}, 2, ReasonNone, 0, nil},
		{"sessions alone", facts, person{steps: steps(Revoke)}, 0, ReasonNone, 1, nil},
		{"sessions beside what can be done", facts, person{steps: steps(MigrateAuth, Revoke)}, 1, ReasonNone, 1, nil},
		{"a patch", facts, person{steps: steps(Patch)}, 1, HoldServer, 0, nil},
		{"a patch and sessions: only the hold is said", facts, person{steps: steps(Patch, Revoke)}, 1, HoldServer, 0, nil},
		{"held already", facts, person{reason: HoldProtected, steps: steps(Revoke)}, 1, HoldProtected, 0, nil},
		{"a leaver who begins to wait", facts, person{}, 0, ReasonNone, 1, &Pending{Cause: CauseAbsent}},
		{"a leaver who waits", facts, person{}, 0, ReasonNone, 0, &Pending{Cause: CauseAbsent, Link: Link{LeftSince: now}}},
		{"a leaver whose sessions may live on", facts, person{}, 0, ReasonNone, 0, &Pending{Cause: CauseExpired}},
	}
	for _, tt := range tests {
		tt.p.user, tt.p.pending = &User{ID: "u"}, tt.pending
		notes := unable(brief{Input: Input{Facts: tt.facts, Policy: policy}}, &tt.p)
		if len(tt.p.steps) != tt.steps || tt.p.reason != tt.reason || len(notes) != tt.notes {
			t.Errorf("%s: got %d steps, %v, %d notes, want %d, %v, %d", tt.name, len(tt.p.steps), tt.p.reason, len(notes), tt.steps, tt.reason, tt.notes)
		}
	}
}
