package state

import (
	"database/sql"
	"encoding"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// millis is a time as it is kept; nil for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func fromMillis(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMilli(n.Int64).UTC()
}

// parse reads an enum's name. A name that is not known is an error: to take
// it for "none" would be a guess.
func parse[E fmt.Stringer, P interface {
	*E
	encoding.TextUnmarshaler
}](name string) (E, error) {
	var e E
	if name == "" {
		return e, nil
	}
	if err := P(&e).UnmarshalText([]byte(name)); err != nil {
		return e, err
	}
	if e.String() != name {
		return e, fmt.Errorf("%q is no %T", name, e)
	}
	return e, nil
}

// toJSON is for maps and slices of strings and numbers, which always have a
// JSON form. Map keys are sorted, so the same value gives the same text.
func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("state: " + err.Error()) // cannot happen
	}
	return string(text)
}

// chunkBytes is how much a packer allocates at a time.
const chunkBytes = 64 << 10

// A packer puts many short strings into few allocations: a million links have
// millions of strings, and the garbage collector looks at each allocation.
type packer struct {
	chunk  strings.Builder
	row    linkRow
	shared map[string]string
}

// share is pack for texts that many have in common.
func (p *packer) share(s string) string {
	if kept, ok := p.shared[s]; ok || s == "" {
		return kept
	}
	if p.shared == nil {
		p.shared = make(map[string]string)
	}
	s = p.pack(s)
	p.shared[s] = s
	return s
}

func (p *packer) pack(s string) string {
	if s == "" {
		return ""
	}
	if p.chunk.Len()+len(s) > p.chunk.Cap() {
		p.chunk = strings.Builder{} // the strings in the old one keep it alive
		p.chunk.Grow(max(chunkBytes, len(s)))
	}
	start := p.chunk.Len()
	p.chunk.WriteString(s)
	return p.chunk.String()[start:]
}
