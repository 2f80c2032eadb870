package csvfile

import "io"

// The standard reader knows one quote, the double one. For the others, bytes
// trade places before it reads and trade back in what it returns. Without
// quotes, the double one becomes a byte that valid UTF-8 never has, and that
// byte, where a broken file has it, another such, which its reject then shows.
const (
	never     = 0xFF
	neverBack = 0xFE
)

// trade returns by which byte each byte is replaced, there and back; nil when
// none is.
func (d dialect) trade() (there, back *[256]byte) {
	if d.quote == '"' {
		return nil, nil
	}
	there, back = new([256]byte), new([256]byte)
	for i := range there {
		there[i], back[i] = byte(i), byte(i)
	}
	if d.quote == 0 {
		there['"'], there[never], back[never] = never, neverBack, '"'
		return there, back
	}
	there['"'], there[d.quote] = d.quote, '"'
	back['"'], back[d.quote] = d.quote, '"'
	return there, back
}

// traded is a reader that replaces bytes.
type traded struct {
	r     io.Reader
	table *[256]byte
}

func (t traded) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for i, b := range p[:n] {
		p[i] = t.table[b]
	}
	return n, err
}

// replaced returns s with its bytes replaced.
func replaced(s string, table *[256]byte) string {
	for i := range len(s) {
		if table[s[i]] != s[i] {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = table[b[i]]
			}
			return string(b)
		}
	}
	return s
}
