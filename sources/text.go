package sources

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The largest values that are taken.
const (
	maxValue    = 64 << 10
	maxAnchor   = 256
	maxEmail    = 128
	maxAuthData = 128
)

// What can be wrong with a value. The texts go into rejects, so they do not
// contain the value.
var (
	errTooLong = errors.New("is longer than 64 KiB")
	errNotText = errors.New("is not valid UTF-8")
	errNUL     = errors.New("contains a NUL")
	errLost    = errors.New("contains U+FFFD, left by an earlier conversion that lost a character")
	errControl = errors.New("contains a control character")
	errMany    = errors.New("has several values where one is needed: use first, has or join")
	errKind    = errors.New("is neither text nor a list of texts")
)

// clean returns a raw value without white space around it and in NFC.
func clean(s string) (string, error) {
	if len(s) > maxValue {
		return "", errTooLong
	}
	ascii := true
	for i := range len(s) {
		if s[i] == 0 {
			return "", errNUL
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	switch {
	case ascii:
		return strings.TrimSpace(s), nil
	case !utf8.ValidString(s):
		return "", errNotText
	case strings.ContainsRune(s, utf8.RuneError):
		return "", errLost
	}
	return norm.NFC.String(strings.TrimSpace(s)), nil
}

// finish returns a value as it goes into an identity.
func finish(s string) (string, error) {
	s, err := clean(s)
	if err == nil && strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return "", errControl
	}
	return s, err
}

// isAddress reports whether a chat server takes s for an e-mail address. It
// checks as the server does: one address, written just as it was parsed.
func isAddress(s string) bool {
	if len(s) > maxEmail || strings.Count(s, "@") != 1 {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}
