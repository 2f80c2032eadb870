package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-ldap/ldap/v3"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sync"
)

// Read implements [sync.Source]. One server answers all of it; when it fails,
// the next one is asked from the beginning.
func (s *Source) Read(ctx context.Context) (sync.Snapshot, error) { return s.read(ctx, false) }

func (s *Source) read(ctx context.Context, pictures bool) (sync.Snapshot, error) {
	var whole sync.Snapshot
	err := s.ask(ctx, func(a address) (err error) {
		whole, err = s.readFrom(ctx, a, pictures)
		return err
	})
	return whole, err
}

// ask asks one server after the other until one has the answer.
func (s *Source) ask(ctx context.Context, do func(address) error) error {
	servers, err := s.addresses(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i, a := range servers {
		err := do(a)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil || !worthAnother(err) || i == len(servers)-1 {
			break
		}
		s.config.Log.Warn("directory server failed, trying the next", zap.Error(err))
	}
	return errors.Join(errs...)
}

// worthAnother reports whether another server may do better. What the search
// itself is to blame for is the same everywhere.
func worthAnother(err error) bool {
	var e *SearchError
	if !errors.As(err, &e) {
		return !errors.As(err, new(*BindError))
	}
	return e.Code == ldap.LDAPResultBusy || e.Code == ldap.LDAPResultUnavailable || e.Code == ldap.LDAPResultOther
}

// readFrom reads all of it from one server.
func (s *Source) readFrom(ctx context.Context, a address, pictures bool) (sync.Snapshot, error) {
	var whole sync.Snapshot
	err := s.paged(func(page int) (err error) {
		whole, err = s.readPages(ctx, a, page, pictures)
		return err
	})
	return whole, err
}

// paged does something in pages. When a server finds them too large it is done
// again in smaller ones, from the beginning.
func (s *Source) paged(do func(page int) error) error {
	for page := s.config.Page; ; page = max(page/2, leastPage) {
		err := do(page)
		if !pageTooLarge(err) {
			return err
		}
		if page <= leastPage {
			return fmt.Errorf("%w; pages of %d are refused like larger ones", err, page)
		}
	}
}

// pageTooLarge reports whether smaller pages may help. Servers say of a page
// that is larger than they allow what they say of other limits, too: 4 (Active
// Directory), 11 (OpenLDAP) or 53.
func pageTooLarge(err error) bool {
	var e *SearchError
	return errors.As(err, &e) && slices.Contains([]int{ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded, ldap.LDAPResultUnwillingToPerform}, e.Code)
}

func (s *Source) readPages(ctx context.Context, a address, page int, pictures bool) (sync.Snapshot, error) {
	started := s.config.Now()
	c, err := s.connect(ctx, a)
	if err != nil {
		return sync.Snapshot{}, err
	}
	defer c.close()
	r := s.newReader(a)
	if pictures {
		r.picture = s.mapping.Picture()
		c.tap.admit(maxPictureMessage)
	}
	if err := s.readBases(ctx, c, r, page); err != nil {
		return sync.Snapshot{}, fmt.Errorf("%s: %w", a, err)
	}
	whole := r.tally.Snapshot(s.config.Now().Sub(started))
	whole.Receipt.Sentinels, whole.Receipt.Pictures = len(s.sentinels), pictures
	return whole, nil
}

func (s *Source) readBases(ctx context.Context, c *conn, r *reader, page int) error {
	bases, err := s.bases(ctx, c)
	if err != nil {
		return err
	}
	if err := c.checkSchema(ctx, s.config.Filter); err != nil {
		return err
	}
	if r.groups, err = s.enrollment(ctx, c, page); err != nil {
		return err
	}
	for _, base := range bases {
		before := r.tally.Entries() + len(r.torn)
		if err := c.run(ctx, s.search(base, page, r.attributes(), r.take), s.config.Log); err != nil {
			return err
		}
		if r.tally.Entries()+len(r.torn) == before {
			return fmt.Errorf("search %s: %w", base, errNobody)
		}
	}
	if err := r.complete(ctx, c); err != nil {
		return err
	}
	return s.unseen(ctx, c, bases, r.watch)
}

func (s *Source) search(base string, page int, attrs []string, take func(entry) error) *search {
	scope := ldap.ScopeWholeSubtree
	if s.config.Scope == "one" {
		scope = ldap.ScopeSingleLevel
	}
	q := &search{base: base, scope: scope, filter: s.config.Filter, attrs: attrs, page: page, take: take}
	for _, text := range s.config.Ignored {
		if dn, err := ldap.ParseDN(text); err == nil {
			q.ignore = append(q.ignore, dn)
		}
	}
	return q
}

// bases returns the configured bases, or the directory's own. What is below
// another base is read with that.
func (s *Source) bases(ctx context.Context, c *conn) ([]string, error) {
	if len(s.config.Bases) > 0 {
		bases := outermost(s.config.Bases, s.config.Scope != "one")
		if len(bases) < len(s.config.Bases) {
			s.config.Log.Debug("some bases are parts of others, and are read once", zap.Strings("read", bases))
		}
		return bases, nil
	}
	return s.roots(ctx, c)
}

// roots returns where the directory itself begins.
func (s *Source) roots(ctx context.Context, c *conn) ([]string, error) {
	own, all, err := c.contexts(ctx)
	switch {
	case err != nil:
		return nil, err
	case own != "":
		return []string{own}, nil
	case len(all) == 1:
		return all, nil
	}
	return nil, errors.New("the directory does not say where it begins: set base, and group_bases for memberOf")
}

// contexts returns the names below which the directory keeps its entries, and
// the one of them that is its own.
func (c *conn) contexts(ctx context.Context) (own string, all []string, err error) {
	root, err := c.look(ctx, "", "(objectClass=*)", "defaultNamingContext", "namingContexts")
	if err != nil {
		return "", nil, fmt.Errorf("root DSE: %w", err)
	}
	if root == nil {
		return "", nil, nil
	}
	return root.GetAttributeValue("defaultNamingContext"), root.GetAttributeValues("namingContexts"), nil
}
