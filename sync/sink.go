package sync

import "context"

// A Source is where people are recorded. Read returns everything or an error.
type Source interface {
	Name() string
	Read(ctx context.Context) (Snapshot, error)
}

// A Query names users. The sink picks the cheapest way to find them. User
// names and e-mails are in canonical form.
type Query struct {
	IDs       []string
	Usernames []string
	Emails    []string
}

// A Finder reads users. It cannot write.
type Finder interface {
	Facts(ctx context.Context) (Facts, error)

	// Find returns the users who match, active or not, each once, in no
	// particular order. Somebody who is not found is left out; a failure is an
	// error, never an absence.
	Find(ctx context.Context, q Query) ([]User, error)
}

// A Sink is where users live.
type Sink interface {
	Finder

	// Apply carries out the steps of each change, wave by wave, several people
	// at a time, one person's steps in order. It calls done once for each
	// change, never two at a time, in the order in which they end. Its error
	// says why it stopped early; changes it did not come to are Skipped.
	Apply(ctx context.Context, changes []Change, done func(Result)) error
}

// An Outcome is how a change ended.
type Outcome uint8

// The outcomes.
const (
	OutcomeNone Outcome = iota
	Done                // every step was carried out and its effect seen
	Held                // the server said no, or said yes and did not do it
	Failed              // a step failed, or nobody knows whether it did
	Skipped             // not begun, because the run stopped early
)

var outcomeNames = []string{"", "done", "held", "failed", "skipped"}

// String returns the name that journal and metrics use.
func (o Outcome) String() string { return nameOf(outcomeNames, o) }

// MarshalText implements [encoding.TextMarshaler].
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Outcomes returns every outcome but none.
func Outcomes() []Outcome { return []Outcome{Done, Held, Failed, Skipped} }

// A Result is what became of a change.
type Result struct {
	Change  Change
	Outcome Outcome
	Done    int      // how many of the steps were carried out
	User    User     // the account after the last step that was
	Reason  Reason   // of Held
	Err     error    // of Held and Failed
	Lessons []Lesson // what a refusal told of the server, without its time

	TokensLeft bool // the account ended, and access tokens may be left that did not
}
