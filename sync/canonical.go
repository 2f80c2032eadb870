package sync

import "strings"

// Canonical returns the one form in which a value is compared and written:
// user names and e-mails in lower case, e-mails without space around them, and
// without the code points that Mattermost drops when it stores a name. Both
// sides go through it, or the same change would be due for ever. (Unicode NFC
// needs tables that the standard library keeps to itself, so the sources see
// to that; a server stores what it is sent, so one change brings both sides
// together.)
func Canonical(f Field, value string) string {
	if plain(value) && f != Username && f != Email {
		return value
	}
	switch f {
	case Email:
		return strings.ToLower(strings.TrimSpace(value))
	case Username:
		return strings.ToLower(strings.Map(keep, value))
	case FirstName, LastName, Nickname:
		return strings.Map(keep, value)
	}
	return value
}

// plain reports whether every byte of s is ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// keep drops the bidirectional and deprecated format characters that
// Mattermost drops from names before it stores them.
func keep(r rune) rune {
	switch {
	case r >= 0x202A && r <= 0x202E, r == 0x2028, r == 0x2029,
		r >= 0x206A && r <= 0x206F, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFC,
		r == 0x0340, r == 0x0341, r == 0x17A3, r == 0x17D3:
		return -1
	}
	return r
}

// canonical returns the profile with every value in canonical form.
func (p Profile) canonical() Profile {
	for f := range numFields {
		p[f] = Canonical(f, p[f])
	}
	return p
}
