package main

import "github.com/directory-sync/syncd/sync"

// describeRole says what becomes of a role. Whoever is made was nothing before.
func describeRole(c sync.Change, s sync.Step) string {
	if c.Has(sync.Create) {
		return "role " + s.Role.String()
	}
	text := "role " + s.WasRole.String() + " -> " + s.Role.String()
	if s.Lost != "" {
		text += ", which may take the roles " + clean(s.Lost) + " too"
	}
	return text
}
