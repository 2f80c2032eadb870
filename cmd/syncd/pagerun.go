package main

import (
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A runView is the page of one run. What people may not see is not in it.
type runView struct {
	pageFrame
	Personal bool
	Run      state.Run
	Text     string
	Class    string
	Codes    []heldView // why it was refused
	Counts   []sheetTotal
	Results  []sheetTotal
	Sources  []sourceStory
	Held     []heldView
	Steps    []stepView
	More     bool
	NoSteps  bool // they could not be read
}

type stepView struct {
	At, Who, Text string
	Class         string
}

func (s *statusPage) runOf(r state.Run, steps []state.Entry, err error) runView {
	v := runView{
		pageFrame: s.frame("Run "+r.ID, "../"), Personal: s.personal, Run: r, Class: classOf(r.End),
		Text: s.rowOf(r).Text, Sources: sourcesOf(r.Counts.Receipts), NoSteps: err != nil,
	}
	if !s.personal {
		v.Run.Error = ""
		for i := range v.Sources {
			v.Sources[i].Err = ""
		}
	}
	for _, reason := range r.Refused {
		v.Codes = append(v.Codes, heldView{Code: reason.Code(), Meaning: capital(reason.Meaning()), Remedy: capital(reason.Remedy())})
	}
	v.Counts = []sheetTotal{{"people", r.Counts.People}, {"unchanged", r.Counts.Unchanged}, {"changes", r.Counts.Changes}, {"pending", r.Counts.Pending}, {"held", r.Counts.Held}}
	for _, k := range sync.StepKinds() {
		if n := r.Counts.Steps[k]; n > 0 {
			v.Results = append(v.Results, sheetTotal{k.String() + " planned", n})
		}
	}
	for _, o := range sync.Outcomes() {
		if n := r.Counts.Results[o.String()]; n > 0 {
			v.Results = append(v.Results, sheetTotal{"people " + o.String(), n})
		}
	}
	v.Held = s.heldViews(boardState{}, []state.Run{r})
	if !s.personal {
		return v
	}
	steps, v.More = cut(steps, stepsShown)
	for _, e := range steps {
		v.Steps = append(v.Steps, stepView{e.At.UTC().Format("15:04:05"), clean(e.Username), clean(describeEntry(e)), stepClass(e.Outcome)})
	}
	return v
}

func stepClass(o sync.Outcome) string {
	switch o {
	case sync.Done:
		return classGood
	case sync.Failed:
		return classBad
	case sync.Held:
		return classWarn
	}
	return classIdle
}
