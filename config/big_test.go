package config

import (
	"fmt"
	"strings"
	"testing"
)

// Files that are made to take long or much end in one mistake, or in as many
// as they have, and never in a crash.
func TestHostileFiles(t *testing.T) {
	many := func(n int, line string) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, line, i)
		}
		return text.String()
	}
	for _, test := range []struct {
		name, text, want string
		mistakes         int
	}{
		{"too large", minimal + strings.Repeat("#", maxText), "larger than 1 MiB", 1},
		{"not UTF-8", "version: \xff\n", "not UTF-8", 1},
		{"UTF-16", "\xff\xfev\x00e\x00", "not UTF-8", 1},
		{"deep lists", minimal + "tests: " + strings.Repeat("[", 10_000), "exceeded max depth", 1},
		{"deep mappings", minimal + "tests: " + strings.Repeat("{a: ", 10_000), "exceeded max depth", 1},
		{"many values", minimal + "protect: [" + strings.Repeat("a,", 300_000) + "]\n", "too many values", 1},
		{"many unknown keys", minimal + many(20_000, "k%d: {a: 1}\n"), "unknown key", 20_000},
		{"many keys twice", minimal + many(20_000, "instance: a%d\n"), "the key is here twice", 19_999},
		{"many wrong values", minimal + "protect:\n" + many(20_000, "  - x%d\n"), "is no pattern", 20_000},
		{"a long key", minimal + strings.Repeat("k", 1000) + ": 1\n", "unknown key", 1},
		{"a long value", minimal + "policy: " + strings.Repeat("k", 500_000) + "\n", "the key is here twice", 1},
		{"a long expression", strings.Replace(minimal, "login", strings.Repeat("lower(", 5000)+"login"+strings.Repeat(")", 5000), 1), "mapping.username", 1},
	} {
		_, err := Parse("syncd.yaml", []byte(test.text), nil)
		got, ok := err.(Errors)
		if !ok || len(got) != test.mistakes || !strings.Contains(got[0].Error(), test.want) {
			t.Errorf("%s: got %d mistakes, the first %.200v, want %d with %q", test.name, len(got), err, test.mistakes, test.want)
			continue
		}
		if longest := len(got[0].Error()); longest > 500 {
			t.Errorf("%s: got an error of %d bytes, want a short one", test.name, longest)
		}
	}
}

func TestUnusualFilesAreRead(t *testing.T) {
	for name, text := range map[string]string{
		"windows line ends":      strings.ReplaceAll(minimal, "\n", "\r\n"),
		"a byte order mark":      "\ufeff" + minimal,
		"a start mark":           "---\n" + minimal,
		"an end mark":            minimal + "...\n",
		"comments around":        "# one\n" + minimal + "# two\n",
		"aliases":                strings.Replace(minimal, "login, email: mail", "&a login, email: *a", 1),
		"one line":               `{version: 1, policy: sync, mattermost: {url: "https://x", token: "env:A"}, sources: [{name: a, type: csv, path: p, anchor: {attribute: i}, mapping: {username: l, email: m}}]}`,
		"a host on this machine": strings.Replace(minimal, "https://chat.example.org", "http://[::1]:8065", 1),
		"an empty list":          minimal + "tests: []\nprotect: []\n",
	} {
		if _, err := Parse("syncd.yaml", []byte(text), nil); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte(minimal + "tests:\n" + strings.Repeat("  - { record: { id: 1, login: a, mail: a@example.org }, expect: { username: a } }\n", 1000))
	for b.Loop() {
		if _, err := Parse("syncd.yaml", text, nil); err != nil {
			b.Fatal(err)
		}
	}
}
