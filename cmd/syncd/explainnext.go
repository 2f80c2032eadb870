package main

import (
	"maps"
	"slices"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// next shows what the next run does with somebody, and why.
func (t explainText) next(e explanation) {
	switch {
	case e.hold != nil:
		r := e.hold.Reason
		t.fillColor(yellow, "next     ", "? held: "+r.Code()+" "+r.Meaning()+": "+cleanError(e.hold.Detail)+". "+capital(e.hold.Remedy())+".")
	case e.change != nil:
		c := t.in.concealed(*e.change)
		for _, g := range groups() {
			if g.kind == groupOf(c) {
				t.fillColor(g.color, "next     ", g.sign+" "+g.title+": "+describe(c))
			}
		}
	case e.pending != nil:
		t.fillColor(cyan, "next     ", ". pending: "+becauseOf(e.pending.Cause)+"; deactivated after "+day(e.pending.Due))
	default:
		t.line("next", "nothing: "+t.in.why(e))
	}
	for _, n := range e.notes {
		t.fillColor(cyan, "         ", "i "+n.Reason.Code()+" "+n.Reason.Meaning()+": "+about(n)+cleanError(n.Detail)+". "+capital(n.Reason.Remedy())+".")
	}
}

// why says why nothing is due for somebody.
func (in *inquiry) why(e explanation) string {
	gone := e.identity == nil || e.identity.Status != sync.Enabled
	switch {
	case e.key == "" && e.account.ID != "":
		return "no person of a source is linked to the account, so syncd does not touch it"
	case e.key == "" && slices.ContainsFunc(e.records, func(r sourceRecord) bool { return r.Trace.Mapped.Reject != nil }):
		return "nobody knows whose record it is; who is absent is held meanwhile"
	case e.key == "":
		return "the record is nobody's, and no account is linked to it"
	case e.identity == nil && e.link.UserID == "":
		return "no read has the person, and no account is linked to them"
	case gone && e.link.UserID == "":
		return "the person is " + e.identity.Status.String() + ", and no account is linked to them"
	case gone && !e.account.Active:
		return "the person left, and the account is not active"
	}
	if e.identity.Role != sync.RoleNone && e.identity.Role < e.account.Role() {
		return "the account is as the source says, but for its role: it is " + e.account.Role().String() +
			", and what the source says is less, which roles.mode: additive leaves"
	}
	return "the account is as the source says"
}

// guard shows what the guard says of the whole run: a refusal stops all of it.
func (t explainText) guard() {
	refused := t.in.report.Verdict.Refusals()
	for _, c := range refused {
		t.fillColor(red, "guard    ", "REFUSED, so nothing happens to anybody: "+refusal(c))
	}
	if len(refused) == 0 {
		t.line("guard", "ok")
	}
	if t.in.observe {
		t.line("policy", "observe: nothing is carried out, whatever is due")
	}
	for _, s := range t.in.report.Sources {
		if s.Err != nil {
			t.fillColor(red, "NOT READ ", clean(s.Name)+": nobody whom it knows is touched")
		}
	}
}

// past shows what happened before, the newest first.
func (t explainText) past(e explanation) {
	if len(e.past) == 0 {
		t.line("before", "nothing")
		return
	}
	for i, entry := range e.past {
		about := ""
		if i == 0 {
			about = "before"
		}
		t.line(about, entry.At.UTC().Format("2006-01-02 15:04:05")+" "+describeEntry(t.in.concealedEntry(entry)))
	}
	if e.more {
		t.line("", "and more: syncd journal --who "+string(e.key))
	}
}

// concealed returns a change without the values that are made of secrets.
func (in *inquiry) concealed(c sync.Change) sync.Change {
	c.Steps = slices.Clone(c.Steps)
	for i := range c.Steps {
		s := &c.Steps[i]
		for f := range s.Set.All() {
			if in.hidden[f.String()] {
				s.From[f], s.To[f] = notShown, notShown
			}
		}
		if in.hidden["auth.data"] {
			s.Auth.Data, s.Was.Data = notShown, notShown
		}
	}
	return c
}

func (in *inquiry) concealedEntry(entry state.Entry) state.Entry {
	entry.Before, entry.After = maps.Clone(entry.Before), maps.Clone(entry.After)
	for _, values := range []map[string]string{entry.Before, entry.After} {
		for name := range values {
			if in.hidden[name] || name == state.AuthData && in.hidden["auth.data"] {
				values[name] = notShown
			}
		}
	}
	return entry
}
