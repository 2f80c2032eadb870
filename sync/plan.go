package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// A StepKind is what one call on one account does.
type StepKind uint8

// The kinds of steps.
const (
	StepNone    StepKind = iota
	Create               // make the account
	Adopt                // record that an existing account is ours; no call
	Patch                // change fields
	MigrateAuth          // change how the person signs in
	Deactivate           // end the account; its sessions end with it
	Reactivate           // bring the account back
	Revoke               // end all sessions
	Erase                // delete the account for good, and what syncd knows of the person
	SetRole              // make the person a guest, a member or an administrator: the next higher or lower
	SetPicture           // upload the person's picture, or remove the one that was uploaded

	numStepKinds
)

var stepNames = []string{"", "create", "adopt", "patch", "migrate_auth", "deactivate", "reactivate", "revoke_sessions", "erase", "set_role", "set_picture"}

// String returns the name that configuration, logs and metrics use.
func (k StepKind) String() string { return nameOf(stepNames, k) }

// MarshalText implements [encoding.TextMarshaler].
func (k StepKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// StepNone.
func (k *StepKind) UnmarshalText(text []byte) error {
	*k, _ = parseName[StepKind](stepNames, string(text))
	return nil
}

// StepKinds returns every kind but none.
func StepKinds() []StepKind {
	all := make([]StepKind, 0, numStepKinds-1)
	for k := StepNone + 1; k < numStepKinds; k++ {
		all = append(all, k)
	}
	return all
}

// A Step is one call on one account.
type Step struct {
	Kind     StepKind
	Set      FieldSet // Create, Patch: the fields that are written
	From     Profile  // the account's profile before the step
	To       Profile  // and after it
	Was      Auth     // MigrateAuth: how the person signed in
	Auth     Auth     // Create, MigrateAuth: how the person signs in
	How      How      // Create, Adopt: how the account becomes ours
	By       FieldSet // Adopt: in what the account and the person agree
	Replaces Key      // Adopt: the key whose link ends with it
	Cause    Cause    // Deactivate, Reactivate, Revoke, Erase: why
	Wave     int      // all steps of a wave end before one of the next begins
	Way      Way      `json:",omitempty"` // MigrateAuth: its part in a detour

	WasRole Role    `json:",omitzero"` // SetRole: what the person was
	Role    Role    `json:",omitzero"` // SetRole: and will be
	Lost    string  `json:",omitzero"` // SetRole: other roles, which the server may take with it
	Picture Picture `json:",omitzero"` // SetPicture: the new one, or NoPicture
	Had     string  `json:",omitzero"` // SetPicture: digest of what syncd uploaded before; "": nothing

	// Revoke of somebody who leaves: when the account ends. It moves with the
	// clock until the grace has begun, so it is no part of the digest.
	Due time.Time `json:"-"`

	// Ids of access tokens that end with the account (Deactivate), or work again
	// with it (Reactivate by an undo): sorted, a space between.
	Tokens string `json:",omitempty"`

	ResetMFA  bool `json:",omitempty"` // Reactivate: the person sets up a new second factor
	EndTokens bool `json:",omitempty"` // Reactivate: access tokens that work are disabled before
}

// A Change is what is due for one person: the steps in the order in which they
// are made. Their waves never fall.
type Change struct {
	Identity Identity // zero for somebody who is absent
	User     User     // zero for a creation
	Link     Link     // as it was; without UserID for somebody who has none
	Steps    []Step
}

// Has reports whether one of the steps is of the kind.
func (c Change) Has(kind StepKind) bool {
	for _, s := range c.Steps {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

// Username returns the user name by which people know the person now.
func (c Change) Username() string {
	if c.User.ID != "" {
		return c.User.Profile[Username]
	}
	return c.Identity.Profile[Username]
}

// A Hold is a person for whom something may be due that must not happen.
type Hold struct {
	Change Change
	Reason Reason
	Detail string
}

// A Pending is a person who left and whose grace is not over.
type Pending struct {
	Link  Link
	User  User
	Cause Cause
	Due   time.Time // when the account is deactivated
}

// A Note is a wish that the plan leaves out without holding the person.
type Note struct {
	Key      Key
	Username string
	Field    Field // of WarnLocked
	Reason   Reason
	Detail   string
}

// A Plan is what is due for everybody. It is plain values: it can be printed,
// compared and stored. People = Unchanged + len(Changes) + len(Pending) +
// len(Held).
type Plan struct {
	Sources   []SourceCount // those that were read, in order of precedence
	Changes   []Change      // in the order of their first waves, then by key
	Pending   []Pending     // by key
	Held      []Hold        // by key, reason, detail
	Notes     []Note        // by key, field
	Units     []UnitCount   // from where people leave, most leavers first
	Links     []Link        // what must be remembered although no step says so; by key
	Unchanged int
	People    int  // everybody whom the source states, rejects with a key, or a link names
	Read      int  // identities that were read
	Managed   int  // linked accounts that are active
	Illegible int  // rejects without a legible key
	Strangers int  // accounts on the server that no link names; -1 if not known
	Mails     int  // mails that the server will send because of the changes
	AdoptOnly bool // nothing but adoptions was planned
}

// Steps counts the steps by kind.
func (p Plan) Steps() map[StepKind]int {
	n := make(map[StepKind]int)
	for _, c := range p.Changes {
		for _, s := range c.Steps {
			n[s.Kind]++
		}
	}
	return n
}

// Digest returns "sha256:" and the digest of the changes, by which two plans
// can be compared.
func (p Plan) Digest() string {
	text, err := json.Marshal(p.Changes)
	if err != nil {
		panic("sync: a plan is plain values: " + err.Error()) // cannot happen
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// A UnitCount says how many leave an organizational unit.
type UnitCount struct {
	Unit    string // as in Link.Unit
	People  int    // linked people who are or were there
	Leavers int    // those of them who leave in this plan
}

// Leaving returns how many leave for a cause.
func (p Plan) Leaving(cause Cause) int {
	n := 0
	for _, c := range p.Changes {
		if c.leaves(cause) {
			n++
		}
	}
	return n
}

// leaves reports whether the change ends somebody's account, or their sessions,
// because they leave for the cause.
func (c Change) leaves(cause Cause) bool {
	return slices.ContainsFunc(c.Steps, func(s Step) bool {
		return s.Cause == cause && (s.Kind == Deactivate || s.Kind == Revoke)
	})
}

// A SourceCount says how many people are one source's.
type SourceCount struct {
	Source  string
	Joins   bool // its records may have a join value
	Read    Read
	Managed int // linked accounts that are active and have a key of this source
}

// PlanVersion grows whenever this package makes another plan of the same input,
// so that a person looks at it before an upgraded daemon carries it out.
const PlanVersion = 1

// An Input is all that a plan depends on.
type Input struct {
	Roster    Roster
	Users     []User // every linked user, and whoever holds a name or e-mail that is wanted
	Links     []Link
	Open      []Intent
	Sightings []Sighting // of a second look at leavers; each key once
	Tokens    Tokens     // of people whose account would end; nil: not asked for
	Facts     Facts
	Policy    Policy
	Now       time.Time
}
