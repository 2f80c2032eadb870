package sources

import (
	"fmt"
	"slices"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A Trace is how a record became what it became.
type Trace struct {
	Mapped Mapped
	Steps  []TraceStep // in the order in which they were made
}

// A TraceStep is one expression of the mapping, evaluated.
type TraceStep struct {
	Path   string   // its key: "filter", "status.disabled", "mapping.email.from"
	From   string   // the expression, as the configuration has it
	Reads  []string // the attributes that it reads, sorted
	Gave   string   // what it gave
	Result string   // what is stated because of it: in final form, for a field the canonical one
	Err    error    // why nothing is; its text has no value in it
}

// Trace maps a record as [Mapping.Map] does, and tells how.
func (m *Mapping) Trace(r Record, origin sync.Origin, now time.Time) Trace {
	var t Trace
	f := newFrame(len(m.wanted))
	f.notes = &t.Steps
	f.load(m.wanted, r, now)
	t.Mapped = m.become(f, r, origin)
	told := make(map[string]bool) // a reject's join value may have been asked for before
	t.Steps = slices.DeleteFunc(t.Steps, func(s TraceStep) bool {
		again := told[s.Path]
		told[s.Path] = true
		return again
	})
	return t
}

// note writes down what an expression gave, if somebody asks.
func (f *frame) note(e *expression, v any, err error) {
	if f.notes == nil {
		return
	}
	s := TraceStep{Path: e.path, From: e.src, Reads: e.attributes(), Err: err}
	if err == nil {
		s.Gave = fmt.Sprint(v)
		s.Result = s.Gave
	}
	*f.notes = append(*f.notes, s)
}

func (f *frame) noteAnchor(attr, anchor string, err error) {
	if f.notes != nil {
		*f.notes = append(*f.notes, TraceStep{"anchor.attribute", attr, []string{attr}, anchor, anchor, err})
	}
}

// settle writes down what became of the value that was noted last.
func (f *frame) settle(result string, err error) {
	if f.notes == nil {
		return
	}
	last := &(*f.notes)[len(*f.notes)-1]
	if last.Result, last.Err = result, err; err != nil {
		last.Result = ""
	}
}
