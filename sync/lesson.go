package sync

import (
	"fmt"
	"maps"
	"time"
)

// A LessonKind says what a refusal told of the server.
type LessonKind uint8

// The kinds of lessons.
const (
	LessonNone       LessonKind = iota
	LessonGuests                // nobody is made a guest
	LessonErase                 // no account is deleted for good
	LessonReactivate            // no account of a sign-in service is activated again
	LessonLocked                // a field of whoever signs in with a service is not changed
)

var lessonNames = []string{"", "guests", "erase", "reactivate", "locked"}

// String returns the name that state and programs use.
func (k LessonKind) String() string { return nameOf(lessonNames, k) }

// ParseLessonKind returns the kind with the given name.
func ParseLessonKind(name string) (LessonKind, bool) {
	return parseName[LessonKind](lessonNames, name)
}

// A Lesson is what only a trial tells of a server: a refusal that has to do with
// the server and not with the person.
type Lesson struct {
	Kind     LessonKind
	Service  string // of LessonReactivate and LessonLocked: how people sign in
	Field    Field  // of LessonLocked
	Said     string // the server's id of the refusal
	ServerID string // [Facts.ServerID] of then
	At       time.Time
}

// lessonTime is how long a lesson counts: settings may change without a sign.
const lessonTime = 7 * 24 * time.Hour

// Until returns when the lesson is forgotten, whatever happens.
func (l Lesson) Until() time.Time { return l.At.Add(lessonTime) }

// Holds reports whether the lesson still counts: the server says that it is the
// same one, and it is not long ago.
func (l Lesson) Holds(serverID string, now time.Time) bool {
	return l.ServerID == serverID && serverID != "" && now.Before(l.Until()) && !l.At.After(now)
}

// String says what was learned, as a sentence about the server.
func (l Lesson) String() string {
	switch l.Kind {
	case LessonGuests:
		return "it makes nobody a guest"
	case LessonErase:
		return "it deletes no account for good"
	case LessonReactivate:
		return fmt.Sprintf("it activates no account again that signs in with %s", l.Service)
	case LessonLocked:
		return fmt.Sprintf("it does not change %s of whoever signs in with %s", l.Field, l.Service)
	}
	return ""
}

// With returns the facts together with what was learned and still counts. What
// the server says itself comes first: a lesson only fills what it does not say.
func (f Facts) With(lessons []Lesson, now time.Time) Facts {
	f.CannotReactivate, f.Locked = maps.Clone(f.CannotReactivate), maps.Clone(f.Locked)
	for _, l := range lessons {
		if l.Holds(f.ServerID, now) {
			f.learn(l)
		}
	}
	return f
}

func (f *Facts) learn(l Lesson) {
	switch {
	case l.Kind == LessonGuests && f.NoGuests == "":
		f.NoGuests = fmt.Sprintf("on %s the server refused to make somebody one (%s)", l.At.UTC().Format(time.DateOnly), l.Said)
	case l.Kind == LessonErase && !f.EraseKnown:
		f.CannotErase = true
	case l.Kind == LessonReactivate:
		if f.CannotReactivate == nil {
			f.CannotReactivate = make(map[string]bool)
		}
		f.CannotReactivate[l.Service] = true
	case l.Kind == LessonLocked:
		if f.Locked == nil {
			f.Locked = make(map[string]FieldSet)
		}
		f.Locked[l.Service] |= SetOf(l.Field)
	}
}
