package ldapdir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
)

// A sentinel is an entry that must come in every read.
type sentinel struct {
	text   string   // as it is configured
	dn     *ldap.DN // nil: it is named by its anchor
	plain  string   // the name as servers write most names; "" if it must be escaped
	anchor string
}

// sentinels reads the names or anchors of entries.
func (c *Config) sentinels(m *sources.Mapping) ([]sentinel, error) {
	var all []sentinel
	for _, text := range c.Sentinels {
		one, err := newSentinel(text, c.Anchor, m)
		if err != nil {
			return nil, &ConfigError{"sentinels", fmt.Errorf("the sentinel %w", err)}
		}
		all = append(all, one)
	}
	return all, nil
}

// CheckSentinel says why a text can be no sentinel.
func CheckSentinel(text string, e Encoding, m *sources.Mapping) error {
	_, err := newSentinel(text, e, m)
	return err
}

func newSentinel(text string, e Encoding, m *sources.Mapping) (sentinel, error) {
	anchor := text
	switch e {
	case GUID, GUIDMixed, Hex:
		anchor = strings.ToLower(text)
	}
	_, err := e.Decode(anchor)
	if named := strings.Contains(text, "="); err == nil && (!named || e == Base64) && m.Key(anchor) != "" {
		return sentinel{text: text, anchor: anchor}, nil
	}
	dn, err := ldap.ParseDN(text)
	if err != nil || len(dn.RDNs) == 0 {
		return sentinel{}, fmt.Errorf("%q is neither a DN nor an anchor in the encoding %s", text, e)
	}
	return sentinel{text: text, dn: dn, plain: plainly(dn)}, nil
}

// plainly returns a name without an escape or a needless space; "" if it cannot
// be written so.
func plainly(dn *ldap.DN) string {
	var parts []string
	for _, r := range dn.RDNs {
		if len(r.Attributes) > 1 {
			return ""
		}
		parts = append(parts, r.Attributes[0].Type+"="+r.Attributes[0].Value)
	}
	text := strings.Join(parts, ",")
	if again, err := ldap.ParseDN(text); err != nil || !again.EqualFold(dn) || !isPlain([]byte(text)) {
		return ""
	}
	return text
}

// isPlain reports whether a name is written without an escape and a needless
// space, so that it can be compared as it is. Parsing each name of a directory
// would take longer than all else.
func isPlain(dn []byte) bool {
	if bytes.ContainsAny(dn, `\"#;+<>`) || bytes.HasPrefix(dn, []byte(" ")) || bytes.HasSuffix(dn, []byte(" ")) {
		return false
	}
	for _, loose := range []string{", ", " ,", "= ", " ="} {
		if bytes.Contains(dn, []byte(loose)) {
			return false
		}
	}
	return true
}

// A watch says which of the sentinels came.
type watch struct {
	of   []sentinel
	came []bool
	left int
}

func newWatch(of []sentinel) watch { return watch{of, make([]bool, len(of)), len(of)} }

// see looks at an entry that came, a person or not.
func (w *watch) see(name []byte, anchor string) {
	if w.left == 0 {
		return
	}
	var parsed *ldap.DN
	plain := isPlain(name)
	if !plain {
		parsed, _ = ldap.ParseDN(place(name)) // no name is no sentinel's
	}
	for i, s := range w.of {
		switch {
		case w.came[i]:
			continue
		case s.dn == nil:
			w.came[i] = anchor == s.anchor
		case plain:
			w.came[i] = s.plain != "" && bytes.EqualFold(name, []byte(s.plain))
		default:
			w.came[i] = parsed != nil && parsed.EqualFold(s.dn)
		}
		if w.came[i] {
			w.left--
		}
	}
}

// unseen refuses a read without one of the sentinels, and says what became of
// it.
func (s *Source) unseen(ctx context.Context, c *conn, bases []string, w watch) error {
	var all []string
	for i, one := range w.of {
		if w.came[i] {
			continue
		}
		fate, err := s.fate(ctx, c, bases, one)
		if err != nil {
			return fmt.Errorf("sentinel %s: it did not come, so the read is not whole: %w", one.text, err)
		}
		if fate == "" {
			fate = "the directory has it, and the filter finds it, but the search did not bring it: the server did not answer to the end"
		}
		all = append(all, "sentinel "+one.text+": it did not come, so the read is not whole: "+fate)
	}
	if len(all) == 0 {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// fate says why a read cannot have a sentinel, "" if it can.
func (s *Source) fate(ctx context.Context, c *conn, bases []string, one sentinel) (string, error) {
	name, err := s.whereIs(ctx, c, bases, one)
	if err != nil {
		return "", err
	}
	switch {
	case name == "" && one.dn == nil:
		return "the directory shows this account no entry with this anchor: check the account's rights, and whether the entry was deleted", nil
	case name == "":
		return "the directory does not show it to this account: check the account's rights, and whether the entry was renamed or deleted", nil
	case !s.inBases(bases, name):
		return "it is outside of base, at " + name + ": a sentinel must be where people are read", nil
	}
	e, err := c.look(ctx, name, s.config.Filter, s.mapping.Anchor())
	if err == nil && e == nil {
		return "the directory has it, but the filter leaves it out, so it can never come: name an entry that the filter finds, or widen the filter", nil
	}
	return "", err
}

// whereIs returns the name of a sentinel, "" if it is not there or not shown.
func (s *Source) whereIs(ctx context.Context, c *conn, bases []string, one sentinel) (string, error) {
	tops, scope, filter := []string{one.text}, ldap.ScopeBaseObject, "(objectClass=*)"
	if one.dn == nil {
		raw, err := s.config.Anchor.Decode(one.anchor)
		if err != nil {
			return "", err
		}
		if tops, err = c.holders(ctx, bases); err != nil {
			return "", err
		}
		scope, filter = ldap.ScopeWholeSubtree, anchorFilter(s.mapping.Anchor(), raw)
	}
	for _, top := range tops {
		e, err := c.one(ctx, top, scope, filter, s.mapping.Anchor())
		var code *SearchError
		if errors.As(err, &code) && code.Code == ldap.LDAPResultNoSuchObject {
			continue
		}
		if err != nil || e != nil {
			return dnOf(e), err
		}
	}
	return "", nil
}

func dnOf(e *ldap.Entry) string {
	if e == nil {
		return ""
	}
	return e.DN
}

// inBases reports whether a read looks at the place of a name.
func (s *Source) inBases(bases []string, name string) bool {
	for _, base := range bases {
		outer, err := ldap.ParseDN(base)
		if err != nil || !below(base, name) {
			continue
		}
		inner, err := ldap.ParseDN(name)
		if err == nil && (s.config.Scope != "one" || len(inner.RDNs) == len(outer.RDNs)+1) {
			return true
		}
	}
	return false
}
