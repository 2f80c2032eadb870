package sync

import (
	"cmp"
	"slices"
	"strings"
)

// unit returns the name of the entry above the one at a place, when the place
// is a distinguished name (RFC 4514: a comma in a value has a backslash before
// it), or "".
func unit(place string) string {
	if !strings.Contains(place, "=") {
		return ""
	}
	for i := 0; i < len(place); i++ {
		switch place[i] {
		case '\\':
			i++
		case ',':
			return place[i+1:]
		}
	}
	return ""
}

// countUnits says from where people leave.
func countUnits(people []person, changes []Change) []UnitCount {
	leavers := make(map[string]int)
	for _, c := range changes {
		if slices.ContainsFunc(Causes(), c.leaves) {
			leavers[c.Link.Unit]++
		}
	}
	if len(leavers) == 0 {
		return nil
	}
	all := make(map[string]int)
	for i := range people {
		if p := &people[i]; p.linked() && leavers[p.link.Unit] > 0 {
			all[p.link.Unit]++
		}
	}
	var units []UnitCount
	for name, n := range leavers {
		units = append(units, UnitCount{name, all[name], n})
	}
	slices.SortFunc(units, func(a, b UnitCount) int {
		return cmp.Or(cmp.Compare(b.Leavers, a.Leavers), cmp.Compare(a.Unit, b.Unit))
	})
	return units
}
