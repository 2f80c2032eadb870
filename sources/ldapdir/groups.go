package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
)

const groupFilter = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"

// The attributes of groups that say who is in them. The last one is the number
// by which Active Directory's people name their primary group, which is in no
// list of members.
func groupAttributes() []string {
	return []string{"cn", "member", "uniqueMember", "memberUid", "primaryGroupToken"}
}

// A group is one of the directory's, with those who are in it by name.
type group struct {
	dn      string // as the server spells it
	cn      []string
	members []string // names of people and of groups, folded
	uids    []string
	token   string
	next    map[string]int // first value that the server holds back, by attribute
}

// A roster says who is in which of the groups that the mapping asks for, by
// what is known of a person. The groups are as the mapping writes them.
type roster struct {
	byDN, byUID, byToken map[string][]string
}

var errEmptyGroup = errors.New("nobody is in the group, or this account may not see who is")

// roster reads all groups, and walks through those that are asked for and the
// groups in them. Reading groups is far cheaper than asking each person for
// theirs, and works where directories do not tell.
func (s *Source) roster(ctx context.Context, c *conn, page int) (*roster, error) {
	asked := s.mapping.Groups()
	if len(asked) == 0 {
		return nil, nil
	}
	r := &roster{map[string][]string{}, map[string][]string{}, map[string][]string{}}
	if s.config.Chain {
		for _, name := range asked {
			if err := s.chain(ctx, c, page, r, name); err != nil {
				return nil, fmt.Errorf("groups: %w", err)
			}
		}
		return r, nil
	}
	all, err := s.groups(ctx, c, page)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	for _, name := range asked {
		g, err := find(all, name)
		if err != nil {
			return nil, err
		}
		if len(g.members)+len(g.uids) == 0 && g.token == "" {
			return nil, fmt.Errorf("memberOf(%q): %w", name, errEmptyGroup)
		}
		r.walk(all, g, name)
	}
	return r, nil
}

// groups reads every group of the directory, by folded name.
func (s *Source) groups(ctx context.Context, c *conn, page int) (map[string]*group, error) {
	bases, err := s.groupBases(ctx, c)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*group)
	for _, base := range bases {
		q := s.search(base, page, groupAttributes(), func(e entry) error {
			g, err := newGroup(e, s.config.most.members)
			all[foldDN(g.dn)] = g
			return err
		})
		q.scope, q.filter = ldap.ScopeWholeSubtree, groupFilter
		if err := c.run(ctx, q, s.config.Log); err != nil {
			return nil, err
		}
	}
	for _, g := range all {
		if err := g.complete(ctx, c, s.config.most); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// groupBases returns where the groups are.
func (s *Source) groupBases(ctx context.Context, c *conn) ([]string, error) {
	if len(s.config.GroupBases) > 0 {
		return s.config.GroupBases, nil
	}
	return s.roots(ctx, c)
}

func newGroup(e entry, most int) (*group, error) {
	g := &group{dn: string(e.dn)}
	return g, e.each(func(name, values []byte) error {
		base, p, err := cutRange(string(name))
		if err == nil && p.first != 0 {
			err = fmt.Errorf("attribute %s: the server sent its values from number %d on, not from the first", base, p.first)
		}
		if err != nil {
			return err
		}
		list := texts(values)
		if len(list) > most {
			return &excess{base, most}
		}
		if !p.last {
			if g.next == nil {
				g.next = make(map[string]int)
			}
			g.next[base] = len(list)
		}
		g.add(base, list)
		return nil
	})
}

func (g *group) add(attribute string, values []string) {
	switch strings.ToLower(attribute) {
	case "cn":
		g.cn = append(g.cn, values...)
	case "member", "uniquemember":
		for _, v := range values {
			g.members = append(g.members, foldDN(v))
		}
	case "memberuid":
		for _, v := range values {
			g.uids = append(g.uids, strings.ToLower(v))
		}
	case "primarygrouptoken":
		g.token = strings.Join(values, "")
	}
}

// complete reads the members that the server held back.
func (g *group) complete(ctx context.Context, c *conn, most bounds) error {
	for name, from := range g.next {
		list, err := c.rest(ctx, g.dn, name, from, most.members, most.ranges)
		if err != nil {
			return err
		}
		g.add(name, list)
	}
	return nil
}

// find returns the group that a mapping names, by DN or by common name. A group
// that is not there is an error: nobody would be in it.
func find(all map[string]*group, name string) (*group, error) {
	if strings.Contains(name, "=") {
		g := all[foldDN(name)]
		if g == nil {
			return nil, onlyOne(name, 0)
		}
		return g, nil
	}
	var found []*group
	for _, g := range all {
		if slices.ContainsFunc(g.cn, func(cn string) bool { return strings.EqualFold(cn, name) }) {
			found = append(found, g)
		}
	}
	if err := onlyOne(name, len(found)); err != nil {
		return nil, err
	}
	return found[0], nil
}

// onlyOne refuses a name that so many groups have, unless it is one.
func onlyOne(name string, found int) error {
	switch found {
	case 1:
		return nil
	case 0:
		return fmt.Errorf("memberOf(%q): the directory has no such group, or this account may not see it", name)
	}
	return fmt.Errorf("memberOf(%q): %d groups have this name: write the whole DN", name, found)
}

// walk puts everybody who is in a group, or in a group in it, onto the roster.
// Each group is visited once, so groups that contain each other do no harm.
func (r *roster) walk(all map[string]*group, g *group, name string) {
	seen := map[*group]bool{g: true}
	for queue := []*group{g}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		for _, m := range g.members {
			if inner := all[m]; inner == nil {
				enroll(r.byDN, m, name)
			} else if !seen[inner] {
				seen[inner] = true
				queue = append(queue, inner)
			}
		}
		for _, uid := range g.uids {
			enroll(r.byUID, uid, name)
		}
		r.enrollToken(g.token, name)
	}
}

func enroll(into map[string][]string, who, group string) {
	if !slices.Contains(into[who], group) {
		into[who] = append(into[who], group)
	}
}

// enrollToken enrolls those whose primary group it is.
func (r *roster) enrollToken(token, group string) {
	if token != "" {
		enroll(r.byToken, token, group)
	}
}

// tell puts the groups of a person into their record.
func (r *roster) tell(record sources.Record, dn string, uids []string, token string) {
	lists := [][]string{r.byDN[foldDN(dn)], r.byToken[token]}
	for _, uid := range uids {
		lists = append(lists, r.byUID[strings.ToLower(uid)])
	}
	for _, g := range slices.Concat(lists...) {
		record[sources.GroupAttribute(g)] = "yes"
	}
}

// foldDN returns a name in a form in which equal names are equal.
func foldDN(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return strings.ToLower(dn)
	}
	return strings.ToLower(parsed.String())
}
