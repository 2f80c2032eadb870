package sync

import (
	"fmt"
	"path"
	"strings"
)

// A Pattern names accounts: "role:system_admin", "role:system_guest",
// "username:svc-*" or "email:*@example.org". In the latter two, * stands for
// any run of characters and ? for one.
type Pattern struct {
	kind string
	glob string
}

// The kinds of pattern.
const (
	patternRole     = "role"
	patternUsername = "username"
	patternEmail    = "email"
)

// ParsePattern reads a pattern.
func ParsePattern(s string) (Pattern, error) {
	kind, glob, ok := strings.Cut(s, ":")
	if !ok || glob == "" {
		return Pattern{}, fmt.Errorf("%q is no pattern: want role:NAME, username:GLOB or email:GLOB", s)
	}
	switch kind {
	case patternRole:
		if glob != "system_admin" && glob != "system_guest" {
			return Pattern{}, fmt.Errorf("role %q is not known: want system_admin or system_guest", glob)
		}
	case patternUsername, patternEmail:
		if _, err := path.Match(glob, ""); err != nil {
			return Pattern{}, fmt.Errorf("%q is no pattern: a [ is not closed", s)
		}
		glob = strings.ToLower(glob)
	default:
		return Pattern{}, fmt.Errorf("%q is no pattern: want role:NAME, username:GLOB or email:GLOB", s)
	}
	return Pattern{kind, glob}, nil
}

// String returns the pattern as it was written, in lower case.
func (p Pattern) String() string { return p.kind + ":" + p.glob }

// MarshalText implements [encoding.TextMarshaler].
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Match reports whether the pattern names the account.
func (p Pattern) Match(u User) bool {
	switch p.kind {
	case patternRole:
		return p.glob == "system_admin" && u.Admin || p.glob == "system_guest" && u.Guest
	case patternUsername:
		return globMatch(p.glob, Canonical(Username, u.Profile[Username]))
	case patternEmail:
		return globMatch(p.glob, Canonical(Email, u.Profile[Email]))
	}
	return false
}

func globMatch(glob, value string) bool {
	ok, err := path.Match(glob, strings.ReplaceAll(value, "/", "_"))
	return ok && err == nil
}
