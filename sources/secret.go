package sources

import (
	"maps"
	"slices"
	"strings"
)

// secrets refuses to make anything of an attribute that has the hash of a
// password: it would be shown, or kept. A filter and a status say yes or no.
func (c *specCompiler) secrets() {
	if c.m.hash == nil {
		return
	}
	may := []string{pathHash, "filter", "status.disabled", "status.expired"}
	for _, secret := range c.m.hash.attributes() {
		for _, attr := range slices.Sorted(maps.Keys(c.m.uses)) {
			if !strings.EqualFold(attr, secret) {
				continue
			}
			for _, path := range c.m.uses[attr] {
				if !slices.Contains(may, path) {
					c.secret(path, attr)
				}
			}
		}
		if strings.EqualFold(c.m.picture, secret) {
			c.secret("picture", c.m.picture)
		}
	}
}

func (c *specCompiler) secret(path, attr string) {
	c.fault(path, "", "password_hash is made of %s, so that nothing else may be: the hash of a password would be shown", attr)
}
