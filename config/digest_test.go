package config

import (
	"strings"
	"testing"
)

// TestDigest: the same text and assignments have the same digest, and any other
// ones another.
func TestDigest(t *testing.T) {
	text := "version: 1\npolicy: observe\nmattermost: { url: https://chat.example.org, token: env:TOKEN }\n" +
		"sources: [{ name: hr, type: csv, path: p.csv, anchor: { attribute: id }, mapping: { username: login, email: mail } }]\n"
	digest := func(text string, assignments ...string) string {
		t.Helper()
		c, err := Parse("syncd.yaml", []byte(text), assignments)
		if err != nil {
			t.Fatalf("%+v", err)
		}
		return c.Digest()
	}
	first := digest(text)
	if len(first) != 64 || strings.Trim(first, "0123456789abcdef") != "" || digest(text) != first {
		t.Errorf("got %q, then %q", first, digest(text))
	}
	seen := map[string]string{first: "the text"}
	for name, other := range map[string]string{
		"another value":     digest(strings.Replace(text, "observe", "sync", 1)),
		"an assignment":     digest(text, "policy=sync"),
		"two assignments":   digest(text, "policy=sync", "web.listen=127.0.0.1:1"),
		"in another order":  digest(text, "web.listen=127.0.0.1:1", "policy=sync"),
		"a line at the end": digest(text + "# end\n"),
	} {
		if twin := seen[other]; twin != "" {
			t.Errorf("%s has the digest of %s", name, twin)
		}
		seen[other] = name
	}
	if digestOf([]byte("ab"), []string{"c"}) == digestOf([]byte("a"), []string{"bc"}) {
		t.Error("what moved from the text into an assignment is not seen")
	}
}
