package mmsim

import (
	"encoding/base32"
	"math/rand/v2"
	stdsync "sync"
)

// A generator makes ids: 26 characters of the server's alphabet, the same ones
// in each run.
type generator struct {
	mu     stdsync.Mutex
	random *rand.ChaCha8
	code   *base32.Encoding
}

func newGenerator(purpose string) *generator {
	var seed [32]byte
	copy(seed[:], "mmsim "+purpose)
	return &generator{
		random: rand.NewChaCha8(seed),
		code:   base32.NewEncoding("ybndrfg8ejkmcpqxot1uwisza345h769").WithPadding(base32.NoPadding),
	}
}

// next returns the next id.
func (g *generator) next() string {
	var b [16]byte
	g.mu.Lock()
	_, _ = g.random.Read(b[:]) // never fails
	g.mu.Unlock()
	return g.code.EncodeToString(b[:])
}

// validID reports whether s has the form of an id.
func validID(s string) bool { return len(s) == 26 && alphanumeric(s) }

// alphanumeric reports whether s is made of ASCII letters and digits.
func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}
