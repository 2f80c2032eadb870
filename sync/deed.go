package sync

// A Deed is a step of an earlier run, as the journal has it.
type Deed struct {
	Run     string // id of that run
	Key     Key
	UserID  string // "" for a creation that did not happen, or of which nobody heard
	Step    Step   // without its wave; of its profiles only the fields of Set count
	Outcome Outcome
}

// begun reports whether the step may have had an effect.
func (d *Deed) begun() bool { return d.Outcome != Skipped }

// A tale is what a run did to one person, in its order.
type tale []*Deed

// last returns the last step of one of the kinds that may have had an effect,
// or nil.
func (t tale) last(kinds ...StepKind) *Deed {
	var found *Deed
	for _, d := range t {
		for _, k := range kinds {
			if d.begun() && d.Step.Kind == k && d.Step.Way == WayNone {
				found = d
			}
		}
	}
	return found
}

// userID returns the account that the run worked on, or "".
func (t tale) userID() string {
	id := ""
	for _, d := range t {
		if d.UserID != "" {
			id = d.UserID
		}
	}
	return id
}

// A trace is what the run did to one field of an account: the value from
// before, and those that it may have left there.
type trace struct {
	before string
	after  []string
	sure   bool // one of the steps was done
}

// trace follows a field through the run, which may have written it twice: a
// temporary value and then the final one. Of a write whose outcome nobody heard
// both are possible, that it happened and that it did not.
func (t tale) trace(f Field) (tr trace, written bool) {
	for _, d := range t {
		if !d.begun() || d.Step.Kind != Patch || !d.Step.Set.Has(f) {
			continue
		}
		if !written {
			tr.before, written = Canonical(f, d.Step.From[f]), true
		}
		if d.Outcome == Done {
			tr.after, tr.sure = nil, true
		}
		tr.after = append(tr.after, Canonical(f, d.Step.To[f]))
	}
	return tr, written
}
