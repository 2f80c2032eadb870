package config

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Digest returns the SHA-256, in hexadecimal, of the file's text and of the
// assignments that win over it. Two daemons with the same digest do the same,
// as far as the configuration says; secrets are outside it.
func (c *Config) Digest() string { return c.digest }

// digestOf puts the length before each part, so that nothing can move from one
// into the next unseen.
func digestOf(text []byte, assignments []string) string {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b)))) // never fails
		h.Write(b)
	}
	part(text)
	for _, a := range assignments {
		part([]byte(a))
	}
	return hex.EncodeToString(h.Sum(nil))
}
