package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sources"
)

// A schema is what a directory says of its attributes (RFC 4512, 4.1.2).
type schema struct {
	names    []string                  // as they are spelled
	types    map[string]*attributeType // by name and by number, in lower case
	tells    bool                      // rules are published: Active Directory's are not
	bySyntax bool                      // the server compares what has no rule by its syntax
}

// An attributeType is what an attribute can be compared by.
type attributeType struct {
	names               []string
	super               string // whose rules it has if it has none of its own
	ordering, substring bool
}

// The parts of a definition.
var (
	typeNumber  = regexp.MustCompile(`^\(\s*([0-9A-Za-z.-]+)`)
	typeNames   = regexp.MustCompile(`\sNAME\s+(?:'([^']+)'|\(([^)]*)\))`)
	typeSuper   = regexp.MustCompile(`\sSUP\s+'?([0-9A-Za-z.;-]+)`)
	typeText    = regexp.MustCompile(`'[^']*'`)
	typeOrder   = regexp.MustCompile(`\sORDERING\s`)
	typeSubstr  = regexp.MustCompile(`\sSUBSTR\s`)
	typeMatches = regexp.MustCompile(`\s(EQUALITY|ORDERING|SUBSTR)\s`)
)

// schema reads it; nil if the directory does not publish it.
func (c *conn) schema(ctx context.Context) (*schema, error) {
	root, err := c.lookAt(ctx, "", "(objectClass=*)", "subschemaSubentry", "vendorName")
	if err != nil || root == nil || root.GetAttributeValue("subschemaSubentry") == "" {
		return nil, c.unless(err)
	}
	e, err := c.lookAt(ctx, root.GetAttributeValue("subschemaSubentry"), "(objectClass=subschema)", "attributeTypes")
	if err != nil || e == nil {
		return nil, c.unless(err)
	}
	s := newSchema(e.GetEqualFoldAttributeValues("attributeTypes"))
	if len(s.types) == 0 {
		return nil, nil
	}
	s.bySyntax = strings.HasPrefix(root.GetAttributeValue("vendorName"), "389 ")
	return s, nil
}

// unless returns an error unless it is the server's answer: then the connection
// is well, and only the schema is not to be seen.
func (c *conn) unless(err error) error {
	if errors.As(err, new(*SearchError)) {
		return nil
	}
	return err
}

func newSchema(definitions []string) *schema {
	s := &schema{types: make(map[string]*attributeType)}
	for _, text := range definitions {
		bare := typeText.ReplaceAllString(text, "''") // descriptions may say anything
		a := &attributeType{ordering: typeOrder.MatchString(bare), substring: typeSubstr.MatchString(bare)}
		s.tells = s.tells || typeMatches.MatchString(bare)
		if m := typeSuper.FindStringSubmatch(bare); m != nil {
			a.super = strings.ToLower(m[1])
		}
		if m := typeNames.FindStringSubmatch(text); m != nil {
			for name := range strings.FieldsSeq(m[1] + " " + m[2]) {
				a.names = append(a.names, strings.Trim(name, "'"))
			}
		}
		for _, name := range a.names {
			s.types[strings.ToLower(name)] = a
		}
		if m := typeNumber.FindStringSubmatch(text); m != nil {
			s.types[strings.ToLower(m[1])] = a
		}
		s.names = append(s.names, a.names...)
	}
	return s
}

// has reports whether an attribute, or one that it is a kind of, has a rule.
func (s *schema) has(name string, rule func(*attributeType) bool) bool {
	for range 20 { // a chain in a circle has none
		a := s.types[strings.ToLower(name)]
		if a == nil {
			return false
		}
		if rule(a) {
			return true
		}
		name = a.super
	}
	return false
}

func (s *schema) knows(name string) bool { return s.types[strings.ToLower(name)] != nil }

// meant says which attribute was probably meant.
func (s *schema) meant(name string) string {
	if near := sources.Nearest(name, s.names); near != "" {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	return ""
}

// checkSchema refuses a filter that some servers would find nobody with, or
// everybody, and with success: one with an attribute that the directory does not
// know, or that it cannot compare in this way. What the mapping reads must be
// known, too: it would be empty for everybody.
func (c *conn) checkSchema(ctx context.Context, filter string) error {
	s, err := c.schema(ctx)
	if err != nil {
		return err
	}
	if err := s.checkFilter(filter); err != nil {
		return err
	}
	return s.checkMapping(c.source.mapping, c.source.config.Preset)
}

func (s *schema) checkFilter(filter string) error {
	if s == nil {
		return nil
	}
	for _, a := range assertionsOf(filter) {
		switch {
		case !s.knows(a.attribute):
			return fmt.Errorf("filter: the directory does not know the attribute %s, so the filter would find too few or too many%s", a.attribute, s.meant(a.attribute))
		case !s.tells || s.bySyntax:
		case a.ordering && !s.has(a.attribute, func(t *attributeType) bool { return t.ordering }):
			return fmt.Errorf("filter: the directory has no order for the values of %s, so %s would fit nobody: compare in include instead", a.attribute, a.text)
		case a.substrings && !s.has(a.attribute, func(t *attributeType) bool { return t.substring }):
			return fmt.Errorf("filter: the directory does not look into the values of %s, so %s would fit nobody: write the whole value, or compare in include", a.attribute, a.text)
		}
	}
	return nil
}

// checkMapping looks for what the mapping reads. Expressions of the preset fit
// many directories, and so name attributes that one of them may lack.
func (s *schema) checkMapping(m *sources.Mapping, preset []string) error {
	if s == nil {
		return nil
	}
	var unknown []error
	if name, _, _ := strings.Cut(m.Picture(), ";"); name != "" && !s.knows(name) {
		unknown = append(unknown, fmt.Errorf("picture: the directory does not know the attribute %s%s", name, s.meant(name)))
	}
	for _, name := range m.Attributes() {
		base, _, _ := strings.Cut(name, ";")
		uses := slices.DeleteFunc(m.Uses(name), func(path string) bool { return slices.Contains(preset, path) })
		if !s.knows(base) && len(uses) > 0 {
			unknown = append(unknown, fmt.Errorf("%s: the directory does not know the attribute %s%s", keyOf(uses[0]), name, s.meant(base)))
		}
	}
	return errors.Join(unknown...)
}

// keyOf returns the key of a source in the configuration that a part of its
// mapping comes from.
func keyOf(path string) string {
	if path == "filter" { // csv's word
		return "include"
	}
	return strings.TrimSuffix(path, ".from")
}
