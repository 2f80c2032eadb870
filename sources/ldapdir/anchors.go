package ldapdir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"
)

// A Spelling is an anchor in one encoding.
type Spelling struct {
	Encoding Encoding
	Text     string
}

// Anchors finds somebody by DN, user name or e-mail, and returns their DN and
// their anchor in every encoding that fits its bytes.
func (s *Source) Anchors(ctx context.Context, who string) (dn string, all []Spelling, err error) {
	servers, err := s.addresses(ctx)
	if err != nil {
		return "", nil, err
	}
	var errs []error
	for _, a := range servers {
		dn, raw, err := s.anchorFrom(ctx, a, who)
		if err == nil {
			return dn, spellings(raw), nil
		}
		errs = append(errs, err)
		if errors.As(err, new(*BindError)) {
			break // wrong passwords lock the account
		}
	}
	return "", nil, errors.Join(errs...)
}

// spellings returns the encodings that fit. What is text is shown as it is.
func spellings(raw []byte) []Spelling {
	if utf8.Valid(raw) && !bytes.ContainsFunc(raw, unicode.IsControl) {
		return []Spelling{{Text, string(raw)}}
	}
	var all []Spelling
	for _, name := range Encodings() {
		if text, err := Encoding(name).Encode(raw); err == nil {
			all = append(all, Spelling{Encoding(name), text})
		}
	}
	return all
}

func (s *Source) anchorFrom(ctx context.Context, a address, who string) (string, []byte, error) {
	c, err := s.connect(ctx, a)
	if err != nil {
		return "", nil, err
	}
	defer c.close()
	bases, err := s.bases(ctx, c)
	if err != nil {
		return "", nil, err
	}
	for _, base := range bases {
		scope, filter := ldap.ScopeWholeSubtree, nameFilter(who)
		if strings.Contains(who, "=") {
			base, scope, filter = who, ldap.ScopeBaseObject, "(objectClass=*)"
		}
		e, err := c.one(ctx, base, scope, filter, s.mapping.Anchor())
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", a, err)
		}
		if e == nil {
			continue
		}
		if raw := e.GetEqualFoldRawAttributeValue(s.mapping.Anchor()); len(raw) > 0 {
			return e.DN, raw, nil
		}
		return "", nil, fmt.Errorf("%s has no %s, or this account may not see it", e.DN, s.mapping.Anchor())
	}
	return "", nil, fmt.Errorf("%s: nobody is found by the DN, user name or e-mail %q", a, who)
}

// nameFilter finds somebody by what people know of them.
func nameFilter(who string) string {
	who = ldap.EscapeFilter(who)
	var b strings.Builder
	for _, attr := range []string{"sAMAccountName", "uid", "mail", "userPrincipalName", "cn"} {
		fmt.Fprintf(&b, "(%s=%s)", attr, who)
	}
	return "(|" + b.String() + ")"
}

// filterValue finds the values in a filter. Brackets in them are escaped.
var filterValue = regexp.MustCompile(`=[^()]*\)`)

// one finds exactly one entry; nil if there is none. The log does not say who is
// looked for.
func (c *conn) one(ctx context.Context, base string, scope int, filter string, attrs ...string) (*ldap.Entry, error) {
	shown, whose := base, filterValue.ReplaceAllString(filter, "=WHO)")
	if scope == ldap.ScopeBaseObject {
		shown, whose = "DN", filter
	}
	result, err := c.ask(ctx, &search{base: base, scope: scope, filter: filter, attrs: attrs, most: 2}, shown, whose)
	if err != nil || len(result.Entries) == 0 {
		return nil, err
	}
	if len(result.Entries) > 1 {
		return nil, fmt.Errorf("%s and %s both fit: name the DN", result.Entries[0].DN, result.Entries[1].DN)
	}
	return result.Entries[0], nil
}
