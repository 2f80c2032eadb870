package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A schema is as much of JSON Schema as docs/plan.schema.json uses.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Const      any                `json:"const"`
	Enum       []string           `json:"enum"`
	Pattern    string             `json:"pattern"`
	Minimum    *float64           `json:"minimum"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Additional *bool              `json:"additionalProperties"`
	Required   []string           `json:"required"`

	Defs        map[string]*schema `json:"$defs"`
	Schema      string             `json:"$schema"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
}

// A checker holds values against a schema, and remembers which properties it
// met.
type checker struct {
	root *schema
	met  map[string]bool
}

// check says what is wrong with a value.
func (c *checker) check(at string, s *schema, v any) []string {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		if c.root.Defs[name] == nil {
			return []string{at + ": no definition " + s.Ref}
		}
		return c.check(name, c.root.Defs[name], v)
	}
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	if s.Const != nil && v != s.Const {
		say("%v is not %v", v, s.Const)
	}
	switch v := v.(type) {
	case string:
		if s.Type != "string" && s.Const == nil || s.Enum != nil && !slices.Contains(s.Enum, v) || !regexp.MustCompile(s.Pattern).MatchString(v) {
			say("the string %q", v)
		}
	case bool:
		if s.Type != "boolean" {
			say("a boolean")
		}
	case float64:
		whole := v == float64(int64(v))
		if s.Const == nil && s.Type != "number" && (s.Type != "integer" || !whole) || s.Minimum != nil && v < *s.Minimum {
			say("the number %v", v)
		}
	case []any:
		if s.Type != "array" || s.Items == nil {
			say("a list")
			break
		}
		for _, x := range v {
			wrong = append(wrong, c.check(at+"[]", s.Items, x)...)
		}
	case map[string]any:
		if s.Type != "object" || s.Additional == nil || *s.Additional {
			say("an object")
			break
		}
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				say("%s is missing", name)
			}
		}
		for name, x := range v {
			p := s.Properties[name]
			if p == nil {
				say("%s is not described", name)
				continue
			}
			c.met[at+"."+name] = true
			wrong = append(wrong, c.check(at+"."+name, p, x)...)
		}
	default:
		say("%T", v)
	}
	return wrong
}

// all lists the properties that are described.
func (c *checker) all() []string {
	var names []string
	var walk func(at string, s *schema)
	walk = func(at string, s *schema) {
		for name, p := range s.Properties {
			names = append(names, at+"."+name)
			walk(at+"."+name, p)
		}
		if s.Items != nil {
			walk(at+"[]", s.Items)
		}
	}
	walk("file", c.root)
	for name, s := range c.root.Defs {
		walk(name, s)
	}
	slices.Sort(names)
	return names
}

// newChecker reads the schema strictly: a keyword that the checker does not
// know would be one that nobody checks.
func newChecker(t *testing.T) *checker {
	t.Helper()
	c := &checker{root: new(schema), met: make(map[string]bool)}
	d := json.NewDecoder(strings.NewReader(readFile(t, "../../docs/plan.schema.json")))
	d.DisallowUnknownFields()
	if err := d.Decode(c.root); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *checker) file(t interface{ Fatal(...any) }, text []byte) []string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return c.check("file", c.root, v)
}

// TestCheckerBites: the checker refuses what it is there to refuse.
func TestCheckerBites(t *testing.T) {
	c := newChecker(t)
	f := newPlanFile(testConfig(t), fullReport(t))
	if wrong := c.file(t, f.text("")); len(wrong) > 0 {
		t.Fatalf("a whole file: %v", wrong)
	}
	for old, new := range map[string]string{
		`"format":"syncd-plan"`: `"format":"x"`, `"version":1,`: `"version":2,`, `"unchanged":`: `"unchanged":-1,"x":`,
		`"policy":"`: `"policy":"x`, `"kind":"`: `"kind":"x`, `"steps":[`: `"steps":[1,`, `"ok":`: `"ok":"","x":`, `"wave":`: `"waves":`,
		`"plan_digest":"sha256:`: `"plan_digest":"`, `"planned":`: `"planned":0.5,"x":`, `"link":{`: `"link":{"more":true,`, `"created":"2`: `"created":"x2`,
	} {
		text := strings.Replace(string(f.text("")), old, new, 1)
		if text == string(f.text("")) {
			t.Errorf("the file has no %s", old)
		} else if wrong := c.file(t, []byte(text)); len(wrong) == 0 {
			t.Errorf("%s in place of %s is taken", new, old)
		}
	}
}

// TestSchemaIsWhole: every enum is the core's, and every property that is
// described is written.
func TestSchemaIsWhole(t *testing.T) {
	c := newChecker(t)
	for range 200 {
		if wrong := c.file(t, newPlanFile(testConfig(t), fullReport(t)).text("")); len(wrong) > 0 {
			t.Fatal(wrong)
		}
	}
	for _, name := range c.all() {
		if !c.met[name] {
			t.Errorf("%s is described and never written", name)
		}
	}
	enums := map[string]*schema{
		"field": c.root.Defs["field"], "cause": c.root.Defs["cause"], "how": c.root.Defs["how"], "role": c.root.Defs["role"],
		"kind": c.root.Defs["step"].Properties["kind"], "status": c.root.Defs["identity"].Properties["status"],
		"when": c.root.Defs["identity"].Properties["when"], "policy": c.root.Properties["policy"],
	}
	for _, name := range slices.Sorted(maps.Keys(enums)) {
		if want := enumNames()[name]; !slices.Equal(enums[name].Enum, want) {
			t.Errorf("%s: got %q, want %q", name, enums[name].Enum, want)
		}
	}
}
