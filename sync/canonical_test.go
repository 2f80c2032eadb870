package sync

import (
	"testing"
	"unicode"
)

func TestCanonical(t *testing.T) {
	tests := []struct {
		field    Field
		in, want string
	}{
		{Username, "", ""},
		{Username, "Ann.B", "ann.b"},
		{Username, "ann\u202e\ufeff", "ann"},
		{Username, " ann ", " ann "}, // the server refuses it, so it is not hidden
		{Username, "ÄNN", "änn"},
		{Email, " Ann@X.org\t", "ann@x.org"},
		{Email, "\u00a0ann@x.org\u2003", "ann@x.org"},
		{Email, "ann@münchen.DE", "ann@münchen.de"},
		{Email, "ann\u202e@x.org", "ann\u202e@x.org"}, // dropped from names only
		{FirstName, "Ann", "Ann"},
		{FirstName, " Ann ", " Ann "},
		{FirstName, "A\u202an\u2069n\u2028", "An\u2069n"},
		{LastName, "M\u206Fü\uFFFAller", "Müller"},
		{Nickname, "\u0340\u0341\u17a3\u17d3x", "x"},
		{Nickname, "\u2027\u202f\u2069\u2070\ufefe\ufff8\ufffd", "\u2027\u202f\u2069\u2070\ufefe\ufff8\ufffd"}, // beside the ranges
		{Nickname, "\u202a\u202e\u2028\u2029\u206a\u206f\ufeff\ufff9\ufffc", ""},                               // their ends
		{Position, "Chef\u202e", "Chef\u202e"},
		{Locale, "DE", "DE"},
		{numFields, "Ä", "Ä"},
	}
	for _, tt := range tests {
		if got := Canonical(tt.field, tt.in); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.field, tt.in, got, tt.want)
		}
	}
}

func TestCanonicalProfile(t *testing.T) {
	p := Profile{Username: "Ann", Email: " A@X.org", FirstName: "A\ufeff", LastName: "B\ufeff", Nickname: "C\ufeff", Position: "D\ufeff", Locale: "E\ufeff"}
	want := Profile{"ann", "a@x.org", "A", "B", "C", "D\ufeff", "E\ufeff"}
	if got := p.canonical(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzCanonical: what is canonical stays as it is, or the same change would be
// due for ever.
func FuzzCanonical(f *testing.F) {
	for _, v := range []string{"", "Ann", " Ann@X.org ", "A\u202en", "İstanbul", "ǅ", "\xff\xfe", "a\xffb", "\u0340\xff"} {
		for field := range uint8(numFields) {
			f.Add(field, v)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, v string) {
		field := Field(n % uint8(numFields))
		once := Canonical(field, v)
		if twice := Canonical(field, once); twice != once {
			t.Errorf("%s %q: got %q, then %q", field, v, once, twice)
		}
	})
}

// TestCanonicalOfEveryRune does what fuzzing would need luck for.
func TestCanonicalOfEveryRune(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		for field := range numFields {
			for _, v := range []string{string(r), "a" + string(r) + "B"} {
				once := Canonical(field, v)
				if twice := Canonical(field, once); twice != once {
					t.Fatalf("%s %q: got %q, then %q", field, v, once, twice)
				}
			}
		}
	}
}
