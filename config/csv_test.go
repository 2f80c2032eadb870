package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources/csvfile"
)

func TestEncodingsAreThoseOfTheSource(t *testing.T) {
	if diff := cmp.Diff(encodings(), csvfile.Encodings()); diff != "" {
		t.Errorf("got (-), want (+):\n%s", diff)
	}
}

// What the configuration accepts, the source accepts, and the other way round:
// no mistake is left for the first run.
func TestSignsAreThoseOfTheSource(t *testing.T) {
	signs := []string{",", ";", "\t", "|", `"`, "'", "#", "ä", ",,", "tab", "auto", "none", "\x00", "\n"}
	for _, delimiter := range signs {
		for _, quote := range []string{`"`, "'", "none"} {
			for _, comment := range append(signs[:9:9], "") {
				text := strings.Replace(minimal, "path: people.csv", fmt.Sprintf("path: people.csv\n    delimiter: %q\n    quote: %q\n    comment: %q", delimiter, quote, comment), 1)
				c, err := Parse("syncd.yaml", []byte(text), nil)
				ok := err == nil
				if c == nil {
					c = parsed(t, minimal)
				}
				_, err = csvfile.New(csvfile.Config{Name: "people", Path: "people.csv", Delimiter: delimiter, Quote: quote, Comment: comment}, c.Sources[0].Mapping)
				if ok != (err == nil) {
					t.Errorf("delimiter %q, quote %q, comment %q: got %v, want %v as the source says (%v)", delimiter, quote, comment, ok, err == nil, err)
				}
			}
		}
	}
}

func parsed(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("syncd.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
