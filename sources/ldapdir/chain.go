package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// inChain is Active Directory's rule LDAP_MATCHING_RULE_IN_CHAIN, by which the
// server itself follows groups in groups. Other directories do not have it, and
// would find nobody, with success.
const inChain = "1.2.840.113556.1.4.1941"

// chain asks the server who is in a group, directly or not: one search for the
// group and one for all in it, instead of reading every group there is. Groups
// come too, which name those whose primary group they are.
func (s *Source) chain(ctx context.Context, c *conn, page int, r *enrollment, name string) error {
	dn, primary, err := s.groupNamed(ctx, c, page, name)
	if err != nil {
		return err
	}
	places, err := s.places(ctx, c)
	if err != nil {
		return err
	}
	found := 0
	for _, base := range places {
		q := s.search(base, page, []string{"primaryGroupToken"}, func(e entry) error {
			found++
			enroll(r.byDN, foldDN(string(e.dn)), name)
			r.enrollPrimary(primaryOf(e), name)
			return nil
		})
		q.scope, q.filter = ldap.ScopeWholeSubtree, fmt.Sprintf("(memberOf:%s:=%s)", inChain, ldap.EscapeFilter(dn))
		if err := c.run(ctx, q, s.config.Log); err != nil {
			return err
		}
	}
	if r.enrollPrimary(primary, name); found == 0 && primary == "" {
		return fmt.Errorf("memberOf(%q): %w", name, errEmptyGroup)
	}
	return nil
}

// groupNamed finds the group that a mapping names, as find does.
func (s *Source) groupNamed(ctx context.Context, c *conn, page int, name string) (dn, primary string, err error) {
	bases, scope, filter := []string{name}, ldap.ScopeBaseObject, "(objectClass=group)"
	if !strings.Contains(name, "=") {
		scope, filter = ldap.ScopeWholeSubtree, fmt.Sprintf("(&(objectClass=group)(cn=%s))", ldap.EscapeFilter(name))
		if bases, err = s.groupBases(ctx, c); err != nil {
			return "", "", err
		}
		bases = outermost(bases, true)
	}
	found := 0
	for _, base := range bases {
		q := s.search(base, page, []string{"primaryGroupToken"}, func(e entry) error {
			found++
			dn, primary = string(e.dn), primaryOf(e)
			return nil
		})
		q.scope, q.filter = scope, filter
		err := c.run(ctx, q, s.config.Log)
		var code *SearchError
		if errors.As(err, &code) && code.Code == ldap.LDAPResultNoSuchObject && scope == ldap.ScopeBaseObject {
			err = nil // and so found is 0
		}
		if err != nil {
			return "", "", err
		}
	}
	return dn, primary, onlyOne(name, found)
}

// primaryOf returns the number by which people name a group as their primary one.
func primaryOf(e entry) (number string) {
	_ = e.each(func(name, values []byte) error { // decodeEntry has seen to its form
		if strings.EqualFold(string(name), "primaryGroupToken") {
			number = strings.Join(texts(values), "")
		}
		return nil
	})
	return number
}

// places returns where people and groups are.
func (s *Source) places(ctx context.Context, c *conn) ([]string, error) {
	people, err := s.bases(ctx, c)
	if err != nil {
		return nil, err
	}
	groups, err := s.groupBases(ctx, c)
	if err != nil {
		return nil, err
	}
	return outermost(slices.Concat(people, groups), true), nil
}

// outermost returns each base once, and with deep not those below another one.
func outermost(bases []string, deep bool) []string {
	folded := make([]*ldap.DN, len(bases))
	for i, base := range bases {
		if dn, err := ldap.ParseDN(base); err == nil { // otherwise the server will say what it thinks of it
			folded[i] = dn
		}
	}
	var all []string
	for i, base := range bases {
		covered := false
		for j, other := range folded {
			if dn := folded[i]; dn != nil && other != nil {
				covered = covered || deep && other.AncestorOfFold(dn) || j < i && other.EqualFold(dn)
			}
		}
		if !covered {
			all = append(all, base)
		}
	}
	return all
}
