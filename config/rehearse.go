package config

import (
	"slices"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/sources"
)

// A Test is a record and what the mapping must make of it.
type Test struct {
	Name   string // as in the file, or "tests[0]"
	Source string // whose mapping is tested; "": that of the first source
	Record sources.Record
	Expect map[string]string // by the names of [sources.CheckNames]
	path   string
}

// A TestResult is what became of a test. It passed if there is no difference.
type TestResult struct {
	Test        Test
	At          Position
	Differences []sources.Difference
}

// RunTests runs all tests. Expressions that
// compare with the present see the given time.
func (c *Config) RunTests(now time.Time) []TestResult {
	results := make([]TestResult, 0, len(c.Tests))
	for _, t := range c.Tests {
		differences := c.mappingOf(t).Check(t.Record, t.Expect, now)
		results = append(results, TestResult{t, c.At(t.path), differences})
	}
	return results
}

// mappingOf returns what a test is about.
func (c *Config) mappingOf(t Test) *sources.Mapping {
	for _, s := range c.Sources {
		if s.Name == t.Source {
			return s.Mapping
		}
	}
	return c.Sources[0].Mapping
}

func (c *Config) readTest(o *object) {
	t := Test{path: o.path, Record: sources.Record{}, Expect: map[string]string{}}
	o.require("record", "expect")
	o.text("name", &t.Name, "what the test shows; without it, its number")
	if t.Name == "" {
		t.Name = o.path
	}
	o.text("source", &t.Source, "name of the source whose mapping it is about; the first one, if there are several")
	o.object("record", "attributes and their values: text, or a list of text", func(o *object) { o.record(t.Record) })
	o.object("expect", "what becomes of the record; what is not here is not compared", func(o *object) {
		for _, name := range sources.CheckNames() {
			o.expect(name, t.Expect)
		}
	})
	c.Tests = append(c.Tests, t)
}

// record reads attributes of any name. Numbers and dates are text there.
func (o *object) record(into sources.Record) {
	for key, n := range o.values {
		o.known = append(o.known, key)
		switch n.Kind {
		case yaml.ScalarNode:
			into[key] = written(n)
		case yaml.SequenceNode:
			into[key] = o.d.writtenAll(join(o.path, shown(key)), n)
		default:
			o.d.fault(o.d.at(n), join(o.path, shown(key)), is(n)+", want text or a list of text", "")
		}
	}
}

func (d *document) writtenAll(path string, n *yaml.Node) []string {
	all := make([]string, 0, len(n.Content))
	for i, one := range n.Content {
		if one.Kind != yaml.ScalarNode {
			d.fault(d.at(one), indexed(path, i), is(one)+", want text", "")
		}
		all = append(all, written(one))
	}
	return all
}

// written returns the value as the file has it; an absent one is "".
func written(n *yaml.Node) string {
	if n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// expect reads one thing that a test compares.
func (o *object) expect(name string, into map[string]string) {
	words := expected(name)
	k := Key{Type: "text", Meaning: "compared with the result"}
	if words != nil {
		k.Type = enumerate(words)
	}
	o.known = append(o.known, name)
	k.Path = join(o.path, name)
	o.d.note(k)
	n := o.values[name]
	switch {
	case n == nil:
	case n.Kind != yaml.ScalarNode:
		o.wrong(name, n, "text")
	case words != nil && !slices.Contains(words, n.Value):
		o.unlisted(name, n.Value, words)
	default:
		into[name] = written(n)
	}
}

// expected returns the words that can be expected under a name, nil if all
// can.
func expected(name string) []string {
	switch name {
	case "status":
		return []string{"enabled", "disabled", "expired"}
	case "role":
		return []string{"guest", "member", "admin"}
	case "rejected":
		return []string{"true", "false", "SYD-H-RECORD", "SYD-H-ANCHOR", "SYD-H-VALUE"}
	case "excluded":
		return []string{"true", "false"}
	}
	return nil
}
