package sources

import (
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// The names that Check knows beside those of the fields.
const (
	checkKey         = "key"
	checkStatus      = "status"
	checkAuthService = "auth.service"
	checkAuthData    = "auth.data"
	checkJoin        = "join"
	checkRole        = "role"
	checkHashKind    = "password_hash" // "bcrypt", "pbkdf2"
	checkZone        = "timezone"
	checkRejected    = "rejected" // "true", or a reason such as SYD-H-VALUE
	checkExcluded    = "excluded" // "true"
)

// A Difference is one thing in which a record did not become what a test of
// the mapping expects.
type Difference struct {
	Name string // what was compared, as in the test
	Got  string
	Want string
	Note string // why, if there is more to say
}

// CheckNames returns what a test of the mapping may expect: every field, and
// key, status, auth.service, auth.data, role, join, password_hash (which kind),
// timezone, rejected and excluded.
func CheckNames() []string {
	var names []string
	for _, f := range sync.Fields() {
		names = append(names, f.String())
	}
	return append(names, checkKey, checkStatus, checkAuthService, checkAuthData, checkRole, checkJoin, checkHashKind, checkZone, checkRejected, checkExcluded)
}

// Check maps a record and returns in what the result differs from what is
// wanted, by name as in CheckNames. What is not named is not compared, except
// that the record must become an identity unless the test says otherwise. A
// name that is not known differs always.
func (m *Mapping) Check(r Record, want map[string]string, now time.Time) []Difference {
	mapped := m.Map(r, sync.Origin{Source: "test"}, now)
	got := m.outcome(mapped)
	note := ""
	if mapped.Reject != nil {
		note = mapped.Reject.Detail
	}
	var diffs []Difference
	for _, name := range CheckNames() {
		w, named := want[name]
		verdict := name == checkRejected || name == checkExcluded
		if (named || verdict) && !agrees(got[name], w, verdict) {
			diffs = append(diffs, Difference{name, got[name], w, note})
		}
	}
	return append(diffs, unknownNames(want)...)
}

// agrees compares, where a verdict may be wanted as "true" or, the same as not
// at all, as "false".
func agrees(got, want string, verdict bool) bool {
	if verdict && want == "true" {
		return got != ""
	}
	if verdict && want == "false" {
		return got == ""
	}
	return got == want
}

// outcome returns what a record became, under the names of CheckNames.
func (m *Mapping) outcome(mapped Mapped) map[string]string {
	switch {
	case mapped.Reject != nil:
		return map[string]string{checkRejected: mapped.Reject.Reason.Code(), checkKey: string(mapped.Reject.Key)}
	case mapped.Excluded:
		return map[string]string{checkExcluded: "true"}
	}
	id := mapped.Identity
	got := map[string]string{
		checkKey:         string(id.Key),
		checkStatus:      id.Status.String(),
		checkAuthService: id.Auth.Service,
		checkAuthData:    id.Auth.Data,
		checkRole:        id.Role.String(),
		checkJoin:        id.Join,
	}
	if id.First != nil {
		got[checkHashKind], got[checkZone] = id.First.HashKind, id.First.Timezone
	}
	for _, f := range sync.Fields() {
		got[f.String()] = id.Profile[f]
	}
	return got
}

func unknownNames(want map[string]string) []Difference {
	var diffs []Difference
	for name, w := range want {
		if !slices.Contains(CheckNames(), name) {
			note := "there is no such thing to compare"
			if near := Nearest(name, CheckNames()); near != "" {
				note += ", did you mean " + near + "?"
			}
			diffs = append(diffs, Difference{Name: name, Want: w, Note: note})
		}
	}
	slices.SortFunc(diffs, func(a, b Difference) int { return strings.Compare(a.Name, b.Name) })
	return diffs
}
