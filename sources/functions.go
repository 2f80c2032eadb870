package sources

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A function is what expressions can call. Its types are checked at load, so
// call may assert them.
type function struct {
	name  string
	types []any // pointers to functions: the overloads
	call  func(args ...any) (any, error)
}

// Functions that the compiler puts in; nobody can write their names.
const (
	fnAt   = "at[]"   // list[n]
	fnPick = "pick[]" // one of the values of an attribute
)

var (
	errGrown  = errors.New("the text grew over 64 KiB")
	errNumber = errors.New("the value is no whole number")
)

// functions returns all of them.
func functions() []function {
	return slices.Concat(textFunctions(), listFunctions(), testFunctions(), statusFunctions())
}

func textFunctions() []function {
	return []function{
		text("lower", strings.ToLower),
		text("upper", strings.ToUpper),
		text("title", title),
		text("trim", strings.TrimSpace),
		text("translit", translit),
		text("slug", slug),
		{"first", []any{new(func(string, ...string) string)}, func(a ...any) (any, error) { return first(texts(a)), nil }},
		{"concat", []any{new(func(string, ...string) string)}, func(a ...any) (any, error) { return bounded(strings.Join(texts(a), "")) }},
		{"left", []any{new(func(string, int) string)}, func(a ...any) (any, error) { return left(a[0].(string), a[1].(int)), nil }},
		{"right", []any{new(func(string, int) string)}, func(a ...any) (any, error) { return right(a[0].(string), a[1].(int)), nil }},
		{"replace", []any{new(func(string, string, string) string)}, func(a ...any) (any, error) {
			return replace(a[0].(string), a[1].(string), a[2].(string))
		}},
	}
}

func listFunctions() []function {
	return []function{
		{"split", []any{new(func(string, string) []string)}, func(a ...any) (any, error) { return split(a[0].(string), a[1].(string)), nil }},
		{"part", []any{new(func(string, string, int) string)}, func(a ...any) (any, error) {
			return at(split(a[0].(string), a[1].(string)), a[2].(int)), nil
		}},
		{"join", []any{new(func([]string, string) string)}, func(a ...any) (any, error) {
			return bounded(strings.Join(a[0].([]string), a[1].(string)))
		}},
		{"smtp", []any{new(func([]string) string)}, func(a ...any) (any, error) { return smtp(a[0].([]string)), nil }},
		{fnAt, []any{new(func([]string, int) string)}, func(a ...any) (any, error) { return at(a[0].([]string), a[1].(int)), nil }},
		{fnPick, []any{new(func([]string) string)}, func(a ...any) (any, error) { return first(a[0].([]string)), nil }},
	}
}

func testFunctions() []function {
	two := []any{new(func(string, string) bool)}
	return []function{
		{"len", []any{new(func(string) int), new(func([]string) int)}, func(a ...any) (any, error) { return length(a[0]), nil }},
		{"empty", []any{new(func(string) bool), new(func([]string) bool)}, func(a ...any) (any, error) { return length(a[0]) == 0, nil }},
		{"has", []any{new(func([]string, string) bool), new(func(string, string) bool)}, func(a ...any) (any, error) { return has(a[0], a[1].(string)), nil }},
		{asWord("contains"), two, func(a ...any) (any, error) { return strings.Contains(a[0].(string), a[1].(string)), nil }},
		{asWord("startsWith"), two, func(a ...any) (any, error) { return strings.HasPrefix(a[0].(string), a[1].(string)), nil }},
		{asWord("endsWith"), two, func(a ...any) (any, error) { return strings.HasSuffix(a[0].(string), a[1].(string)), nil }},
		{asWord("matches"), []any{new(func(string, *regexp.Regexp) bool)}, func(a ...any) (any, error) {
			return a[1].(*regexp.Regexp).MatchString(a[0].(string)), nil
		}},
		{"date", []any{new(func(string) moment), new(func(string, []string) moment)}, func(a ...any) (any, error) {
			if len(a) == 1 {
				return date(a[0].(string), layouts())
			}
			return date(a[0].(string), a[1].([]string))
		}},
		{"past", []any{new(func(moment, time.Time) bool)}, func(a ...any) (any, error) { return past(a[0].(moment), a[1].(time.Time)), nil }},
	}
}

// statusFunctions read what directories write of an account.
func statusFunctions() []function {
	one := []any{new(func(string) bool)}
	return []function{
		{"bit", []any{new(func(string, int) bool), new(func(int, int) bool)}, func(a ...any) (any, error) { return bit(a[0], a[1].(int)) }},
		{"filetime", []any{new(func(string) moment)}, func(a ...any) (any, error) { return filetime(a[0].(string)) }},
		{"days", []any{new(func(string) moment)}, func(a ...any) (any, error) { return days(a[0].(string)) }},
		{"flag", one, func(a ...any) (any, error) { return flag(a[0].(string)) }},
		{"adminLocked", one, func(a ...any) (any, error) { return adminLocked(a[0].(string)) }},
		{"lockedOut", one, func(a ...any) (any, error) { return bit(a[0], bitLockedOut) }},
		{"passwordExpired", one, func(a ...any) (any, error) { return bit(a[0], bitPasswordExpired) }},
	}
}

// text makes a function of one text. A text may grow: translit writes щ as
// shch.
func text(name string, f func(string) string) function {
	return function{name, []any{new(func(string) string)}, func(a ...any) (any, error) { return bounded(f(a[0].(string))) }}
}

func texts(args []any) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.(string)
	}
	return out
}

func bounded(s string) (any, error) {
	if len(s) > maxValue {
		return "", errGrown
	}
	return s, nil
}

func first(list []string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

func left(s string, n int) string {
	for i := range s {
		if n <= 0 {
			return s[:i]
		}
		n--
	}
	return s
}

func right(s string, n int) string {
	cut := utf8.RuneCountInString(s) - max(n, 0)
	for i := range s {
		if cut <= 0 {
			return s[i:]
		}
		cut--
	}
	return ""
}

func replace(s, old, by string) (any, error) {
	if old == "" {
		return s, nil
	}
	if n := strings.Count(s, old); len(s)+n*(len(by)-len(old)) > maxValue {
		return "", errGrown
	}
	return strings.ReplaceAll(s, old, by), nil
}

// split returns the parts of s; an absent value has none.
func split(s, sep string) []string {
	switch {
	case s == "":
		return nil
	case sep == "":
		return []string{s}
	}
	return strings.Split(s, sep)
}

// at returns the n-th element; -1 is the last one. Beyond the ends is nothing.
func at(list []string, n int) string {
	if n < 0 {
		n += len(list)
	}
	if n < 0 || n >= len(list) {
		return ""
	}
	return list[n]
}

func length(v any) int {
	if list, ok := v.([]string); ok {
		return len(list)
	}
	return utf8.RuneCountInString(v.(string))
}

func has(v any, want string) bool {
	list, ok := v.([]string)
	if !ok {
		list = []string{v.(string)}
	}
	return slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == want })
}

// bit reports whether any bit of the mask is set, as in bit(userAccountControl,
// 2). An absent number has none.
func bit(v any, mask int) (any, error) {
	n, ok := v.(int)
	if s, isText := v.(string); isText && s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			return false, errNumber
		}
		ok = true
	}
	return ok && n&mask != 0, nil
}
