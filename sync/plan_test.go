package sync

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlanSteps(t *testing.T) {
	p := Plan{
		Changes: []Change{
			{Steps: []Step{{Kind: Patch}, {Kind: Patch}, {Kind: Revoke}}},
			{Steps: []Step{{Kind: Create}}},
			{Steps: []Step{{Kind: Patch}}},
		},
		Held: []Hold{{Change: Change{Steps: []Step{{Kind: Deactivate}}}}},
	}
	want := map[StepKind]int{Patch: 3, Revoke: 1, Create: 1}
	if diff := cmp.Diff(p.Steps(), want); diff != "" {
		t.Errorf("steps (-got +want):\n%s", diff)
	}
	if got := (Plan{}).Steps(); len(got) != 0 {
		t.Errorf("got %v for an empty plan", got)
	}
}

func TestChangeHas(t *testing.T) {
	c := Change{Steps: []Step{{Kind: Patch}, {Kind: Revoke}}}
	for _, kind := range StepKinds() {
		if got, want := c.Has(kind), kind == Patch || kind == Revoke; got != want {
			t.Errorf("%s: got %t, want %t", kind, got, want)
		}
	}
}

func TestChangeUsername(t *testing.T) {
	id := Identity{Profile: Profile{Username: "new"}}
	tests := []struct {
		name   string
		change Change
		want   string
	}{
		{"a hire", Change{Identity: id}, "new"},
		{"somebody renamed", Change{Identity: id, User: User{ID: "u1", Profile: Profile{Username: "old"}}}, "old"},
		{"somebody absent", Change{User: User{ID: "u1", Profile: Profile{Username: "old"}}}, "old"},
		{"nobody", Change{}, ""},
	}
	for _, tt := range tests {
		if got := tt.change.Username(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestDigest: two plans have one digest if, and only if, they do the same.
func TestDigest(t *testing.T) {
	in := crowd(50, 2)
	plan := NewPlan(in)
	if got := plan.Digest(); !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
	if got := NewPlan(in).Digest(); got != plan.Digest() {
		t.Errorf("got %s for the same input, want %s", got, plan.Digest())
	}
	same := plan
	same.Unchanged, same.Held, same.Sources = 1, []Hold{{Reason: HoldTaken}}, nil
	if got := same.Digest(); got != plan.Digest() {
		t.Errorf("got %s when the same is done, want %s", got, plan.Digest())
	}
	seen := map[string]string{plan.Digest(): "the plan"}
	for name, change := range map[string]func(*Step){
		"another kind":   func(s *Step) { s.Kind = Revoke },
		"more is set":    func(s *Step) { s.Set |= SetOf(Locale) },
		"another value":  func(s *Step) { s.To[Position] = "Cook" },
		"another start":  func(s *Step) { s.From[Position] = "Cook" },
		"another signin": func(s *Step) { s.Auth = Auth{"saml", "x"} },
		"another cause":  func(s *Step) { s.Cause = CauseExpired },
		"another wave":   func(s *Step) { s.Wave++ },
		"another origin": func(s *Step) { s.How = Adopted },
	} {
		other := NewPlan(in)
		change(&other.Changes[0].Steps[0])
		if who := seen[other.Digest()]; who != "" {
			t.Errorf("%s: has the digest of %s", name, who)
		}
		seen[other.Digest()] = name
	}
	fewer := plan
	fewer.Changes = plan.Changes[1:]
	if who := seen[fewer.Digest()]; who != "" {
		t.Errorf("fewer changes: has the digest of %s", who)
	}
}

func TestFieldSet(t *testing.T) {
	s := SetOf(Email, Locale, Username)
	var got []Field
	for f := range s.All() {
		got = append(got, f)
	}
	if diff := cmp.Diff(got, []Field{Username, Email, Locale}); diff != "" {
		t.Errorf("fields (-got +want):\n%s", diff)
	}
	if got, want := s.String(), "username,email,locale"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := FieldSet(0).String(); got != "" {
		t.Errorf("the empty set is %q", got)
	}
	for f := range s.All() {
		if f == Email {
			break // an iterator may be left early
		}
	}
	if s.Has(Position) || !s.Has(Email) || SetOf() != 0 {
		t.Error("a set has what it was not given, or has not what it was")
	}
}

func TestOriginString(t *testing.T) {
	for want, o := range map[string]Origin{
		"people.csv, line 14": {"people.csv", "line 14"}, "people.csv": {Source: "people.csv"}, "line 14": {Place: "line 14"}, "": {},
	} {
		if got := o.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := NewKey("ad", "a:b"), Key("ad:a:b"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
