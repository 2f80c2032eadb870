package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// A drillResult is what a drill would do, beyond what is due anyway.
type drillResult struct {
	drill
	source  string
	err     error                 // the source was not read, as it should be
	refused []sync.Check          // by the limits that it goes beyond
	passed  []sync.Check          // the limits that it comes nearer to, and that let it through
	steps   map[sync.StepKind]int // people by what is done to them
	changed int
	pending int
	held    int
	managed int
}

// judge compares a drill with what is due anyway.
func judge(d drill, source string, plain, broken sync.Report) drillResult {
	r := drillResult{drill: d, source: source, steps: make(map[sync.StepKind]int), managed: plain.Plan.Managed}
	for _, s := range broken.Sources {
		if s.Name == source {
			r.err = s.Err
		}
	}
	if broken.Err != nil {
		r.err = broken.Err
		return r
	}
	r.count(plain.Plan, broken.Plan)
	for _, c := range broken.Verdict.Checks {
		was := slices.IndexFunc(plain.Verdict.Checks, func(o sync.Check) bool { return sameLimit(o, c) })
		if was >= 0 && c.Planned <= plain.Verdict.Checks[was].Planned && c.OK == plain.Verdict.Checks[was].OK {
			continue
		}
		switch {
		case !c.OK:
			r.refused = append(r.refused, c)
		case c.Planned > 0 && isLimit(c):
			r.passed = append(r.passed, c)
		}
	}
	return r
}

// sameLimit reports whether two checks are about the same.
func sameLimit(a, b sync.Check) bool {
	return a.Reason == b.Reason && a.Sort == b.Sort && a.Source == b.Source && a.Field == b.Field
}

// isLimit reports whether a check is one of the keys below limits: for a run.
func isLimit(c sync.Check) bool {
	others := []sync.Reason{sync.RefuseDay, sync.RefuseFew, sync.RefuseFill, sync.RefuseJoin, sync.RefuseConfig, sync.RefuseSeats}
	return !slices.Contains(others, c.Reason)
}

// count counts the people to whom something else happens than it does anyway.
func (r *drillResult) count(plain, broken sync.Plan) {
	due := make(map[sync.Key][]sync.Step)
	for _, c := range plain.Changes {
		due[c.Link.Key] = c.Steps
	}
	waits, held := make(map[sync.Key]bool), make(map[sync.Key]bool)
	for _, p := range plain.Pending {
		waits[p.Link.Key] = true
	}
	for _, h := range plain.Held {
		held[h.Change.Link.Key] = true
	}
	for _, c := range broken.Changes {
		if !slices.Equal(c.Steps, due[c.Link.Key]) {
			r.changed++
			r.steps[groupOf(c)]++
		}
	}
	for _, p := range broken.Pending {
		if !waits[p.Link.Key] {
			r.pending++
		}
	}
	for _, h := range broken.Held {
		if !held[h.Change.Link.Key] {
			r.held++
		}
	}
}

// stopped reports whether nobody would have come to harm.
func (r drillResult) stopped() bool {
	return !r.vain() && (len(r.refused) > 0 || r.changed+r.pending == 0)
}

// vain reports whether a drill proves nothing, because nobody is there whom it
// could hurt.
func (r drillResult) vain() bool { return r.managed == 0 }

// verdict says in words what became of a drill.
func (r drillResult) verdict() string {
	switch {
	case r.vain():
		return "PROVES NOTHING: nobody is linked yet whom it could hurt. Run it after the first sync."
	case len(r.refused) > 0:
		return "stopped: refused by " + codes(reasonsOf(r.refused)) + r.would(": ")
	case r.stopped() && r.err != nil:
		return "stopped: the source counts as not read" + r.would(", and ")
	case r.stopped():
		return "stopped" + r.would(": ")
	}
	return "NOT STOPPED:" + r.would(" ") + " " + r.advice()
}

func reasonsOf(checks []sync.Check) []sync.Reason {
	var all []sync.Reason
	for _, c := range checks {
		if !slices.Contains(all, c.Reason) {
			all = append(all, c.Reason)
		}
	}
	return all
}

// would says what a drill would do.
func (r drillResult) would(before string) string {
	var words []string
	if text := kinds(r.steps); text != "" {
		words = append(words, text)
	}
	if r.pending > 0 {
		words = append(words, number(r.pending)+" pending, to be deactivated after their grace")
	}
	if r.held > 0 {
		words = append(words, number(r.held)+" held")
	}
	if len(words) == 0 {
		if r.err != nil {
			return "."
		}
		return before + "nothing happens to anybody."
	}
	return before + strings.Join(words, "; ") + fmt.Sprintf(", of %s managed.", number(r.managed))
}

// advice says which limits to set.
func (r drillResult) advice() string {
	if len(r.passed) == 0 {
		return "No limit counts this."
	}
	var words []string
	for _, c := range r.passed {
		allows := "has no bound"
		if c.Allowed >= 0 {
			allows = "allows " + number(c.Allowed)
		}
		words = append(words, fmt.Sprintf("limits.%s %s, and %s would be needed to stop it", c.Sort, allows, lessThan(c.Planned)))
	}
	return capital(strings.Join(words, "; ")) + "."
}

func lessThan(n int) string {
	if n == 1 {
		return "0"
	}
	return "less than " + number(n)
}

// showDrills prints what became of drills; with --quiet, of those that were not
// stopped.
func (a *app) showDrills(e *exercise, results []drillResult) error {
	if a.output == formJSON {
		return a.writeDrills(results)
	}
	p := a.newPaper()
	p.w = a.stdout
	t := planText{p, false}
	if !a.quiet {
		t.sides(e.plain)
	}
	bad, told := 0, ""
	for _, r := range results {
		color := green
		if !r.stopped() {
			color, bad = red, bad+1
		} else if a.quiet {
			continue
		}
		if len(e.feeds) > 1 && r.source != told {
			p.fill("Drills of ", clean(r.source)+":")
			told = r.source
		}
		p.fillColor(bold, fmt.Sprintf("%-15s", r.name), r.text)
		p.fillColor(color, strings.Repeat(" ", 15), r.verdict())
	}
	switch {
	case a.quiet:
	case bad > 0:
		p.fill("Drills: ", fmt.Sprintf("%s of %s not stopped. Nothing was written.", number(bad), number(len(results))))
	default:
		p.fill("Drills: ", fmt.Sprintf("all %s stopped. Nothing was written.", number(len(results))))
	}
	return nil
}

// A jsonDrill is a result for programs.
type jsonDrill struct {
	Drill   string                `json:"drill"`
	Source  string                `json:"source"`
	Text    string                `json:"text"`
	Stopped bool                  `json:"stopped"`
	Verdict string                `json:"verdict"`
	Refused []sync.Reason         `json:"refused"`
	Error   string                `json:"error,omitempty"` // the source was not read
	Steps   map[sync.StepKind]int `json:"steps"`           // people by what would be done to them
	Pending int                   `json:"pending"`
	Held    int                   `json:"held"`
	Managed int                   `json:"managed"`
}

func (a *app) writeDrills(results []drillResult) error {
	drills, stopped := []jsonDrill{}, true
	for _, r := range results {
		j := jsonDrill{r.name, r.source, r.text, r.stopped(), r.verdict(), reasonsOf(r.refused), "", r.steps, r.pending, r.held, r.managed}
		if j.Refused == nil {
			j.Refused = []sync.Reason{}
		}
		if r.err != nil {
			j.Error = r.err.Error()
		}
		drills, stopped = append(drills, j), stopped && j.Stopped
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{"version": jsonVersion, "command": "drill", "stopped": stopped, "drills": drills})
}
