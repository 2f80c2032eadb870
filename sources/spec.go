package sources

import (
	"fmt"

	"github.com/directory-sync/syncd/sync"
)

// A Record is one raw entry or row: the name of an attribute and its value, a
// string or, where a directory holds several, a []string. What is absent is "".
type Record map[string]any

// A Spec says how records become identities. It holds plain values; Compile
// checks them.
type Spec struct {
	Source   string                   // name of the source, the first part of keys
	Anchor   string                   // attribute that holds the anchor
	Include  string                   // records for which it is false are no people; "": all are
	Disabled string                   // records for which it is true are disabled; "": never
	Expired  string                   // records for which it is true are expired; "": never
	Join     string                   // expression (text): equal for records of one person in several sources
	Fields   map[sync.Field]FieldSpec // fields that are not here are left alone
	Auth     AuthSpec
	Role     string   `json:",omitempty"` // expression (text): one of [sync.Roles], or nothing; "": not stated
	Hash     string   `json:",omitempty"` // expression (text): the hash of a new account's password
	Timezone string   `json:",omitempty"` // expression (text): a new account's time zone
	Stamp    []string // attributes whose change signs the person out

	Picture string `json:",omitempty"` // attribute with the picture, or column with the name of its file; "": there are none
}

// A FieldSpec says where the value of a field comes from.
type FieldSpec struct {
	From    string  // expression (text)
	OnEmpty OnEmpty // what an empty value means
}

// An AuthSpec says how people sign in. The zero value states nothing.
type AuthSpec struct {
	Service     string // one of Services
	ServiceFrom string // or an expression (text) that gives one; empty: not stated
	Data        string // expression (text): the person's name at that service
	When        sync.AuthMode
}

// OnEmpty says what an empty value of a field means.
type OnEmpty uint8

// The meanings of an empty value. The zero value is Hold for user name and
// e-mail and Keep for all other fields.
const (
	OnEmptyDefault OnEmpty = iota
	Keep                   // the source does not state the field
	Clear                  // the source states that it is empty
	Hold                   // the record is a reject
)

// String returns the name that the configuration uses.
func (o OnEmpty) String() string {
	if names := onEmptyNames(); int(o) < len(names) {
		return names[o]
	}
	return ""
}

// ParseOnEmpty returns the meaning with the given name.
func ParseOnEmpty(name string) (OnEmpty, bool) {
	for i, n := range onEmptyNames() {
		if n == name && name != "" {
			return OnEmpty(i), true
		}
	}
	return OnEmptyDefault, false
}

func onEmptyNames() []string { return []string{"", "keep", "clear", "hold"} }

// Services returns the ways to sign in that an [AuthSpec] may name.
func Services() []string {
	return []string{sync.AuthEmail, "ldap", "saml", "gitlab", "google", "office365", "openid"}
}

// A Fault is one mistake in a Spec.
type Fault struct {
	Path    string // the key: "name", "anchor.attribute", "filter", "status.disabled", "mapping.email.from", "mapping.auth.data", "mapping.role.from", "join", "sessions.revoke_on[0]"
	Offset  int    // bytes into the expression; -1: the mistake is not at one place in an expression
	Message string
	Meant   string // what was probably meant; "" if unknown
}

// String returns the fault as one line.
func (f Fault) String() string {
	s := f.Path
	if f.Offset >= 0 {
		s = fmt.Sprintf("%s at %d", s, f.Offset)
	}
	s += ": " + f.Message
	if f.Meant != "" {
		s += fmt.Sprintf(", did you mean %s?", f.Meant)
	}
	return s
}
