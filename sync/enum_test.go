package sync

import (
	"encoding"
	"fmt"
	"regexp"
	"slices"
	"testing"
)

// An enum is one of the types whose values have names.
type enum struct {
	all   []fmt.Stringer // every value but none
	none  fmt.Stringer   // nil where zero means something
	past  fmt.Stringer   // beyond the last value
	parse func(string) (fmt.Stringer, bool)
}

func stringers[E fmt.Stringer](all ...E) []fmt.Stringer {
	var s []fmt.Stringer
	for _, e := range all {
		s = append(s, e)
	}
	return s
}

// unmarshal reads a name into p and says whether it was one.
func unmarshal[E interface {
	comparable
	fmt.Stringer
}](read func(*E, []byte) error) func(string) (fmt.Stringer, bool) {
	return func(s string) (fmt.Stringer, bool) {
		var e, none E
		err := read(&e, []byte(s))
		return e, err == nil && e != none
	}
}

func parser[E fmt.Stringer](parse func(string) (E, bool)) func(string) (fmt.Stringer, bool) {
	return func(s string) (fmt.Stringer, bool) {
		e, ok := parse(s)
		return e, ok
	}
}

var enums = map[string]enum{
	"Field":    {all: stringers(Fields()...), past: numFields, parse: parser(ParseField)},
	"Status":   {all: stringers(Enabled, Disabled, Expired), none: StatusNone, past: Expired + 1},
	"How":      {all: stringers(Created, Adopted, Recovered), none: HowNone, past: Recovered + 1, parse: unmarshal((*How).UnmarshalText)},
	"Cause":    {all: stringers(append(Causes(), CauseUndone)...), none: CauseNone, past: numCauses, parse: unmarshal((*Cause).UnmarshalText)},
	"Mode":     {all: stringers(Full, UpsertOnly, CreateOnly, Observe), none: ModeNone, past: Observe + 1, parse: parser(ParseMode)},
	"AuthMode": {all: stringers(AuthNever, AuthOnCreate, AuthMigrate), past: AuthMigrate + 1, parse: parser(ParseAuthMode)},
	"Role":     {all: stringers(Roles()...), none: RoleNone, past: Admin + 1, parse: unmarshal((*Role).UnmarshalText)},
	"RoleMode": {all: stringers(RolesAdditive, RolesAuthoritative), past: RolesAuthoritative + 1},
	"StepKind": {all: stringers(StepKinds()...), none: StepNone, past: numStepKinds, parse: unmarshal((*StepKind).UnmarshalText)},
	"End":      {all: stringers(Ends()...), none: EndNone, past: Broken + 1, parse: unmarshal((*End).UnmarshalText)},
	"Phase":    {all: stringers(Phases()...), past: numPhases},
	"Outcome":  {all: stringers(Outcomes()...), none: OutcomeNone, past: Skipped + 1},
	"Sort":     {all: stringers(Sorts()...), past: numSorts},
	"Reason":   {all: stringers(Reasons()...), none: ReasonNone, past: numReasons, parse: unmarshal((*Reason).UnmarshalText)},
}

// TestEnumNames: every value has a name of its own, in the spelling that
// configuration, logs and metrics share, and nothing else has one.
func TestEnumNames(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+([_-][a-z]+)*$`)
	for kind, e := range enums {
		seen := make(map[string]bool)
		for _, v := range e.all {
			if s := v.String(); seen[s] || kind != "Reason" && !name.MatchString(s) {
				t.Errorf("%s: %q is no name, or no other's name", kind, s)
			}
			seen[v.String()] = true
		}
		if e.none != nil && e.none.String() != "" {
			t.Errorf("%s: none is called %q", kind, e.none)
		}
		if got := e.past.String(); got != "" {
			t.Errorf("%s: a value that does not exist is called %q", kind, got)
		}
	}
}

// TestEnumLists: the lists have every value, in their order.
func TestEnumLists(t *testing.T) {
	sizes := map[string]int{
		"Field": int(numFields), "Status": 3, "How": 3, "Cause": int(numCauses) - 1, "Mode": 4, "AuthMode": 3, "Role": 3, "RoleMode": 2,
		"StepKind": int(numStepKinds) - 1, "End": len(endNames) - 1, "Phase": int(numPhases), "Outcome": len(outcomeNames) - 1,
		"Reason": int(numReasons) - 1, "Sort": int(numSorts),
	}
	for kind, e := range enums {
		if len(e.all) != sizes[kind] {
			t.Errorf("%s: got %d values, want %d", kind, len(e.all), sizes[kind])
		}
	}
	if !slices.IsSorted(Fields()) || !slices.IsSorted(Causes()) || !slices.IsSorted(StepKinds()) || !slices.IsSorted(Ends()) ||
		!slices.IsSorted(Phases()) || !slices.IsSorted(Roles()) || !slices.IsSorted(Outcomes()) || !slices.IsSorted(Reasons()) {
		t.Error("a list is not in the order of its values")
	}
}

// TestEnumRoundTrip: a name reads back as its value, and nothing else reads as
// any.
func TestEnumRoundTrip(t *testing.T) {
	for kind, e := range enums {
		for _, v := range e.all {
			if m, ok := v.(encoding.TextMarshaler); ok {
				if text, err := m.MarshalText(); err != nil || string(text) != v.String() {
					t.Errorf("%s: %s is written as %q, %v", kind, v, text, err)
				}
			}
			if e.parse == nil {
				continue
			}
			if got, ok := e.parse(v.String()); !ok || got != v {
				t.Errorf("%s: %q reads as %v, %t", kind, v, got, ok)
			}
		}
		for _, wrong := range []string{"", " ", "nothing", "SYD-H-", e.all[0].String() + " "} {
			if e.parse == nil {
				continue
			}
			if got, ok := e.parse(wrong); ok {
				t.Errorf("%s: %q reads as %q", kind, wrong, got)
			}
		}
	}
}

// TestUnmarshalForgets: what was in a value before it was read does not stay.
func TestUnmarshalForgets(t *testing.T) {
	h, c, k, e, r := Created, CauseAbsent, Create, InStep, HoldTaken
	for _, p := range []encoding.TextUnmarshaler{&h, &c, &k, &e, &r} {
		if err := p.UnmarshalText([]byte("no such name")); err != nil {
			t.Error(err)
		}
	}
	if h != HowNone || c != CauseNone || k != StepNone || e != EndNone || r != ReasonNone {
		t.Errorf("got %v %v %v %v %v, want none of each", h, c, k, e, r)
	}
}

// TestReasons: each has a code that is its alone, and says what it means and
// what to do.
func TestReasons(t *testing.T) {
	code := regexp.MustCompile(`^SYD-[HWR]-[A-Z-]+$`)
	kind := func(r Reason) string {
		switch {
		case r >= RefuseCreate:
			return "SYD-R-"
		case r >= WarnLocked:
			return "SYD-W-"
		}
		return "SYD-H-"
	}
	for _, r := range Reasons() {
		if c := r.Code(); !code.MatchString(c) || c[:6] != kind(r) || c != r.String() {
			t.Errorf("reason %d has the code %q, want one like %s", r, c, kind(r))
		}
		for _, text := range []string{r.Meaning(), r.Remedy()} {
			if len(text) < 5 || text[len(text)-1] == '.' {
				t.Errorf("%s says %q", r, text)
			}
		}
		if r.Meaning() == r.Remedy() {
			t.Errorf("%s gives its meaning as a remedy", r)
		}
		if want := r == HoldPolicy || r == HoldProtected; r.Chosen() != want {
			t.Errorf("%s is chosen: got %t", r, r.Chosen())
		}
	}
}

// TestReasonCodesStay: a code that was once in a log keeps its meaning. Add
// here, never change.
func TestReasonCodesStay(t *testing.T) {
	want := []string{
		"SYD-H-TAKEN", "SYD-H-AMBIGUOUS", "SYD-H-TWIN", "SYD-H-INCOMPLETE", "SYD-H-ILLEGIBLE", "SYD-H-PROTECTED", "SYD-H-BLOCKED",
		"SYD-H-GONE", "SYD-H-USERNAME-HELD", "SYD-H-EMAIL-HELD", "SYD-H-AUTH-HELD", "SYD-H-INVALID", "SYD-H-SEATS", "SYD-H-SERVER",
		"SYD-H-REFUSED", "SYD-H-UNCONFIRMED", "SYD-H-POLICY", "SYD-H-SOURCE", "SYD-H-JOIN", "SYD-H-REPLACED", "SYD-H-SEEN", "SYD-H-UNASKED",
		"SYD-H-CHANGED", "SYD-H-UNHEARD", "SYD-H-ERASE", "SYD-H-GUESTS", "SYD-H-UNFINISHED", "SYD-H-PICTURE", "SYD-H-PICTURE-MOVED", "SYD-H-RECORD", "SYD-H-ANCHOR", "SYD-H-VALUE",
		"SYD-W-LOCKED", "SYD-W-AUTH", "SYD-W-ONE-WAY", "SYD-W-SESSIONS", "SYD-W-PICTURE", "SYD-W-PICTURE-LOCKED", "SYD-W-TOKENS", "SYD-R-LIMIT-CREATE", "SYD-R-LIMIT-DEACTIVATE", "SYD-R-LIMIT-ABSENT", "SYD-R-LIMIT-REACTIVATE", "SYD-R-LIMIT-PATCH",
		"SYD-R-LIMIT-USERNAME", "SYD-R-LIMIT-EMAIL", "SYD-R-LIMIT-AUTH", "SYD-R-SHRINK",
		"SYD-R-LIMIT-REVOKE", "SYD-R-EMPTY", "SYD-R-FEW", "SYD-R-FILL", "SYD-R-DAY", "SYD-R-JOIN", "SYD-R-CONFIG", "SYD-R-LIMIT-ERASE", "SYD-R-LIMIT-ROLE", "SYD-R-SEATS", "SYD-R-LIMIT-PICTURE",
	}
	for i, r := range Reasons() {
		if i >= len(want) || r.Code() != want[i] {
			t.Errorf("code %d is %s", i, r)
		}
	}
	if len(Reasons()) != len(want) {
		t.Errorf("got %d reasons, want %d", len(Reasons()), len(want))
	}
}
