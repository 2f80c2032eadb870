package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

// guard shows the limits that the plan comes near, and each that refuses.
func (t planText) guard(r sync.Report) {
	switch refused := r.Verdict.Refusals(); {
	case r.Release != "":
		t.letThrough(r)
	case len(refused) > 0:
		t.refused(r)
		t.diagnosis(r)
	default:
		t.fillColor(bold, "Guard:  ", allowed(r.Verdict))
	}
	carriedOut := r.Run != "" && r.End != sync.Refused // and accepted with it
	for _, c := range r.Verdict.Checks {
		if c.Sort == sync.SortConfig && c.Of > 0 && c.OK && !carriedOut {
			t.fillColor(bold, "Config: ", waits)
		}
	}
}

// refused shows each limit that refuses.
func (t planText) refused(r sync.Report) {
	for _, c := range r.Verdict.Refusals() {
		text := refusal(c)
		if len(r.Sources) == 0 { // an undo reads none, so there is none to check
			text = c.Reason.Code() + ": " + broken(c) + ". See whether all of it is to be taken back."
		}
		t.fillColor(red, "REFUSED ", text)
	}
}

// letThrough shows what a person let through, and by which code.
func (t planText) letThrough(r sync.Report) {
	var over []string
	for _, c := range r.Verdict.Refusals() {
		if !bounded(c) {
			over = append(over, broken(c))
			continue
		}
		over = append(over, fmt.Sprintf("%s %s of %s allowed", c.Sort, number(c.Planned), number(c.Allowed)))
	}
	t.fillColor(yellow, "Let through ", "by "+clean(r.Release)+": "+strings.Join(over, "; "))
}

// allowed says that a plan may be carried out, and what limits it comes near.
func allowed(v sync.Verdict) string {
	text := "ok"
	var near []string
	for _, c := range v.Checks {
		if bounded(c) && c.Allowed >= 0 {
			near = append(near, fmt.Sprintf("%s %s of %s allowed", c.Sort, number(c.Planned), number(c.Allowed)))
		}
	}
	if len(near) > 0 {
		text += ": " + strings.Join(near, ", ")
	}
	return text
}

// waits says that a person must look at the configuration.
const waits = "what decides who is in has changed since it was last accepted. The daemon carries out nothing until somebody has applied this plan, or run syncd sync once."

// bounded reports whether the plan has something that a limit of a run counts.
func bounded(c sync.Check) bool {
	return c.Planned > 0 && c.Reason != sync.RefuseDay && c.Sort != sync.SortConfig && c.Sort != sync.SortFill && c.Sort != sync.SortJoin
}

// refusal says which limit was broken, both numbers, and what to look at. How to
// let the plan through all the same is said once for all refusals.
func refusal(c sync.Check) string {
	return fmt.Sprintf("%s: %s. %s.", c.Reason.Code(), broken(c), capital(advice(c.Reason)))
}

// broken says what would happen to how many, and how many may be.
func broken(c sync.Check) string {
	allows := fmt.Sprintf(", limits.%s allows %s", c.Sort, number(c.Allowed))
	switch c.Reason {
	case sync.RefuseShrink:
		return "the source " + c.Source + " lost " + number(c.Planned) + " since the last good run" + share(c) + allows
	case sync.RefuseEmpty:
		return "the source " + c.Source + " has nobody, and had " + number(c.Planned) + share(c) + allows
	case sync.RefuseFew:
		return fmt.Sprintf("the source %s has %s, and expect.min_people is %s", c.Source, plural(c.Of-c.Planned, "person", "people"), number(c.Of))
	case sync.RefuseFill:
		return fmt.Sprintf("of the people of %s, %s%s have no %s, and %s may lack it", c.Source, number(c.Planned), share(c), c.Field, number(c.Allowed))
	case sync.RefuseJoin:
		return fmt.Sprintf("of the people of %s, %s%s have no join value, and %s may lack it", c.Source, number(c.Planned), share(c), number(min(c.Allowed, c.Of-1)))
	case sync.RefuseDay:
		return fmt.Sprintf("%s would be %s now and %s in the last 24 hours, and the budget of limits.%s is %s",
			c.Sort, number(c.Planned), number(c.Spent), c.Sort, number(c.Allowed))
	case sync.RefuseSeats:
		return fmt.Sprintf("no seat is free for %s of the %s who need one", number(c.Planned), plural(c.Of, "person", "people"))
	case sync.RefuseConfig:
		return c.Reason.Meaning()
	}
	return c.Reason.Meaning() + ": " + number(c.Planned) + share(c) + allows
}

func share(c sync.Check) string {
	if c.Of <= 0 {
		return ""
	}
	return fmt.Sprintf(" of %s (%.1f %%)", number(c.Of), 100*float64(c.Planned)/float64(c.Of))
}

// unitsShown is how many organizational units a diagnosis names.
const unitsShown = 5

// diagnosis says who would leave from where, what a second look found, and what
// that looks like.
func (t planText) diagnosis(r sync.Report) {
	if len(r.Plan.Units) == 0 {
		return
	}
	var units []string
	for i, u := range r.Plan.Units {
		if i == unitsShown {
			units = append(units, fmt.Sprintf("and %d more", len(r.Plan.Units)-unitsShown))
			break
		}
		units = append(units, fmt.Sprintf("%s of %s in %s", number(u.Leavers), number(u.People), unitName(u.Unit)))
	}
	var causes []string
	for _, c := range sync.Causes() {
		if n := r.Plan.Leaving(c); n > 0 {
			causes = append(causes, c.String()+" "+number(n))
		}
	}
	text := strings.Join(causes, ", ")
	if len(r.Plan.Units) > 1 || r.Plan.Units[0].Unit != "" {
		text += ": " + strings.Join(units, ", ")
	}
	t.fillColor(bold, "Leavers ", text)
	if text := likely(r); text != "" {
		t.fillColor(bold, "Likely: ", text)
	}
}

func unitName(unit string) string {
	if unit == "" {
		return "no organizational unit"
	}
	return clean(unit)
}

// likely says what the refusal looks like.
func likely(r sync.Report) string {
	for _, s := range r.Sources {
		l := s.Look
		switch {
		case l.Enabled > 0 && len(l.Places) > 0:
			return fmt.Sprintf("%d of the %d who were looked for are still in %s, enabled, such as at %s. Were they moved, or was the unit renamed? Then correct base or filter.",
				l.Enabled, l.Asked, s.Name, clean(l.Places[0]))
		case l.Asked > 0 && l.Unknown == l.Asked:
			return "the source " + s.Name + " does not answer any longer."
		}
	}
	if i := slices.IndexFunc(r.Verdict.Refusals(), func(c sync.Check) bool { return c.Reason == sync.RefuseShrink }); i >= 0 {
		return "the read is not whole: an export that broke off, a filter, or a right that the account lost."
	}
	return ""
}
