package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/directory-sync/syncd/sources"
)

const groupFilter = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"

// What a group is known by, and the numbers by which people name it as their
// primary one, in which case they are in no list of members: Active Directory's,
// and Unix's.
func groupAttributes() []string {
	return []string{"cn", "objectClass", "primaryGroupToken", "gidNumber"}
}

// memberAttributes are those that list who is in a group.
func memberAttributes() []string { return []string{"member", "uniqueMember", "memberUid"} }

// A group is one of the directory's. Who is in it is known once it was read for
// itself: of most groups nobody ever asks that.
type group struct {
	dn      string // as the server spells it
	cn      []string
	primary string // number by which people of Active Directory name it
	unix    string // and by which those of Unix do

	read    bool
	members []string // names of people and of groups, folded
	uids    []string
	next    map[string]int // first value that the server holds back, by attribute
}

// An enrollment says who is in which of the groups that the mapping asks for, by
// their DN and what else they have. The groups are as the mapping writes them.
type enrollment struct {
	byDN, byUID, byPrimary, byUnix map[string][]string
}

// A badge is what a group may know a person by, beside the DN.
type badge struct {
	uids    []string
	primary string // number of the primary group in Active Directory
	unix    string // and in Unix
}

// badgeAttributes are those that a badge is made of.
func badgeAttributes() []string { return []string{"uid", "primaryGroupID", "gidNumber"} }

// take takes an attribute, if it belongs there.
func (b *badge) take(name, values []byte) {
	switch strings.ToLower(string(name)) {
	case "uid":
		b.uids = append(b.uids, texts(values)...)
	case "primarygroupid":
		b.primary = strings.Join(texts(values), "")
	case "gidnumber":
		b.unix = strings.Join(texts(values), "")
	}
}

var errEmptyGroup = errors.New("nobody is in the group, or this account may not see who is")

// enrollment finds all groups, and walks through those that are asked for and the
// groups in them. Memory does not grow with all others. Reading groups is far cheaper than asking each person for
// theirs, and works where directories do not tell.
func (s *Source) enrollment(ctx context.Context, c *conn, page int) (*enrollment, error) {
	asked := s.mapping.Groups()
	if len(asked) == 0 {
		return nil, nil
	}
	r := &enrollment{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]string{}}
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
		if err := s.gather(ctx, c, page, all, g); err != nil {
			return nil, fmt.Errorf("memberOf(%q): %w", name, err)
		}
		if len(g.members)+len(g.uids) == 0 && g.primary+g.unix == "" {
			return nil, fmt.Errorf("memberOf(%q): %w", name, errEmptyGroup)
		}
		r.walk(all, g, name)
	}
	return r, nil
}

// groups reads every group of the directory, by folded name, without who is in
// it.
func (s *Source) groups(ctx context.Context, c *conn, page int) (map[string]*group, error) {
	bases, err := s.groupBases(ctx, c)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*group)
	for _, base := range outermost(bases, true) {
		q := s.search(base, page, groupAttributes(), func(e entry) error {
			g := newGroup(e)
			all[foldDN(g.dn)] = g
			return nil
		})
		q.scope, q.filter = ldap.ScopeWholeSubtree, groupFilter
		if err := c.run(ctx, q, s.config.Log); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// gather reads who is in a group, and in the groups in it, each once.
func (s *Source) gather(ctx context.Context, c *conn, page int, all map[string]*group, g *group) error {
	for queue := []*group{g}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		if g.read {
			continue
		}
		if err := s.readGroup(ctx, c, page, g); err != nil {
			return err
		}
		for _, m := range g.members {
			if inner := all[m]; inner != nil && !inner.read {
				queue = append(queue, inner)
			}
		}
	}
	return nil
}

// readGroup reads who is in a group.
func (s *Source) readGroup(ctx context.Context, c *conn, page int, g *group) error {
	q := s.search(g.dn, page, memberAttributes(), func(e entry) error {
		g.read = true
		return g.fill(e, s.config.most.members)
	})
	q.scope, q.filter = ldap.ScopeBaseObject, groupFilter
	if err := c.run(ctx, q, s.config.Log); err != nil {
		return err
	}
	if !g.read {
		return fmt.Errorf("the group %s went away while the directory was read", g.dn)
	}
	return g.complete(ctx, c, s.config.most)
}

// groupBases returns where the groups are.
func (s *Source) groupBases(ctx context.Context, c *conn) ([]string, error) {
	if len(s.config.GroupBases) > 0 {
		return s.config.GroupBases, nil
	}
	return s.roots(ctx, c)
}

func newGroup(e entry) *group {
	g, unix := &group{dn: string(e.dn)}, false
	_ = e.each(func(name, values []byte) error { // decodeEntry has seen to its form
		switch list := texts(values); strings.ToLower(string(name)) {
		case "cn":
			g.cn = list
		case "primarygrouptoken":
			g.primary = strings.Join(list, "")
		case "gidnumber":
			g.unix = strings.Join(list, "")
		case "objectclass":
			unix = slices.ContainsFunc(list, func(v string) bool { return strings.EqualFold(v, "posixGroup") })
		}
		return nil
	})
	if !unix {
		g.unix = "" // other entries have such numbers, too
	}
	return g
}

// fill takes who is in the group, but for what the server holds back.
func (g *group) fill(e entry, most int) error {
	return e.each(func(name, values []byte) error {
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
	case "member":
		for _, v := range values {
			g.members = append(g.members, foldDN(v))
		}
	case "uniquemember":
		for _, v := range values {
			g.members = append(g.members, foldDN(withoutUID(v)))
		}
	case "memberuid":
		for _, v := range values {
			g.uids = append(g.uids, strings.ToLower(v))
		}
	}
}

// optionalUID is what may stand behind a name in uniqueMember to tell those
// apart who had the same one (RFC 4517, 3.3.21).
var optionalUID = regexp.MustCompile(`#'[01]*'B$`)

func withoutUID(name string) string { return optionalUID.ReplaceAllString(name, "") }

// complete reads the members that the server held back.
func (g *group) complete(ctx context.Context, c *conn, most bounds) error {
	for name, from := range g.next {
		list, err := c.rest(ctx, g.dn, g.dn, name, from, most.members, most.ranges)
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

// walk puts everybody who is in a group, or in a group in it, onto the list.
// Each group is visited once, so groups that contain each other do no harm.
func (r *enrollment) walk(all map[string]*group, g *group, name string) {
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
		r.enrollPrimary(g.primary, name)
		if g.unix != "" {
			enroll(r.byUnix, g.unix, name)
		}
	}
}

func enroll(into map[string][]string, who, group string) {
	if !slices.Contains(into[who], group) {
		into[who] = append(into[who], group)
	}
}

// enrollPrimary enrolls those whose primary group in Active Directory it is.
func (r *enrollment) enrollPrimary(number, group string) {
	if number != "" {
		enroll(r.byPrimary, number, group)
	}
}

// tell puts the groups of a person into their record.
func (r *enrollment) tell(record sources.Record, dn string, b badge) {
	lists := [][]string{r.byDN[foldDN(dn)], r.byPrimary[b.primary], r.byUnix[b.unix]}
	for _, uid := range b.uids {
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
