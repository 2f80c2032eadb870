package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/go-ldap/ldap/v3"
	"go.uber.org/zap"
)

const (
	leastPage  = 100 // entries; a server that gives less at a time cannot be read
	emptyPages = 100 // so many without an entry, one after the other, are a loop
)

// Errors of a search that cannot be believed.
var (
	errNoPaging  = errors.New("the server answered a page without saying whether there are more")
	errLoop      = errors.New("the server sends the same entries again and again")
	errEmptyLoop = errors.New("the server sends one empty page after the other")
	errNobody    = errors.New("the search found nobody: check base and filter, and whether the account may read the entries")
)

// A search is one base that is read to its end.
type search struct {
	base   string
	scope  int
	filter string
	attrs  []string
	page   int // entries asked for at a time; 0: all at once
	most   int // entries in all; 0: any number
	ignore []*ldap.DN
	seen   map[uint64]struct{} // digests of the names of this base's entries
	seed   maphash.Seed
	take   func(entry) error
}

// run reads page after page. The only end is the empty cookie of a page that
// was answered with success.
func (c *conn) run(ctx context.Context, s *search, log *zap.Logger) error {
	c.tell(log, s)
	s.seen, s.seed = make(map[uint64]struct{}), maphash.MakeSeed()
	c.tap.feed(s.once)
	defer c.tap.feed(nil)
	cookie, empty := []byte(nil), 0
	for page := 1; ; page++ {
		before := len(s.seen)
		next, err := c.page(ctx, s, cookie)
		if err != nil {
			if lost := (*lostError)(nil); errors.As(err, &lost) {
				lost.entries = len(s.seen)
			}
			return fmt.Errorf("search %s, page %d: %w", s.base, page, err)
		}
		if len(next) == 0 {
			return nil
		}
		if empty++; len(s.seen) > before {
			empty = 0
		}
		if empty >= emptyPages {
			return fmt.Errorf("search %s: %w", s.base, errEmptyLoop)
		}
		cookie = next
	}
}

// once takes an entry, unless its name came before: then the server repeats
// itself.
func (s *search) once(e entry) error {
	h := maphash.Bytes(s.seed, e.dn)
	if _, again := s.seen[h]; again {
		return errLoop
	}
	s.seen[h] = struct{}{}
	return s.take(e)
}

// page reads one page and returns the cookie of the next. The request is new
// each time: the library adds to it.
func (c *conn) page(ctx context.Context, s *search, cookie []byte) ([]byte, error) {
	paging := ldap.NewControlPaging(uint32(s.page))
	paging.SetCookie(cookie)
	request := ldap.NewSearchRequest(s.base, s.scope, ldap.NeverDerefAliases, 0, 0, false, s.filter, s.attrs, []ldap.Control{paging})
	var result *ldap.SearchResult
	err := c.do(ctx, func() (err error) {
		result, err = c.ldap.Search(request)
		return explainSearch(err)
	})
	if err != nil {
		return nil, err // what came beside the error is not looked at
	}
	if err := s.elsewhere(result.Referrals); err != nil {
		return nil, err
	}
	answer, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
	if !ok {
		return nil, errNoPaging
	}
	return answer.Cookie, nil
}

// elsewhere refuses a search part of which lives on another server, unless that
// part is known to hold nobody.
func (s *search) elsewhere(referrals []string) error {
	for _, r := range referrals {
		dn, err := referralBase(r)
		if err == nil && s.ignored(dn) {
			continue
		}
		return fmt.Errorf("part of %s is on another server (%s): read it as a base of its own, or list it in ignore_referrals", s.base, r)
	}
	return nil
}

func (s *search) ignored(dn *ldap.DN) bool {
	for _, known := range s.ignore {
		if known.EqualFold(dn) || known.AncestorOfFold(dn) {
			return true
		}
		if len(known.RDNs) == 1 && len(dn.RDNs) > 0 && known.RDNs[0].EqualFold(dn.RDNs[0]) {
			return true // named by its first part, below whatever base
		}
	}
	return false
}

// referralBase returns the base that a referral's URL names.
func referralBase(url string) (*ldap.DN, error) {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return nil, errBER
	}
	_, base, _ := strings.Cut(rest, "/")
	base, _, _ = strings.Cut(base, "?")
	if base == "" {
		return nil, errBER
	}
	return ldap.ParseDN(base)
}
