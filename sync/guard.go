package sync

// A Limit bounds how many changes of one sort a run may make. A sort may be
// made min(Count, Percent of the base) times, and up to Floor times whatever
// the others say, so that a team of twelve can lose one.
type Limit struct {
	Percent float64 // of the base; below zero: no share is checked
	Count   int     // below zero: no number is checked
	Floor   int
}

// Limits bound what a run may do.
type Limits struct {
	Create      Limit // of the managed accounts
	Deactivate  Limit
	Reactivate  Limit
	Username    Limit // changed user names
	Email       Limit // changed e-mails
	MigrateAuth Limit
	Shrink      Limit // people that the source lost since the last good run
}

// A Guard looks at a whole plan before its first write.
type Guard struct {
	Limits   Limits
	LastRead int // identities at the last good run; 0: there was none
}

// A Check is what a guard found for one limit.
type Check struct {
	Reason  Reason // the code under which it refuses
	Planned int
	Allowed int // below zero: no limit
	Of      int // the base
	Percent float64
	OK      bool
}

// A Verdict is what a guard says of a plan.
type Verdict struct {
	Checks []Check // in a fixed order, those without a limit too
}
