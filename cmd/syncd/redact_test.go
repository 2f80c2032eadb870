package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedacted(t *testing.T) {
	tests := []struct {
		attribute string
		value     any
		want      []string
		more      int
	}{
		{"cn", "Ann", []string{`"Ann"`}, 0},
		{"cn", nil, nil, 0},
		{"userPassword", "{SSHA}x", []string{notShown}, 0},
		{"userPassword;binary", []string{"a", "b"}, []string{notShown, notShown}, 0},
		{"UnicodePwd", "x", []string{notShown}, 0},
		{"ms-Mcs-AdmPwd", "x", []string{notShown}, 0},
		{"sambaNTPassword", "x", []string{notShown}, 0},
		{"ipaNTHash", "x", []string{notShown}, 0},
		{"krbPrincipalKey", "x", []string{notShown}, 0},
		{"supplementalCredentials", "x", []string{notShown}, 0},
		{"Initial password", "x", []string{notShown}, 0},
		{"Kennwort", "x", []string{notShown}, 0},
		{"api_key", "x", []string{notShown}, 0},
		{"API Key", "x", []string{notShown}, 0},
		{"private-key", "x", []string{notShown}, 0},
		{"access-key", "x", []string{notShown}, 0},
		{"client_secret", "x", []string{notShown}, 0},
		{"pass_word", "x", []string{notShown}, 0},
		{"pass.code", "x", []string{notShown}, 0},
		{"pwd_last_set", "133", []string{`"133"`}, 0},
		{"sshPublicKey", "x", []string{`"x"`}, 0},
		{"ssh_public_key", "x", []string{`"x"`}, 0},
		{"shopping", "x", []string{`"x"`}, 0},
		{"PIN", "x", []string{notShown}, 0},
		{"userPKCS12", "x", []string{notShown}, 0},
		{"pwdLastSet", "133", []string{`"133"`}, 0},
		{"pwdChangedTime", "2026", []string{`"2026"`}, 0},
		{"badPwdCount", "3", []string{`"3"`}, 0},
		{"krbPasswordExpiration", "2026", []string{`"2026"`}, 0},
		{"jpegPhoto", "\xff\xd8", []string{"(2 bytes)"}, 0},
		{"thumbnailPhoto", "aGVsbG8=", []string{"(8 bytes)"}, 0},
		{"userCertificate;binary", "x", []string{"(1 byte)"}, 0},
		{"objectSid", "\x01\x05", []string{"(2 bytes)"}, 0},
		{"description", "two\nlines", []string{"\"two\uFFFDlines\""}, 0},
		{"description", strings.Repeat("ä", 57), []string{`"` + strings.Repeat("ä", 56) + `…" (57 characters)`}, 0},
		{"member", strings.Split("abcdefg", ""), []string{`"a"`, `"b"`, `"c"`, `"d"`, `"e"`}, 2},
	}
	for _, test := range tests {
		got, more := redacted(test.attribute, test.value, quoted)
		if diff := cmp.Diff(got, test.want); diff != "" || more != test.more {
			t.Errorf("%s: %d more (-got +want):\n%s", test.attribute, more, diff)
		}
	}
}
