package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// checkFilter refuses a filter that the library cannot read.
func checkFilter(filter string) error {
	if _, err := ldap.CompileFilter(filter); err != nil {
		var e *ldap.Error
		if errors.As(err, &e) && e.Err != nil { // without the code, which no server sent
			err = e.Err
		}
		return fmt.Errorf("%s: %w: want a form such as (&(objectClass=person)(mail=*))", filter, err)
	}
	return nil
}

// filterPart finds the comparisons in a filter. Brackets in values are escaped.
var filterPart = regexp.MustCompile(`\(\s*([A-Za-z0-9][A-Za-z0-9.-]*)(?:;[A-Za-z0-9;-]+)?\s*(:[^=()]*)?(=|~=|>=|<=)([^)]*)\)`)

// An assertion is one comparison in a filter.
type assertion struct {
	attribute, text      string
	ordering, substrings bool
}

// assertionsOf returns the comparisons in a filter.
func assertionsOf(filter string) []assertion {
	var all []assertion
	for _, m := range filterPart.FindAllStringSubmatch(filter, -1) {
		all = append(all, assertion{
			attribute: m[1], text: m[0],
			ordering:   m[3] == ">=" || m[3] == "<=",
			substrings: m[2] == "" && m[3] == "=" && m[4] != "*" && strings.Contains(m[4], "*"),
		})
	}
	return all
}

// look reads one entry by the library's own way; nil if there is none. It may be
// a person's, so the log does not name it.
func (c *conn) look(ctx context.Context, dn, filter string, attrs ...string) (*ldap.Entry, error) {
	shown := dn
	if dn != "" {
		shown = "DN"
	}
	return c.lookAs(ctx, shown, dn, filter, attrs...)
}

// lookAt reads one entry that is no person's.
func (c *conn) lookAt(ctx context.Context, dn, filter string, attrs ...string) (*ldap.Entry, error) {
	return c.lookAs(ctx, dn, dn, filter, attrs...)
}

func (c *conn) lookAs(ctx context.Context, shown, dn, filter string, attrs ...string) (*ldap.Entry, error) {
	result, err := c.ask(ctx, &search{base: dn, scope: ldap.ScopeBaseObject, filter: filter, attrs: attrs, most: 1}, shown, filter)
	if err != nil || len(result.Entries) == 0 {
		return nil, err
	}
	return result.Entries[0], nil
}

// ask searches by the library's own way, all at once. The log shows another base
// and another filter where those are about somebody.
func (c *conn) ask(ctx context.Context, s *search, base, filter string) (result *ldap.SearchResult, err error) {
	shown := *s
	shown.base, shown.filter = base, filter
	c.tell(c.source.config.Log, &shown)
	request := ldap.NewSearchRequest(s.base, s.scope, ldap.NeverDerefAliases, s.most, 0, false, s.filter, s.attrs, nil)
	err = c.do(ctx, func() (err error) {
		result, err = c.ldap.Search(request)
		return explainSearch(err)
	})
	return result, err
}
