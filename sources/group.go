package sources

import "strings"

const groupPrefix = "memberOf()"

// GroupAttribute returns the attribute by which a source says that a record's
// person is in the group of the given name: it is not empty then.
func GroupAttribute(group string) string { return groupPrefix + group }

// Groups returns the groups that expressions ask for with memberOf, as they are
// written there, sorted.
func (m *Mapping) Groups() []string {
	var groups []string
	for _, a := range m.wanted {
		if name, ok := strings.CutPrefix(a.name, groupPrefix); ok {
			groups = append(groups, name)
		}
	}
	return groups
}
