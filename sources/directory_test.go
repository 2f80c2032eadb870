package sources

import (
	"testing"
	"time"
)

func TestFiletime(t *testing.T) {
	tests := []struct {
		text string
		want time.Time
		ok   bool
	}{
		{"", time.Time{}, true},
		{"0", time.Time{}, true},
		{"9223372036854775807", time.Time{}, true},
		{"116444736000000000", time.Unix(0, 0).UTC(), true},
		{"133776576000000000", time.Date(2024, 12, 3, 0, 0, 0, 0, time.UTC), true},
		{"1", time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC), true},
		{"-5", time.Time{}, false},
		{"never", time.Time{}, false},
	}
	for _, tt := range tests {
		got, err := filetime(tt.text)
		if !got.at.Equal(tt.want) || got.at.IsZero() != tt.want.IsZero() || (err == nil) != tt.ok {
			t.Errorf("%q: got %v, %v, want %v", tt.text, got.at, err, tt.want)
		}
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]time.Time{"": {}, "-1": {}, "0": time.Unix(0, 0), "20000": time.Date(2024, 10, 4, 0, 0, 0, 0, time.UTC)} {
		if got, err := days(text); err != nil || !got.at.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got.at, err, want)
		}
	}
	for _, text := range []string{"-2", "x", "99999999999"} {
		if _, err := days(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

// TestStatusOfAccounts: what directories write of an account is read, or the
// person is held; it is never taken for "in order" or "disabled" by mistake.
func TestStatusOfAccounts(t *testing.T) {
	reject := func(why error) string { return "reject: mapping.nickname.from: " + why.Error() + " (attribute x)" }
	tests := []struct{ call, value, want string }{
		{"bit(x, 2)", "512", "no"},
		{"bit(x, 2)", "66050", "yes"}, // beside other bits
		{"bit(x, 2)", "TRUE", reject(errNumber)},
		{"past(filetime(x))", "never", reject(errNoFiletime)},
		{"past(days(x))", "never", reject(errNoDays)},
		{"past(days(x))", "20781", "yes"}, // the 24th, which has begun
		{"past(days(x))", "20782", "no"},
		{"flag(x)", "true", "yes"},
		{"flag(x)", "TRUE", "yes"},
		{"flag(x)", "FALSE", "no"},
		{"flag(x)", "1", reject(errNoFlag)},
		{"flag(x)", "truer", reject(errNoFlag)},
		{"adminLocked(x)", "000001010000Z", "yes"},
		{"adminLocked(x)", "20261124113000Z", "no"},
		{"adminLocked(x)", "20261124113000.5Z", "no"},
		{"adminLocked(x)", "20261124", reject(errNoLock)},
		{"adminLocked(x)", "locked", reject(errNoLock)},
		{"lockedOut(x)", "16", "yes"},
		{"lockedOut(x)", "8388608", "no"},
		{"lockedOut(x)", "8388624", "yes"},
		{"passwordExpired(x)", "16", "no"},
		{"passwordExpired(x)", "8388608", "yes"},
		{"passwordExpired(x)", "8388624", "yes"},
		{"passwordExpired(x)", "-2147483648", "no"}, // it is signed
		{"passwordExpired(x)", "0x800000", reject(errNumber)},
	}
	for _, tt := range tests {
		if got := evaluated(t, tt.call+" ? 'yes' : 'no'", Record{"x": tt.value}); got != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.call, tt.value, got, tt.want)
		}
	}
}

func TestSMTP(t *testing.T) {
	tests := []struct {
		list []string
		want string
	}{
		{nil, ""},
		{[]string{"smtp:b@x.org", "SMTP:c@x.org", "X500:/o=x"}, "c@x.org"},
		{[]string{"smtp:b@x.org", "smtp:a@x.org", "sip:s@x.org"}, "a@x.org"},
		{[]string{"plain@x.org"}, "plain@x.org"},
	}
	for _, tt := range tests {
		if got := smtp(tt.list); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.list, got, tt.want)
		}
	}
}
