package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// noticeVersion is the version of a notice's form.
const noticeVersion = 1

// namesTold is how many people a notice names.
const namesTold = 10

// A notice is what people are told, as a generic webhook gets it. Without leave
// to name people there is nothing in it but counts, codes and the names of
// sources.
type notice struct {
	Version  int            `json:"version"`
	Event    string         `json:"event"`
	Instance string         `json:"instance"`
	Text     string         `json:"text"` // all of it, for people
	Summary  string         `json:"summary"`
	Run      string         `json:"run,omitempty"`
	Started  time.Time      `json:"started,omitzero"`
	Finished time.Time      `json:"finished,omitzero"`
	End      string         `json:"end,omitempty"`
	Reminder bool           `json:"reminder"`
	Since    time.Time      `json:"since,omitzero"` // when the trouble began
	Codes    []noticeCode   `json:"codes,omitempty"`
	Counts   map[string]int `json:"counts,omitempty"`
	Sources  []noticeSource `json:"sources,omitempty"`
	Look     []string       `json:"look,omitempty"`
	Names    []string       `json:"names,omitempty"`
	Error    string         `json:"error,omitempty"`

	lines []string // what is wrong, one thing each
}

// A noticeCode is why the guard refused, or why people are held.
type noticeCode struct {
	Code    string `json:"code"`
	Count   int    `json:"count"`
	Meaning string `json:"meaning"`
	Remedy  string `json:"remedy"`
}

// A noticeSource is a source that was not read.
type noticeSource struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// noticeOf says what a run came to. Names are left in: whoever sends it takes
// them out where they do not belong.
func (a *app) noticeOf(instance string, o occasion, s story) notice {
	n := notice{
		Version: noticeVersion, Event: o.Event, Instance: instance, Run: s.Run, Started: s.Started.UTC(), Finished: s.Finished.UTC(),
		End: s.End.String(), Reminder: o.Again, Since: o.Since.UTC(), Error: s.Err,
	}
	if s.Planned {
		n.Counts = map[string]int{"people": s.People, "unchanged": s.Unchanged, "changes": s.Changes, "pending": s.Waiting, "held": heldInAll(s)}
		for outcome, count := range s.Results {
			n.Counts[outcome.String()] = count
		}
	}
	for _, x := range s.Sources {
		if x.Why != "" {
			n.Sources = append(n.Sources, noticeSource{x.Name, x.Why})
		}
	}
	n.explain(o, s)
	n.Look = append(n.Look, strings.Join(a.line("plan"), " "))
	if s.Run != "" {
		n.Look = append(n.Look, strings.Join(a.line("journal", s.Run), " "))
	}
	return n
}

func heldInAll(s story) int {
	held := 0
	for _, h := range s.Held {
		held += h.Count
	}
	return held
}

// explain says what is wrong, and what to do.
func (n *notice) explain(o occasion, s story) {
	switch o.Event {
	case config.EventRefused:
		n.Summary = "The guard refused the run. Nothing was written."
		for _, c := range s.refusals() {
			n.Codes = append(n.Codes, noticeCode{c.Reason.Code(), c.Planned, c.Reason.Meaning(), c.Reason.Remedy()})
			n.lines = append(n.lines, refusal(c))
		}
	case config.EventPartial:
		n.Summary = "The accounts are not wholly in step. The next run tries again."
		n.partial(s)
	case config.EventFailed:
		n.failed(s)
	case config.EventRecovered:
		n.Summary = fmt.Sprintf("All is well again, after %s since %s.", plural(o.Runs, "run", "runs"), o.Since.UTC().Format(minute))
		if s.End == sync.Partial {
			n.Summary = fmt.Sprintf("Runs get through again, after %s since %s. The accounts are not wholly in step yet.", plural(o.Runs, "run", "runs"), o.Since.UTC().Format(minute))
		}
	}
	for _, x := range n.Sources {
		n.lines = append(n.lines, "Source "+x.Name+" was not read: "+x.Why+".")
	}
}

func (n *notice) failed(s story) {
	switch s.End {
	case sync.SourceFailed:
		n.Summary = "A source could not be read. Nothing was written, and nobody is taken for absent."
	case sync.SinkFailed:
		n.Summary = "The server could not be used: " + s.Why + "."
	default:
		n.Summary = "The run broke: " + s.Why + "."
	}
}

func (n *notice) partial(s story) {
	for _, h := range s.Held {
		if h.Reason.Chosen() {
			continue
		}
		n.Codes = append(n.Codes, noticeCode{h.Reason.Code(), h.Count, h.Reason.Meaning(), h.Reason.Remedy()})
		n.lines = append(n.lines, fmt.Sprintf("%s: %s held: %s. %s.", h.Reason.Code(), plural(h.Count, "person", "people"), h.Reason.Meaning(), capital(h.Reason.Remedy())))
		n.Names = append(n.Names, h.Names...)
	}
	n.Names = n.Names[:min(len(n.Names), namesTold)]
	if k := s.Results[sync.Failed]; k > 0 {
		n.lines = append(n.lines, plural(k, "change", "changes")+" failed.")
	}
	if s.Illegible > 0 {
		n.lines = append(n.lines, plural(s.Illegible, "record is", "records are")+" illegible, so nobody of that source is taken for absent.")
	}
}

// digestOf sums up the runs of a time, the newest first.
func (a *app) digestOf(instance string, since, until time.Time, runs []state.Run) notice {
	n := notice{Version: noticeVersion, Event: eventDigest, Instance: instance, Since: since.UTC(), Finished: until.UTC(), Counts: make(map[string]int)}
	ends, steps, done := make(map[sync.End]int), make(map[sync.StepKind]int), 0
	for _, r := range runs {
		ends[r.End]++
		done += r.Counts.Results[sync.Done.String()]
		if r.Counts.Changes > 0 && r.Counts.Results[sync.Done.String()] == r.Counts.Changes {
			for k, c := range r.Counts.Steps {
				steps[k] += c
			}
		}
	}
	n.Summary = fmt.Sprintf("%s and %s since %s.", plural(len(runs), "run", "runs"), plural(done, "change", "changes"), since.UTC().Format(minute))
	n.Counts["runs"], n.Counts["done"] = len(runs), done
	if text := kinds(steps); text != "" {
		n.lines = append(n.lines, "Done: "+text+".")
	}
	var words []string
	for _, e := range sync.Ends() {
		if ends[e] > 0 {
			words = append(words, fmt.Sprintf("%s %s", number(ends[e]), strings.ReplaceAll(e.String(), "_", " ")))
			n.Counts["runs_"+e.String()] = ends[e]
		}
	}
	if len(words) > 0 {
		n.lines = append(n.lines, "Runs: "+strings.Join(words, ", ")+".")
	}
	if i := slices.IndexFunc(runs, func(r state.Run) bool { return r.Counts.People > 0 }); i >= 0 {
		c := runs[i].Counts
		n.Counts["people"], n.Counts["held"], n.Counts["pending"] = c.People, c.Held, c.Pending
		n.lines = append(n.lines, fmt.Sprintf("Now: %s, %s held, %s pending.", plural(c.People, "person", "people"), number(c.Held), number(c.Pending)))
	}
	n.Look = append(n.Look, strings.Join(a.line("journal"), " "))
	return n
}
