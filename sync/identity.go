package sync

import (
	"strings"
	"time"
)

// A Key names one person for ever: the name of the source, a colon, and the
// directory's immutable id for that person (the anchor).
type Key string

// NewKey returns the key of the person with the given anchor in a source.
func NewKey(source, anchor string) Key { return Key(source + ":" + anchor) }

// Source returns the name of the source.
func (k Key) Source() string {
	name, _, _ := strings.Cut(string(k), ":")
	return name
}

// AuthEmail is the service of people who sign in with e-mail and password.
// The sinks use it too, whatever their server calls it.
const AuthEmail = "email"

// Auth says how a person signs in. The zero value means "not stated".
type Auth struct {
	Service string // "email", "ldap", "saml", "gitlab", "google", "office365", "openid"
	Data    string // the person's name at that service; "" for e-mail
}

// A Status says what the directory holds of a person.
type Status uint8

// The statuses of an identity. A source always states one.
const (
	StatusNone Status = iota
	Enabled
	Disabled
	Expired
)

var statusNames = []string{"", "enabled", "disabled", "expired"}

// String returns the name that configuration and logs use.
func (s Status) String() string { return nameOf(statusNames, s) }

// MarshalText implements [encoding.TextMarshaler].
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// An Origin says where a record was read, for people: the file or directory
// and the place in it ("people.csv", "line 14").
type Origin struct {
	Source string
	Place  string
}

// String returns both parts as "people.csv, line 14".
func (o Origin) String() string {
	if o.Source == "" || o.Place == "" {
		return o.Source + o.Place
	}
	return o.Source + ", " + o.Place
}

// An Identity is a person as a source states them.
type Identity struct {
	Key     Key
	Profile Profile
	States  FieldSet // the fields that the source states; the others are left alone
	Auth    Auth     // zero: not stated
	When    AuthMode // when Auth is written
	Status  Status
	Role    Role   `json:",omitzero"` // none: not stated
	Stamp   string // source:digest of the attributes whose change signs the person out; "" if none
	Join    string // equal for records of one person in several sources; "": in none
	Origin  Origin
	First   *FirstDay `json:",omitempty"` // nil: nothing is stated
	Picture *Picture  `json:",omitempty"` // nil: the source has not looked for one
}

// A Reject is a record that did not become an identity.
type Reject struct {
	Key    Key    // "" if not even that was legible
	Join   string // as in Identity; "" if not legible, or if there is none
	Unsure bool   // the record is so broken that Key may be another person's
	Hints  string // values that may be the person's user name or e-mail, in small letters, a line each
	Origin Origin
	Reason Reason
	Detail string // what is wrong, without personal data beyond key and user name
}

// A Receipt is the evidence that a snapshot is whole.
type Receipt struct {
	Entries   int            // records read, the header not counted
	Excluded  int            // records that the configured filter left out
	Filled    [numFields]int // identities with a value, by field
	Sentinels int            // records found that must be in every read
	Server    string         // the server or file that answered
	Took      time.Duration
	Pictures  bool // pictures were read
	Pictured  int  // identities with a picture
}

// A Snapshot is all that a source says at one moment. There is no partial
// snapshot: a source returns everything or an error.
type Snapshot struct {
	Source     string
	Identities []Identity
	Rejects    []Reject
	Receipt    Receipt
}
