package config

import (
	"strings"
	"testing"
	"time"
)

// To delete for good is off, takes a month at least, and is allowed by one word
// only. A change of any of it must be accepted.
func TestErase(t *testing.T) {
	day := 24 * time.Hour
	plain, err := Parse("syncd.yaml", []byte(minimal), nil)
	if err != nil || plain.Policy().Erase != 0 || plain.Allows(AllowErase) {
		t.Fatalf("got %v, %v, want that it is off", plain.Policy().Erase, err)
	}
	for _, tt := range []struct {
		set   []string
		after time.Duration
		allow bool
		fault string
	}{
		{[]string{"erase.after=400d"}, 400 * day, false, ""},
		{[]string{"erase.after=0s"}, 0, false, ""},
		{[]string{"erase.after=30d", "allow=[erase]"}, 30 * day, true, ""},
		{[]string{"erase.after=29d"}, 0, false, "erase.after: this is too short, want 30d or more"},
		{[]string{"allow=[erase, all]"}, 0, false, "allow[1]: there is nothing of this name to be allowed"},
	} {
		c, err := Parse("syncd.yaml", []byte(minimal), tt.set)
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%v: got %v, want %s", tt.set, err, tt.fault)
			}
			continue
		}
		if err != nil || c.Policy().Erase != tt.after || c.Allows(AllowErase) != tt.allow {
			t.Errorf("%v: got %v, %v", tt.set, c, err)
		} else if (c.Deciding() == plain.Deciding()) != (tt.after == 0 && !tt.allow) {
			t.Errorf("%v: got that it need not be accepted: %t", tt.set, c.Deciding() == plain.Deciding())
		}
	}
}
