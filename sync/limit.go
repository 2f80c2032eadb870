package sync

// A Sort is a sort of change that is counted and bounded.
type Sort uint8

// The sorts. Those of changes come first; the rest is about what a source says.
const (
	SortCreate     Sort = iota
	SortDeactivate      // people who leave: their account ends, or their sessions do
	SortAbsent          // those of them who leave because no source has them
	SortReactivate
	SortPatch // people with a changed field
	SortUsername
	SortEmail
	SortAuth
	SortRevoke  // people who stay and must sign in again
	SortErase   // accounts that are deleted for good
	SortRole    // people whose role changes, and new administrators
	SortPicture // people who lose the picture that syncd uploaded
	SortShrink  // people whom a source lost since the last good run
	SortEmpty   // people whom a source had that has nobody now
	SortFew     // people whom a source lacks of the fewest it must have
	SortFill    // people without a value in a field
	SortJoin    // people without a join value
	SortConfig  // sources, mapping or policy that nobody accepted yet
	SortSeats   // people for whom no seat is left

	numSorts
	numCounted = SortShrink // sorts of changes
)

var sortNames = []string{
	"create", "deactivate", "deactivate_absent", "reactivate", "patch", "change_username", "change_email",
	"migrate_auth", "revoke_sessions", "erase", "change_role", "remove_picture",
	"shrink", "empty", "min_people", "fill", "join", "config", "seats",
}

// Sorts returns every sort.
func Sorts() []Sort {
	all := make([]Sort, 0, numSorts)
	for s := range numSorts {
		all = append(all, s)
	}
	return all
}

// String returns the name that configuration and output use.
func (s Sort) String() string { return nameOf(sortNames, s) }

// MarshalText implements [encoding.TextMarshaler].
func (s Sort) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// SortCreate.
func (s *Sort) UnmarshalText(text []byte) error {
	*s, _ = parseName[Sort](sortNames, string(text))
	return nil
}

// reason returns the code under which the guard refuses too many of a sort.
func (s Sort) reason() Reason {
	return [numSorts]Reason{
		RefuseCreate, RefuseDeactivate, RefuseAbsent, RefuseReactivate, RefusePatch, RefuseUsername, RefuseEmail,
		RefuseAuth, RefuseRevoke, RefuseErase, RefuseRole, RefusePicture,
		RefuseShrink, RefuseEmpty, RefuseFew, RefuseFill, RefuseJoin, RefuseConfig, RefuseSeats,
	}[s]
}

// A Limit bounds how many changes of one sort a run may make. A sort may be
// made min(Count, Percent of the base) times, and up to Floor times whatever
// the others say, so that a team of twelve can lose one.
type Limit struct {
	Percent float64 // of the base; below zero: no share is checked
	Count   int     // below zero: no number is checked
	Floor   int
	Day     float64 // how often a run's limit may be used up in any 24 hours; zero: no budget
}

// Limits bound what a run may do.
type Limits struct {
	Create      Limit // of the managed accounts
	Deactivate  Limit // leavers who are signed out while their grace lasts count too
	Absent      Limit // those of them whom no source has
	Reactivate  Limit
	Patch       Limit // people with a changed field
	Username    Limit // changed user names
	Email       Limit // changed e-mails
	MigrateAuth Limit
	Revoke      Limit // people who stay and whose sessions end
	Erase       Limit // accounts that are deleted for good
	Role        Limit // people whose role changes, and new administrators
	Picture     Limit // people who lose the picture that syncd uploaded
	Shrink      Limit // people that one source lost since the last good run
	Empty       Limit // people that a source had which has nobody now
}

// of returns the limit of a sort of change.
func (l Limits) of(s Sort) Limit {
	return [numCounted]Limit{
		l.Create, l.Deactivate, l.Absent, l.Reactivate, l.Patch, l.Username, l.Email, l.MigrateAuth, l.Revoke,
		l.Erase, l.Role, l.Picture,
	}[s]
}

// check compares a number with what the limit allows of a base.
func (l Limit) check(s Sort, planned, base int) Check {
	allowed := l.allowed(base)
	return Check{
		Reason: s.reason(), Sort: s, Planned: planned, Allowed: allowed, Of: base, Percent: l.Percent,
		OK: allowed < 0 || planned <= allowed,
	}
}

// checkDay compares a number, and what earlier runs of a day did, with the
// budget of 24 hours.
func (l Limit) checkDay(s Sort, planned, spent, base int) Check {
	budget := l.allowed(base)
	if l.Day == 0 {
		budget = -1
	}
	if budget >= 0 {
		budget = int(l.Day*float64(budget) + 1e-6)
	}
	return Check{
		Reason: RefuseDay, Sort: s, Planned: planned, Spent: spent, Allowed: budget, Of: base, Percent: l.Percent,
		OK: budget < 0 || planned == 0 || planned+spent <= budget,
	}
}

// allowed returns how many the limit allows of a base. A share that is whole
// on paper must not lose one to binary fractions: 2.3 % of 3,000 is 69.
func (l Limit) allowed(base int) int {
	if l.Percent < 0 && l.Count < 0 {
		return -1
	}
	allowed := l.Count
	if share := int(l.Percent*float64(base)/100 + 1e-6); l.Percent >= 0 && (allowed < 0 || share < allowed) {
		allowed = share
	}
	return max(allowed, l.Floor)
}

// A Tally counts, by sort, the people to whom a change happens.
type Tally [numCounted]int

// tally counts the people of a plan.
func (p Plan) tally() Tally {
	var n Tally
	for _, c := range p.Changes {
		for s, yes := range c.sorts() {
			if yes {
				n[s]++
			}
		}
	}
	return n
}

// sorts says which sorts of change happen to the person.
func (c Change) sorts() [numCounted]bool {
	set := c.sets()
	var is [numCounted]bool
	is[SortPatch], is[SortUsername], is[SortEmail] = set != 0, set.Has(Username), set.Has(Email)
	is[SortAuth] = c.Moves()
	for _, s := range c.Steps {
		leaves := s.Kind == Deactivate || s.Kind == Revoke && s.Cause != CauseNone
		is[SortCreate] = is[SortCreate] || s.Kind == Create
		is[SortDeactivate] = is[SortDeactivate] || leaves
		is[SortAbsent] = is[SortAbsent] || leaves && s.Cause == CauseAbsent
		is[SortReactivate] = is[SortReactivate] || s.Kind == Reactivate
		is[SortErase] = is[SortErase] || s.Kind == Erase
		is[SortRevoke] = is[SortRevoke] || s.Kind == Revoke && s.Cause == CauseNone
	}
	is[SortPicture] = c.removesPicture()
	is[SortRole] = c.isRole()
	is[SortRevoke] = is[SortRevoke] && !is[SortAuth] && !is[SortRole] // its sessions end because the sign-in or the role changes
	return is
}

// sets returns the fields that the change patches.
func (c Change) sets() FieldSet {
	var set FieldSet
	for _, s := range c.Steps {
		if s.Kind == Patch {
			set |= s.Set
		}
	}
	return set
}
