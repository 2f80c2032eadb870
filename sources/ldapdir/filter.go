package ldapdir

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// checkFilter refuses a filter that the library cannot read.
func checkFilter(filter string) error {
	if _, err := ldap.CompileFilter(filter); err != nil {
		return fmt.Errorf("ldap: filter %s: %w: want a form such as (&(objectClass=person)(mail=*))", filter, err)
	}
	return nil
}

// filterAttribute finds the attributes that a filter names.
var filterAttribute = regexp.MustCompile(`\(\s*([A-Za-z][A-Za-z0-9-]*)(?:;[A-Za-z0-9;-]+)?\s*(?::|=|~=|>=|<=)`)

// attributesOf returns the attributes that a filter names.
func attributesOf(filter string) []string {
	var names []string
	for _, m := range filterAttribute.FindAllStringSubmatch(filter, -1) {
		names = append(names, m[1])
	}
	return names
}

// schemaName finds the names in a definition of an attribute type (RFC 4512,
// 4.1.2).
var schemaName = regexp.MustCompile(`NAME\s+(?:'([^']+)'|\(([^)]*)\))`)

// checkSchema refuses a filter with an attribute that the directory does not
// know: some servers then find nobody, or everybody, with success.
func (c *conn) checkSchema(ctx context.Context, filter string) error {
	names := attributesOf(filter)
	root, err := c.look(ctx, "", "(objectClass=*)", "subschemaSubentry")
	if err != nil || root == nil || root.GetAttributeValue("subschemaSubentry") == "" {
		return nil // a directory that does not publish its schema
	}
	schema, err := c.look(ctx, root.GetAttributeValue("subschemaSubentry"), "(objectClass=subschema)", "attributeTypes")
	if err != nil || schema == nil {
		return nil
	}
	known := map[string]bool{}
	for _, definition := range schema.GetEqualFoldAttributeValues("attributeTypes") {
		for _, m := range schemaName.FindAllStringSubmatch(definition, -1) {
			for name := range strings.FieldsSeq(m[1] + " " + m[2]) {
				known[strings.ToLower(strings.Trim(name, "'"))] = true
			}
		}
	}
	i := slices.IndexFunc(names, func(n string) bool { return !known[strings.ToLower(n)] })
	if len(known) == 0 || i < 0 {
		return nil
	}
	return fmt.Errorf("filter: the directory does not know the attribute %s, so the filter would find too few or too many", names[i])
}

// look reads one entry by the library's own way; nil if there is none.
func (c *conn) look(ctx context.Context, dn, filter string, attrs ...string) (*ldap.Entry, error) {
	request := ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false, filter, attrs, nil)
	var result *ldap.SearchResult
	err := c.do(ctx, func() (err error) {
		result, err = c.ldap.Search(request)
		return explainSearch(err)
	})
	if err != nil || len(result.Entries) == 0 {
		return nil, err
	}
	return result.Entries[0], nil
}
