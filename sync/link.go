package sync

import "time"

// How says how a link came to be.
type How uint8

// The ways in which an account becomes ours.
const (
	HowNone   How = iota
	Created       // syncd made the account
	Adopted       // a person asked syncd to take over an account that existed
	Recovered     // syncd made the account, but died before it heard the answer
)

var howNames = []string{"", "created", "adopted", "recovered"}

// String returns the name that the journal uses.
func (h How) String() string { return nameOf(howNames, h) }

// MarshalText implements [encoding.TextMarshaler].
func (h How) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// HowNone.
func (h *How) UnmarshalText(text []byte) error {
	*h, _ = parseName[How](howNames, string(text))
	return nil
}

// A Cause says why somebody leaves.
type Cause uint8

// The causes of leaving.
const (
	CauseNone     Cause = iota
	CauseAbsent         // the source no longer has the person
	CauseDisabled       // the source says that the account is disabled
	CauseExpired        // the source says that the account's time is over
	CauseUndone         // nobody left: an undo took back that the account was made or brought back

	numCauses
)

var causeNames = []string{"", "absent", "disabled", "expired", "undone"}

// String returns the name that configuration, logs and metrics use.
func (c Cause) String() string { return nameOf(causeNames, c) }

// MarshalText implements [encoding.TextMarshaler].
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// CauseNone.
func (c *Cause) UnmarshalText(text []byte) error {
	*c, _ = parseName[Cause](causeNames, string(text))
	return nil
}

// Causes returns every cause for which people leave.
func Causes() []Cause { return []Cause{CauseAbsent, CauseDisabled, CauseExpired} }

// A Link records that an account is ours, and what we must remember of it
// because no server can tell. Links are plain values: two of them are equal
// when == says so, so times in them are in UTC without a monotonic part.
type Link struct {
	Key    Key
	UserID string
	Since  time.Time
	How    How

	LeftSince      time.Time // since when the source no longer vouches for the person; zero: it does
	LeftCause      Cause     // why, as of the last run
	DeactivatedFor Cause     // why syncd deactivated the account; none: it did not
	RevokeDue      bool      // the sign-in was changed, but sessions from before may live on
	TokensOff      int       `json:",omitzero"` // how many access tokens ended when syncd deactivated the account, or TokensLeft

	Replaces Key // not remembered: the key whose link this one takes the place of

	Join   string // Identity.Join of the last run
	Others string // the keys that other sources had for the person then, a line each
	Unit   string // the entry above the person's then: an organizational unit; "": a source without any

	Stamp        string    // Identity.Stamp of the last run
	AuthData     string    // Auth.Data that syncd wrote last; servers may hide it
	Owes         string    // the sign-in that the account must get back after a detour: see Owed; "": none
	AskedEmail   string    // an e-mail that waits for its owner's confirmation
	AskedEmailAt time.Time // when it was asked for

	Picture        string    `json:",omitzero"` // digest of the picture that syncd uploaded last
	PictureAt      time.Time `json:",omitzero"` // User.PictureAt right after
	PictureRefused string    `json:",omitzero"` // digest of a picture that the server refused
}

// An Intent is a step that an earlier run wrote down and whose outcome nobody
// heard, because the run died; or, of an account that was made, the role that it
// did not get.
type Intent struct {
	Run    string // id of that run
	Key    Key
	UserID string // "" for a creation
	Kind   StepKind
	To     Profile // for a creation: what was asked for
	Auth   Auth    // and the sign-in; of a way back, what it is
	Way    Way
	Cause  Cause
	Tokens string // of a deactivation: Step.Tokens
	Role   Role   // of a set role
	At     time.Time
}
