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
