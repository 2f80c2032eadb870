package sync

import "time"

// A Mode says which kinds of change may be planned.
type Mode uint8

// The modes. There is no default: the operator chooses.
const (
	ModeNone   Mode = iota
	Full            // create, change, deactivate, reactivate ("sync")
	UpsertOnly      // never deactivate
	CreateOnly      // only create
	Observe         // plan as Full does; nothing is ever carried out
)

var modeNames = []string{"", "sync", "upsert-only", "create-only", "observe"}

// String returns the name that the configuration uses.
func (m Mode) String() string { return nameOf(modeNames, m) }

// MarshalText implements [encoding.TextMarshaler].
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMode returns the mode with the given name.
func ParseMode(name string) (Mode, bool) { return parseName[Mode](modeNames, name) }

// An AuthMode says when the sign-in that a source states is written.
type AuthMode uint8

// The auth modes.
const (
	AuthNever    AuthMode = iota // people sign in as they like
	AuthOnCreate                 // new accounts only
	AuthMigrate                  // accounts that exist are moved too
)

var authModeNames = []string{"never", "create", "migrate"}

// String returns the name that the configuration uses.
func (m AuthMode) String() string { return nameOf(authModeNames, m) }

// MarshalText implements [encoding.TextMarshaler].
func (m AuthMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseAuthMode returns the mode with the given name.
func ParseAuthMode(name string) (AuthMode, bool) { return parseName[AuthMode](authModeNames, name) }

// A Grace says what happens to somebody who left, and after how long.
type Grace struct {
	After  time.Duration // deactivate so long after the person was first missed
	Revoke bool          // end their sessions at once
}

// A Policy says what may be planned.
type Policy struct {
	Mode       Mode
	Leavers    [numCauses]Grace // by Cause
	Erase      time.Duration    // delete accounts for good so long after the person left; 0: never
	Return     bool             // bring back whom syncd deactivated
	ResetMFA   bool             // whoever is brought back sets up a new second factor
	EndTokens  bool             // access tokens end with an account
	Protect    []Pattern        // accounts that are never changed
	Detours    Detours          // ways round what the server refuses
	Stage      Stage            // who moves to another sign-in in one run
	KeepAdmins int              // so many administrators stay active, whatever else is allowed
	Roles      RoleMode         // which roles of accounts that exist are written
	Adopt      FieldSet         // take over unlinked accounts with the same Username, Email or both; forget lost ones
	AdoptOnly  bool             // plan nothing but adoptions
	OnLimit    SeatMode         // what happens when seats are short
	AdoptWho   []string         // keys or user names of people whose account may look like another person\'s

	WelcomeMail bool // the server greets whoever gets an account
	ResetMail   bool // whoever gets one with a password is mailed a link to set it
}
