package ldapdir

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// maxPictureMessage is the longest message that is taken while pictures are
// read, so that somebody's far too large one is their own trouble.
const maxPictureMessage = 64 << 20

// ReadPictures implements [sync.Gallery]. Of each picture only its digest is
// kept.
func (s *Source) ReadPictures(ctx context.Context) (sync.Snapshot, error) { return s.read(ctx, true) }

// snap looks at the picture of the entry at hand if the attribute is one.
func (r *reader) snap(name, values []byte) {
	if r.picture != "" && names(name, r.picture) {
		r.shot = sources.NewPicture("", onePicture(values), r.source.config.MaxPicture)
	}
}

// names reports whether what an entry calls an attribute is the attribute, also
// with options such as ";binary".
func names(name []byte, attribute string) bool {
	base, _, _ := bytes.Cut(name, []byte(";"))
	return strings.EqualFold(string(base), attribute)
}

// onePicture returns the picture among the values of an attribute that counts,
// while it is in the buffer.
func onePicture(values []byte) []byte {
	var all [][]byte
	_ = eachValue(values, func(v []byte) { all = append(all, v) }) // decodeEntry has seen to their form
	return sources.OnePicture(all)
}

// pictured states the picture of the entry at hand.
func (r *reader) pictured(m sources.Mapped) sources.Mapped {
	if r.picture != "" && m.Reject == nil && !m.Excluded {
		shot := r.shot
		shot.Key = m.Identity.Key
		m.Identity.Picture = &shot
	}
	return m
}

// Pictures implements [sync.Gallery]. One connection serves all of them.
func (s *Source) Pictures(ctx context.Context, _ []sync.Key) (sync.Pictures, error) {
	p := &pictures{source: s}
	if err := p.open(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// pictures are the pictures of a directory.
type pictures struct {
	source *Source
	conn   *conn // nil: it broke
	bases  []string
}

func (p *pictures) open(ctx context.Context) error {
	return p.source.ask(ctx, func(a address) error {
		c, err := p.source.connect(ctx, a)
		if err != nil {
			return err
		}
		if p.bases, err = p.source.bases(ctx, c); err != nil {
			c.close()
			return fmt.Errorf("%s: %w", a, err)
		}
		c.tap.admit(maxPictureMessage)
		p.conn = c
		return nil
	})
}

// Close implements [sync.Pictures].
func (p *pictures) Close() error {
	if p.conn != nil {
		p.conn.close()
		p.conn = nil
	}
	return nil
}

// Picture implements [sync.Pictures]. A connection that broke is made again
// once.
func (p *pictures) Picture(ctx context.Context, key sync.Key) ([]byte, error) {
	fresh := p.conn == nil
	if fresh {
		if err := p.open(ctx); err != nil {
			return nil, err
		}
	}
	picture, err := p.search(ctx, key)
	if err == nil {
		return picture, nil
	}
	_ = p.Close() // never fails
	if fresh || ctx.Err() != nil {
		return nil, err
	}
	return p.Picture(ctx, key)
}

// search asks for the picture of one person, and for nothing else. The log does
// not show whose it is.
func (p *pictures) search(ctx context.Context, key sync.Key) (picture []byte, err error) {
	s := p.source
	anchor, _ := strings.CutPrefix(string(key), s.config.Name+":")
	raw, err := s.config.Anchor.Decode(anchor)
	if err != nil {
		return nil, fmt.Errorf("picture of %s: %w", key, err)
	}
	attribute := s.mapping.Picture()
	for _, base := range p.bases {
		q := s.search(base, perGlimpse, []string{attribute}, func(e entry) error {
			return e.each(func(name, values []byte) error {
				if one := onePicture(values); names(name, attribute) && len(one) <= s.config.MaxPicture {
					picture = slices.Clone(one)
				}
				return nil
			})
		})
		q.filter = "(&" + q.filter + anchorFilter(s.mapping.Anchor(), raw) + ")"
		if err := p.conn.run(ctx, q, zap.NewNop()); err != nil {
			return nil, fmt.Errorf("picture of %s: %w", key, err)
		}
		if picture != nil {
			return picture, nil
		}
	}
	return nil, nil
}
