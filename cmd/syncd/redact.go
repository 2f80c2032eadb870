package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of a record is shown.
const (
	valueShown  = 56 // characters
	valuesShown = 5
)

// notShown stands for a value that nobody but its owner should see.
const notShown = "(not shown)"

// isSecret reports whether an attribute holds what proves who somebody is. Of a
// password it may be known when it was changed.
func isSecret(attribute string) bool {
	name, _, _ := strings.Cut(strings.ToLower(attribute), ";")
	name = strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(name) // api_key, private-key
	about := []string{"time", "lastset", "changed", "date", "count", "expires", "expired", "expiration", "subentry", "reset", "lastsuccess"}
	if slices.ContainsFunc(about, func(end string) bool { return strings.HasSuffix(name, end) }) {
		return false
	}
	parts := []string{"passw", "passcode", "pwd", "kennwort", "secret", "credential", "token", "otp", "nthash", "apikey", "privatekey", "accesskey", "signingkey", "encryptionkey", "recoverykey", "pkcs12",
		"krbprincipalkey", "krb5key", "krbextradata", "keymaterial"}
	return name == "pin" || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
}

// isPicture reports whether an attribute holds what is no use as text.
func isPicture(attribute string) bool {
	name := strings.ToLower(attribute)
	parts := []string{"photo", "picture", "avatar", "thumbnail", "image", "certificate", "audio"}
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
}

// redacted returns the values of an attribute as they may be shown, those that
// may be shown as they are by way of plain; and how many there are beyond.
func redacted(attribute string, value any, plain func(string) string) (shown []string, more int) {
	var values []string
	switch v := value.(type) {
	case string:
		values = []string{v}
	case []string:
		values = v
	}
	if len(values) > valuesShown {
		values, more = values[:valuesShown], len(values)-valuesShown
	}
	for _, v := range values {
		text, whole := redactedValue(attribute, v)
		if whole {
			text = plain(v)
		}
		shown = append(shown, text)
	}
	return shown, more
}

// redactedValue returns what stands for a value, unless it may be shown.
func redactedValue(attribute, v string) (text string, whole bool) {
	odd := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
	switch {
	case v == "":
		return "", true
	case isSecret(attribute):
		return notShown, false
	case isPicture(attribute), !utf8.ValidString(v), strings.ContainsFunc(v, odd):
		return "(" + plural(len(v), "byte", "bytes") + ")", false
	}
	return "", true
}

// quoted shows a text in quotes, or its beginning.
func quoted(v string) string {
	short := shortened(v)
	if short == v {
		return `"` + clean(v) + `"`
	}
	return fmt.Sprintf(`"%s" (%s)`, clean(short), plural(utf8.RuneCountInString(v), "character", "characters"))
}

// shortened returns a text, or its beginning.
func shortened(v string) string {
	if runes := []rune(v); len(runes) > valueShown {
		return string(runes[:valueShown]) + "…"
	}
	return v
}
