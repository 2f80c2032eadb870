package sync

import (
	"strings"
	"testing"
)

func TestRuleRefuses(t *testing.T) {
	tests := []struct {
		name  string
		rule  Rule
		value string
		want  string // a part of the reason; "" if it is accepted
	}{
		{"no rule", Rule{}, "", ""},
		{"no rule for much", Rule{}, strings.Repeat("ä", 1000), ""},
		{"long enough", Rule{MinBytes: 3}, "abc", ""},
		{"too short", Rule{MinBytes: 3}, "ab", "is too short"},
		{"bytes count", Rule{MinBytes: 4}, "ää", ""},
		{"empty is too short", Rule{MinBytes: 1}, "", "is too short"},
		{"not too many bytes", Rule{MaxBytes: 4}, "ää", ""},
		{"too many bytes", Rule{MaxBytes: 4}, "ääa", "has 5 bytes, the server takes 4"},
		{"not too many characters", Rule{MaxRunes: 2}, "ää", ""},
		{"too many characters", Rule{MaxRunes: 2}, "ääa", "has 3 characters, the server takes 2"},
		{"in the alphabet", Rule{Alphabet: "abcä"}, "cab", ""},
		{"outside the alphabet", Rule{Alphabet: "abcä"}, "aäö", "has the character 'ö', which the server refuses"},
		{"outside the alphabet at once", Rule{Alphabet: "abcä"}, "öa", "has the character 'ö'"},
		{"empty is in every alphabet", Rule{Alphabet: "a"}, "", ""},
		{"reserved", Rule{Reserved: []string{"all", "here"}}, "here", `"here" is reserved`},
		{"only a part is reserved", Rule{Reserved: []string{"all"}}, "allen", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.rule.refuses(tt.value)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRefusedValueIsNotRepeated: a detail reaches the log.
func TestRefusedValueIsNotRepeated(t *testing.T) {
	in := Input{Now: now, Policy: defaultPolicy()}
	in.Facts.Rules[FirstName].MaxRunes = 3
	id := enabled("ad:1", "ann", "ann@x.org")
	id.States |= SetOf(FirstName)
	id.Profile[FirstName] = "Secret"
	in.Roster = stated(id)
	p := NewPlan(in)
	if len(p.Held) != 1 || strings.Contains(p.Held[0].Detail, "Secret") {
		t.Errorf("got\n%s", printPlan(p))
	}
}
