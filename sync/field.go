package sync

import (
	"iter"
	"strings"
)

// A Field is one attribute of a profile that syncd can keep in step. It is an
// index into a [Profile].
type Field uint8

// The fields of a profile.
const (
	Username Field = iota
	Email
	FirstName
	LastName
	Nickname
	Position
	Locale

	numFields
)

var fieldNames = [numFields]string{
	Username:  "username",
	Email:     "email",
	FirstName: "first_name",
	LastName:  "last_name",
	Nickname:  "nickname",
	Position:  "position",
	Locale:    "locale",
}

// String returns the name that configuration, logs and metrics use.
func (f Field) String() string { return nameOf(fieldNames[:], f) }

// MarshalText implements [encoding.TextMarshaler].
func (f Field) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// ParseField returns the field with the given name.
func ParseField(name string) (Field, bool) { return parseName[Field](fieldNames[:], name) }

// Fields returns every field, in the order of a profile.
func Fields() []Field {
	all := make([]Field, numFields)
	for i := range all {
		all[i] = Field(i)
	}
	return all
}

// A Profile holds one value per field. Profiles are comparable with ==.
type Profile [numFields]string

// A FieldSet is a set of fields.
type FieldSet uint16

// SetOf returns the set of the given fields.
func SetOf(fields ...Field) FieldSet {
	var s FieldSet
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

// Has reports whether the set contains f.
func (s FieldSet) Has(f Field) bool { return s&(1<<f) != 0 }

// All yields the fields of the set in the order of a profile.
func (s FieldSet) All() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for f := range numFields {
			if s.Has(f) && !yield(f) {
				return
			}
		}
	}
}

// String returns the names of the fields, joined by commas.
func (s FieldSet) String() string {
	var names []string
	for f := range s.All() {
		names = append(names, f.String())
	}
	return strings.Join(names, ",")
}

// nameOf returns the name of an enum value, or "" when it is out of range.
func nameOf[E ~uint8](names []string, e E) string {
	if int(e) < len(names) {
		return names[e]
	}
	return ""
}

// parseName is the inverse of nameOf. The empty string is no name.
func parseName[E ~uint8](names []string, s string) (E, bool) {
	for i, name := range names {
		if name == s && s != "" {
			return E(i), true
		}
	}
	return 0, false
}
