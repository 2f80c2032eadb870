package sync

import (
	"cmp"
	"slices"
	"strings"
)

// A brief is an input with what is worked out once for everybody.
type brief struct {
	Input
	illegible map[string]*Reject // by source: the first reject without a key
	sightings map[Key]int        // in Sightings
	hinted    map[string]*Reject // by a value that it has: rejects whose key is nobody's
	renamed   map[string]string  // by source that nobody is linked to: one that is missing
}

// NewPlan works out what is due for everybody. It is pure: the same input, in
// whatever order its slices are, gives the same plan.
//
// Keys of in.Links and ids of in.Users are unique. in.Users has every linked
// user who still exists and, if the server has them, the holders of all names
// of [WantedQuery].
func NewPlan(in Input) Plan {
	b := brief{Input: in, illegible: in.Roster.illegible(), sightings: index(in.Sightings), hinted: hints(in), renamed: renamed(in)}
	people := correlate(b)
	var notes []Note
	for i := range people {
		notes = append(notes, decide(b, &people[i])...)
		object(b, &people[i])
		notes = append(notes, unable(b, &people[i])...)
	}
	for i := range people {
		payDebt(b, &people[i])
	}
	notes = append(notes, stage(b, people)...)
	objectAdmins(b, people)
	objectSeats(b, people)
	for i := range people {
		startWaves(&people[i])
	}
	settle(b, people)
	return order(b, people, notes)
}

// renamed returns the sources that nobody is linked to although people are
// linked to one that is not in the configuration: it may be the same under
// another name.
func renamed(in Input) map[string]string {
	linked, missing := make(map[string]bool), ""
	for i := range in.Links {
		source := in.Links[i].Key.Source()
		if _, ok := in.Roster.at(source); !ok && (missing == "" || source < missing) {
			missing = source
		}
		linked[source] = true
	}
	by := make(map[string]string)
	for _, read := range in.Roster.Readings {
		if missing != "" && !linked[read.Source] {
			by[read.Source] = missing
		}
	}
	return by
}

// hints returns the rejects whose key has no link, by the values that they
// have. Which of several comes first must not show.
func hints(in Input) map[string]*Reject {
	linked := make(map[Key]bool)
	for i := range in.Links {
		if len(in.Roster.Rejects) > 0 {
			linked[in.Links[i].Key] = true
		}
	}
	by := make(map[string]*Reject)
	for i := range in.Roster.Rejects {
		r := &in.Roster.Rejects[i]
		if linked[r.Key] {
			continue
		}
		for h := range strings.SplitSeq(r.Hints, "\n") {
			if old := by[h]; h != "" && (old == nil || r.Origin.String() < old.Origin.String()) {
				by[h] = r
			}
		}
	}
	return by
}

// startWaves puts what leavers need into the first wave.
func startWaves(p *person) {
	stays := p.identity != nil && p.identity.Status == Enabled
	for i := range p.steps {
		p.steps[i].Wave = waveLeave
		if stays {
			p.steps[i].Wave = waveStay
		}
	}
}

// order puts everybody into their bucket, in an order that depends on nothing
// but the people.
func order(in brief, people []person, notes []Note) Plan {
	plan := Plan{
		AdoptOnly: in.Policy.AdoptOnly, Sources: in.Roster.counts(), People: len(people), Strangers: -1, Notes: notes,
	}
	for _, r := range in.Roster.Readings {
		plan.Illegible += r.Illegible
	}
	managed := make(map[string]int)
	present := 0
	for i := range people {
		if people[i].linked() && people[i].user != nil {
			present++
			if people[i].user.Active {
				managed[people[i].key.Source()]++
			}
		}
		plan.add(in, &people[i])
	}
	for i := range plan.Sources {
		s := &plan.Sources[i]
		s.Managed = managed[s.Source]
		plan.Read += s.Read.People
	}
	for _, n := range managed {
		plan.Managed += n
	}
	if in.Facts.Users > 0 {
		plan.Strangers = max(0, in.Facts.Users-present)
	}
	plan.sort()
	plan.Units = countUnits(people, plan.Changes)
	return plan
}

// add puts one person into their bucket.
func (plan *Plan) add(in brief, p *person) {
	switch {
	case p.reason != ReasonNone:
		plan.Held = append(plan.Held, Hold{p.change(), p.reason, p.rarely().detail})
	case len(p.steps) > 0:
		c := p.change()
		plan.Changes = append(plan.Changes, c)
		plan.Mails += c.mails(in.Facts, in.Policy)
		return // the results say what to remember
	case p.pending != nil:
		plan.Pending = append(plan.Pending, *p.pending)
	default:
		plan.Unchanged++
	}
	if l := remember(in, p); p.was != nil && l.UserID != "" && l != *p.was {
		plan.Links = append(plan.Links, l)
	}
}

func (p *person) change() Change {
	c := Change{Link: *p.link, Steps: p.steps}
	if p.identity != nil {
		c.Identity = *p.identity
	}
	if p.user != nil {
		c.User = *p.user
	}
	return c
}

// remember returns what the link of somebody without a change must hold. Where
// it is not sure who somebody is, nothing new is remembered of them.
func remember(in brief, p *person) Link {
	l := *p.link
	switch {
	case p.unsure:
	case p.pending != nil && p.reason == ReasonNone: // grace starts when the leaving is seen to count
		if l.LeftSince.IsZero() {
			l.LeftSince = moment(in.Now)
		}
		l.LeftCause = p.pending.Cause
	case p.identity != nil && p.identity.Status == Enabled:
		l = l.present(*p.identity)
		if p.user != nil && p.user.Active {
			l.DeactivatedFor, l.TokensOff = CauseNone, 0
		}
	}
	return l
}

// present forgets that the person was leaving. A stamp that was never seen, or
// is that of another source, is taken as it is.
func (l Link) present(id Identity) Link {
	l.LeftSince, l.LeftCause = Link{}.LeftSince, CauseNone
	if l.Stamp == "" || id.Stamp != "" && !sameSource(l.Stamp, id.Stamp) {
		l.Stamp = id.Stamp
	}
	return l
}

func (plan *Plan) sort() {
	slices.SortFunc(plan.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.Link.Key, b.Link.Key))
	})
	slices.SortFunc(plan.Pending, func(a, b Pending) int { return cmp.Compare(a.Link.Key, b.Link.Key) })
	slices.SortFunc(plan.Held, func(a, b Hold) int { return cmp.Compare(a.Change.Link.Key, b.Change.Link.Key) })
	slices.SortFunc(plan.Links, func(a, b Link) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(plan.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason))
	})
}

// class puts those who leave before those who come back, and hires last.
func class(c Change) int {
	for i, kind := range []StepKind{Deactivate, Reactivate} {
		if c.Has(kind) {
			return i
		}
	}
	if c.Has(Create) {
		return 3
	}
	if c.Has(Erase) {
		return 4
	}
	return 2
}
