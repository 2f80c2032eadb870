package sync

import (
	"strings"
	"testing"
)

func TestParsePattern(t *testing.T) {
	tests := []struct {
		text, want, err string
	}{
		{text: "role:system_admin", want: "role:system_admin"},
		{text: "role:system_guest", want: "role:system_guest"},
		{text: "username:svc-*", want: "username:svc-*"},
		{text: "username:SVC-?", want: "username:svc-?"},
		{text: "email:*@Example.org", want: "email:*@example.org"},
		{text: "email:a:b", want: "email:a:b"},
		{text: "username:[a-c]*", want: "username:[a-c]*"},
		{text: "", err: "want role:NAME"},
		{text: "svc-*", err: "want role:NAME"},
		{text: "username:", err: "want role:NAME"},
		{text: ":svc-*", err: "want role:NAME"},
		{text: "user:svc-*", err: "want role:NAME"},
		{text: "Username:svc-*", err: "want role:NAME"},
		{text: "role:admin", err: `role "admin" is not known`},
		{text: "role:system_*", err: `role "system_*" is not known`},
		{text: "role:System_Admin", err: "is not known"},
		{text: "username:[a", err: "a [ is not closed"},
		{text: "email:[a", err: "a [ is not closed"},
	}
	for _, tt := range tests {
		got, err := ParsePattern(tt.text)
		switch {
		case tt.err != "":
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: got error %v, want one with %q", tt.text, err, tt.err)
			}
			if got != (Pattern{}) {
				t.Errorf("%q: got %v beside an error, want the zero pattern", tt.text, got)
			}
		case err != nil:
			t.Errorf("%q: %v", tt.text, err)
		default:
			text, _ := got.MarshalText()
			if got.String() != tt.want || string(text) != tt.want {
				t.Errorf("%q: got %q and %q, want %q", tt.text, got, text, tt.want)
			}
			if again, err := ParsePattern(got.String()); again != got || err != nil {
				t.Errorf("%q: read back as %v, %v", tt.text, again, err)
			}
		}
	}
}

func TestPatternMatch(t *testing.T) {
	admin, guest := User{Admin: true}, User{Guest: true}
	username := func(s string) User { return User{Profile: Profile{Username: s, Email: "e@x.org"}} }
	email := func(s string) User { return User{Profile: Profile{Username: "u", Email: s}} }
	tests := []struct {
		pattern string
		user    User
		want    bool
	}{
		{"role:system_admin", admin, true},
		{"role:system_admin", guest, false},
		{"role:system_admin", User{}, false},
		{"role:system_guest", guest, true},
		{"role:system_guest", admin, false},
		{"username:svc-*", username("svc-ldap"), true},
		{"username:svc-*", username("svc-"), true},
		{"username:svc-*", username("SVC-ldap"), true},
		{"username:SVC-*", username("svc-ldap"), true},
		{"username:svc-*", username("svc"), false},
		{"username:svc-*", username("my-svc-x"), false},
		{"username:svc-*", email("svc-x@x.org"), false},
		{"username:svc-?", username("svc-1"), true},
		{"username:svc-?", username("svc-12"), false},
		{"username:svc-?", username("svc-ä"), true},
		{"username:a.b", username("axb"), false},
		{"username:a[12]", username("a2"), true},
		{"username:a[12]", username("a3"), false},
		{"username:*", username(""), true},
		{"email:*@x.org", email("a@X.org"), true},
		{"email:*@x.org", email("a@x.org.evil"), false},
		{"email:*@x.org", email("a/b@x.org"), true},
		{"email:*@x.org", username("a@x.org"), true}, // its e-mail is e@x.org
		{"email:e@*", username("x"), true},
		{"email:a@*", username("a@x.org"), false},
	}
	for _, tt := range tests {
		p, err := ParsePattern(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match(tt.user); got != tt.want {
			t.Errorf("%s against %+v: got %t, want %t", tt.pattern, tt.user, got, tt.want)
		}
	}
	if (Pattern{}).Match(User{Admin: true, Guest: true}) {
		t.Error("the zero pattern names nobody")
	}
}
