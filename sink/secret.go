package sink

import "crypto/rand"

// newPassword returns a password that nobody can guess and nobody is told. It
// has a character of each class, for servers that ask for them, and is shorter
// than the 64 bytes that old ones take.
func newPassword() string { return "aA1!" + rand.Text() + rand.Text() }

// hashAlphabet is what bcrypt writes hashes in.
const hashAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newHash returns what looks like the bcrypt hash of a password that does not
// exist.
func newHash() string {
	b := make([]byte, 53)
	rand.Read(b) // never fails
	for i := range b {
		b[i] = hashAlphabet[b[i]%64]
	}
	return "$2a$10$" + string(b)
}
