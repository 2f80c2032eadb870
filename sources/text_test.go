package sources

import (
	"errors"
	"strings"
	"testing"
)

// TestDamageIsShown: what is no text is shown as the bytes it is, few of them,
// and never as a replacement character.
func TestDamageIsShown(t *testing.T) {
	long := strings.Repeat("x", 40)
	tests := map[string]struct{ value, want string }{
		"Latin-1":                     {"M\xfcller", `is not valid UTF-8 at byte 2: "M\xfcller"`},
		"after text":                  {"\u00fc\xff", `is not valid UTF-8 at byte 3: "\u00fc\xff"`},
		"far into a long text":        {long + "\xff" + long, `is not valid UTF-8 at byte 41: …"xxxxxxxx\xffxxxxxxxxxxxxxxxxxxxxxxx"…`},
		"among other scripts":         {strings.Repeat("\u0449", 9) + "\xff" + strings.Repeat("\u0449", 30), `is not valid UTF-8 at byte 19: …"\u0449\u0449\u0449\u0449\xff` + strings.Repeat("\\u0449", 11) + `"…`},
		"odd place to begin":          {"\u20ac\u20ac\u20ac\xff", `is not valid UTF-8 at byte 10: …"\u20ac\u20ac\xff"`},
		"cut short":                   {"abc\xe2\x82", `is not valid UTF-8 at byte 4: "abc\xe2\x82"`},
		"bytes of an image":           {"\xff\xd8\xff\xe0" + long, `is not valid UTF-8 at byte 1: "\xff\xd8\xff\xe0xxxxxxxxxxxxxxxxxxxxxxxxxxxx"…`},
		"a GUID":                      {"\xe2\x18\x21;\x00", `contains a NUL at byte 5: "\xe2\x18!;\x00"`},
		"U+FFFD is no damage of ours": {"M\ufffdller", errLost.Error()},
	}
	for name, tt := range tests {
		got, err := clean(tt.value)
		if err == nil || err.Error() != tt.want || got != "" {
			t.Errorf("%s: got %q, %v\nwant %s", name, got, err, tt.want)
		}
	}
	if _, err := clean("\xff"); !errors.Is(err, errNotText) {
		t.Errorf("got %v, want %v", err, errNotText)
	}
}
