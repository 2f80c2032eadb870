package sources

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// A Recorder is a source that can show single records.
type Recorder interface {
	// Record returns the records that fit what somebody is called: a key, an
	// anchor, a place (a DN, "line 14"), a user name or an e-mail. What filter and
	// bases do not let in is found as well.
	Record(ctx context.Context, who string) ([]Found, error)
}

// A Found is a record as a source has it, and how it was mapped.
type Found struct {
	Origin sync.Origin
	Record Record // all of it, with what the mapping does not read; nil: it is too broken
	Trace  Trace
	Out    string // why a whole read does not have it, although it is there; "": it has
}

// MaxFound is how many records a [Recorder] returns at most. Whoever is called
// like more than these is to be named by their key.
const MaxFound = 20

// Key returns the key of the record, "" if it is not legible.
func (f Found) Key() sync.Key {
	switch m := f.Trace.Mapped; {
	case m.Reject != nil:
		return m.Reject.Key
	case m.Excluded:
		return ""
	default:
		return m.Identity.Key
	}
}

// Fits reports whether a record is that of somebody called who: by its key, its
// anchor, its place, the user name or e-mail that it becomes, or a value that
// one of the two is made of.
func (m *Mapping) Fits(who string, f Found) bool {
	if who == "" {
		return false
	}
	if who == string(f.Key()) || strings.EqualFold(who, f.Origin.Place) {
		return true
	}
	for _, s := range f.Trace.Steps {
		switch s.Path {
		case "anchor.attribute":
			if s.Result == who || s.Err == nil && string(m.Key(s.Result)) == who {
				return true
			}
		case pathOf(sync.Username), pathOf(sync.Email):
			if s.Result != "" && strings.EqualFold(s.Result, who) {
				return true
			}
		}
	}
	return m.named(who, f.Record)
}

func pathOf(f sync.Field) string { return "mapping." + f.String() + ".from" }

// named reports whether an attribute of which a user name or an e-mail is made
// has the value, whatever the case of its letters.
func (m *Mapping) named(who string, r Record) bool {
	for _, rule := range m.fields {
		if rule.field != sync.Username && rule.field != sync.Email {
			continue
		}
		for _, attr := range rule.value.attributes() {
			if slices.ContainsFunc(rawValues(r[attr]), func(v string) bool { return strings.EqualFold(v, who) }) {
				return true
			}
		}
	}
	return false
}

// ShownAttribute returns the name of an attribute as an expression writes it:
// that a person is in a group is no attribute of a directory's.
func ShownAttribute(name string) string {
	if group, ok := strings.CutPrefix(name, groupPrefix); ok {
		return "memberOf(" + strconv.Quote(group) + ")"
	}
	return name
}
