package sync

import "time"

// An End says how a run ended.
type End uint8

// The ends of a run.
const (
	EndNone      End = iota
	InStep           // all that was due is done
	Partial          // something failed or is held
	Observed         // the policy is to observe; nothing was written, whatever is due
	Refused          // the guard refused; nothing was written
	SourceFailed     // the source was not read whole; nothing was written
	SinkFailed       // the server was not reached or said no; nothing was written
	Stopped          // somebody stopped the run before its end
	Broken           // something else failed, such as the state
)

var endNames = []string{"", "in_step", "partial", "observed", "refused", "source_failed", "sink_failed", "stopped", "broken"}

// String returns the name that journal, logs and metrics use.
func (e End) String() string { return nameOf(endNames, e) }

// MarshalText implements [encoding.TextMarshaler].
func (e End) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown name is
// EndNone.
func (e *End) UnmarshalText(text []byte) error {
	*e, _ = parseName[End](endNames, string(text))
	return nil
}

// Ends returns every end but none.
func Ends() []End {
	return []End{InStep, Partial, Observed, Refused, SourceFailed, SinkFailed, Stopped, Broken}
}

// A Phase is a part of a run that takes time.
type Phase uint8

// The phases of a run. PhaseRead covers both sides, which are read at the same
// time.
const (
	PhaseRead Phase = iota
	PhasePlan
	PhaseApply

	numPhases
)

var phaseNames = [numPhases]string{"read", "plan", "apply"}

// String returns the name that metrics use.
func (p Phase) String() string { return nameOf(phaseNames[:], p) }

// Phases returns every phase.
func Phases() []Phase { return []Phase{PhaseRead, PhasePlan, PhaseApply} }

// A SourceReport says what became of reading one source.
type SourceReport struct {
	Name    string
	Receipt Receipt // zero when it was not read
	Read    int     // identities
	Joined  int     // of them, with a join value
	Rejects []Reject
	Err     error // why it was not read whole
	Look    LookReport
}

// A LookReport says what a second look at leavers found. Whoever is not counted
// below is gone.
type LookReport struct {
	Asked   int  // of how many people
	Cannot  bool // the source cannot be asked
	Sampled bool // so many are gone that only some of them were asked for
	Enabled int  // still there
	Left    int  // there, and disabled or expired
	Unknown int
	Places  []string // where those are who are still there
}

// A Report is all that is known of a run at its end.
type Report struct {
	Run      string // id, as in the journal; "" for a plan
	Started  time.Time
	Finished time.Time
	Took     [numPhases]time.Duration // by Phase
	Sources  []SourceReport           // in order of precedence; empty when none was begun
	Facts    Facts                    // zero when the server was not reached
	Plan     Plan
	Verdict  Verdict
	Release  string   // the code by which somebody let through what the guard refuses; "": nobody did
	Applied  bool     // the plan was carried out, and what it remembers is written down
	Results  []Result // in the order of Plan.Changes; empty when nothing was applied
	End      End
	Err      error // why the run ended early
}
