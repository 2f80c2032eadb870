package sources

import (
	"errors"
	"fmt"
	"net/mail"
	"strconv"
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
// contain the value; of one that is no text a few bytes are shown, because
// nobody finds them otherwise.
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
			return "", fmt.Errorf("%w at byte %d: %s", errNUL, i+1, excerpt(s, i))
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	switch {
	case ascii:
		return strings.TrimSpace(s), nil
	case !utf8.ValidString(s):
		i := invalidAt(s)
		return "", fmt.Errorf("%w at byte %d: %s", errNotText, i+1, excerpt(s, i))
	case strings.ContainsRune(s, utf8.RuneError):
		return "", errLost
	}
	return norm.NFC.String(strings.TrimSpace(s)), nil
}

// invalidAt returns the place of the first byte that is no part of UTF-8.
func invalidAt(s string) int {
	for i, r := range s {
		if _, size := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return len(s)
}

// excerpt shows up to 32 bytes of what should be text and is not, around the
// given place. All but printable ASCII is escaped as Go does: "M\xfcller".
func excerpt(s string, at int) string {
	const most, before = 32, 8
	start := max(0, at-before)
	for start < at && !utf8.RuneStart(s[start]) {
		start++
	}
	end := min(len(s), start+most)
	for end < len(s) && end > at+1 && !utf8.RuneStart(s[end]) {
		end--
	}
	text := strconv.QuoteToASCII(s[start:end])
	if start > 0 {
		text = "…" + text
	}
	if end < len(s) {
		text += "…"
	}
	return text
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
