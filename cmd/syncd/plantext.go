package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/directory-sync/syncd/sync"
)

// rowsShown is how many people a group shows unless --verbose asks for all.
const rowsShown = 8

// A group is all people to whom the same kind of thing happens.
type group struct {
	sign, color, title string
	kind               sync.StepKind
}

// groups returns the groups in the order in which they are shown. Somebody with
// several steps is in the first group that fits.
func groups() []group {
	return []group{
		{"+", green, "create", sync.Create},
		{"=", green, "adopt", sync.Adopt},
		{"-", red, "deactivate", sync.Deactivate},
		{"^", green, "reactivate", sync.Reactivate},
		{"#", yellow, "change role", sync.SetRole},
		{">", yellow, "move sign-in", sync.MigrateAuth},
		{"~", yellow, "patch", sync.Patch},
		{"!", yellow, "sign out", sync.Revoke},
		{"X", red, "erase for good", sync.Erase},
		{"*", yellow, "set picture", sync.SetPicture},
	}
}

// A planText shows a report up to the guard's verdict.
type planText struct {
	*paper
	all bool // show everybody
}

// newPlanText returns the text of a report on standard output. With --quiet
// there is some as well: what went wrong.
func (a *app) newPlanText() planText {
	p := a.newPaper()
	p.w = a.stdout
	return planText{p, a.verbose}
}

// print shows both sides, what is due and what the guard says.
func (t planText) print(r sync.Report) {
	t.sides(r)
	t.changes(r.Plan)
	t.pending(r.Plan.Pending)
	t.held(r.Plan)
	t.illegible(r)
	t.notes(r.Plan.Notes)
	t.totals(r)
	t.guard(r)
}

func (t planText) sides(r sync.Report) {
	for _, s := range r.Sources {
		t.source(s)
	}
	f := r.Facts
	users := []string{plural(f.Users, "account", "accounts"), number(r.Plan.Managed) + " managed"}
	if r.Plan.Strangers >= 0 {
		users = append(users, number(r.Plan.Strangers)+" not ours")
	}
	if f.SeatLimit > 0 {
		users = append(users, fmt.Sprintf("%s of %s seats", number(f.ActiveUsers), number(f.SeatLimit)))
	}
	t.fillColor(bold, "server  ", "Mattermost "+f.Version+": "+strings.Join(users, ", "))
}

// source shows what one source said, or that it was not read.
func (t planText) source(s sync.SourceReport) {
	if s.Err != nil {
		t.fillColor(red, "NOT READ ", clean(s.Name)+": "+clean(s.Err.Error())+". Nobody whom it knows is touched.")
		return
	}
	t.fillColor(bold, "source  ", clean(s.Name)+": "+clean(whatWasRead(s.Read, len(s.Rejects), s.Receipt)))
	if t.all {
		showReceipt(t.paper, s.Read, len(s.Rejects), s.Joined, s.Receipt)
	}
	t.secondLook(s.Look)
}

// whatWasRead says what a source had.
func whatWasRead(people, rejects int, r sync.Receipt) string {
	words := []string{plural(people, "person", "people") + " in " + r.Server}
	if rejects > 0 {
		words = append(words, plural(rejects, "record", "records")+" rejected")
	}
	if n := r.Sentinels; n > 0 {
		words = append(words, plural(n, "sentinel", "sentinels")+" seen")
	}
	if r.Pictures {
		words = append(words, plural(r.Pictured, "picture", "pictures"))
	}
	if n := r.Excluded; n > 0 {
		words = append(words, number(n)+" left out by the filter")
	}
	return strings.Join(words, ", ")
}

// secondLook shows what a source said when it was asked for leavers alone.
func (t planText) secondLook(l sync.LookReport) {
	if l.Asked == 0 {
		return
	}
	who := plural(l.Asked, "leaver", "leavers")
	if l.Cannot {
		t.fill("        ", "cannot be asked a second time for "+who)
		return
	}
	words := []string{}
	for _, part := range []struct {
		n    int
		text string
	}{{l.Enabled, "still there"}, {l.Left, "there, and disabled or expired"}, {l.Unknown, "not known"}, {l.Asked - l.Enabled - l.Left - l.Unknown, "gone"}} {
		if part.n > 0 {
			words = append(words, number(part.n)+" "+part.text)
		}
	}
	t.fill("        ", "asked a second time for "+who+": "+strings.Join(words, ", "))
}

func (t planText) changes(p sync.Plan) {
	byGroup := make(map[sync.StepKind][]sync.Change)
	for _, c := range p.Changes {
		g := groupOf(c)
		byGroup[g] = append(byGroup[g], c)
	}
	for _, g := range groups() {
		changes := byGroup[g.kind]
		if len(changes) == 0 {
			continue
		}
		t.heading(g.color, g.sign, g.title, len(changes))
		t.rows(len(changes), func(i int) {
			c := changes[i]
			t.row(cmp.Or(c.Username(), string(c.Link.Key)), describe(c))
		})
	}
}

// groupOf returns the kind of the first group that has one of the steps.
func groupOf(c sync.Change) sync.StepKind {
	for _, g := range groups() {
		if c.Has(g.kind) && (g.kind != sync.MigrateAuth || c.Moves()) {
			return g.kind
		}
	}
	return sync.MigrateAuth // the way back of a detour, and nothing else
}

func (t planText) heading(color, sign, title string, n int) {
	t.printf("  %s %-14s %5s\n", t.paint(color, sign), title, number(n))
}

func (t planText) row(name, what string) {
	const column = 20
	if name = clean(name); utf8.RuneCountInString(name) > column { // a key stands on a line of its own
		t.printf("      %s\n", name)
		name = ""
	}
	t.fill(fmt.Sprintf("      %-*s ", column, name), what)
}

// rows shows the first of n rows, or all.
func (t planText) rows(n int, show func(i int)) {
	shown := n
	if !t.all && n > rowsShown+1 {
		shown = rowsShown
	}
	for i := range shown {
		show(i)
	}
	if shown < n {
		t.printf("      %s\n", t.paint(dim, fmt.Sprintf("… and %s more (-v shows all)", number(n-shown))))
	}
}

// describe says in a few words what happens to one person.
func describe(c sync.Change) string {
	var words []string
	for _, s := range c.Steps {
		switch s.Kind {
		case sync.Create:
			words = append(words, strings.TrimSpace(clean(string(c.Link.Key)+" "+s.To[sync.Email])+" "+s.Auth.Service))
			words = append(words, firstDay(c, s)...)
		case sync.Adopt:
			words = append(words, string(c.Link.Key)+" "+s.How.String()+", same "+strings.ReplaceAll(s.By.String(), ",", " and "))
			if s.Replaces != "" {
				words = append(words, "was "+string(s.Replaces))
			}
		case sync.Patch:
			words = append(words, describePatch(s)...)
		case sync.MigrateAuth:
			words = append(words, describeMove(s, len(words) > 0))
		case sync.SetRole:
			words = append(words, describeRole(c, s))
		case sync.Deactivate:
			words = append(words, becauseOf(s.Cause))
			words = append(words, tokenWords(len(s.TokenIDs()), "ends", "end")...)
		case sync.Reactivate:
			words = append(words, returns(c, s))
			words = append(words, returningTokens(c, s)...)
			if s.ResetMFA {
				words = append(words, "second factor reset")
			}
		case sync.Erase:
			words = append(words, erases(c, s))
		case sync.Revoke:
			if s.Cause != sync.CauseNone {
				words = append(words, becauseOf(s.Cause))
			}
			words = append(words, "sessions end")
			if !s.Due.IsZero() {
				words = append(words, deactivatedAfter(s.Due))
			}
		case sync.SetPicture:
			words = append(words, describePicture(s))
		}
	}
	return strings.Join(words, "; ")
}

// describeMove says how the sign-in changes. On the way back of a detour what
// came before is said already.
func describeMove(s sync.Step, more bool) string {
	switch {
	case s.Way == sync.WayOut:
		return "by way of " + s.Auth.Service + " sign-in"
	case s.Way == sync.WayBack && more:
		return "then " + s.Auth.Service + " again"
	case s.Way == sync.WayBack:
		return "gets the sign-in with " + s.Auth.Service + " back"
	}
	text := "signs in with " + s.Auth.Service + ", not " + s.Was.Service
	if s.Auth.Service == s.Was.Service {
		text = "signs in with " + s.Auth.Service + " under another name"
	}
	if oneWayMove(s) {
		text += " (cannot be undone)"
	}
	return text
}

// oneWayMove reports whether no undo leads back from a move: passwords are gone
// with it, and so are names that the server does not show.
func oneWayMove(s sync.Step) bool {
	return s.Kind == sync.MigrateAuth && s.Way == sync.WayNone && s.Was.Data == ""
}

// firstDay says what a new account begins with beside its fields.
func firstDay(c sync.Change, s sync.Step) []string {
	var words []string
	if s.Kind != sync.Create {
		return nil
	}
	if _, hashed := c.PasswordHash(s); hashed {
		words = append(words, "with the person's own password")
	}
	if o := c.Identity.First; o != nil && o.Timezone != "" {
		words = append(words, "time zone "+clean(o.Timezone))
	}
	return words
}

func describePatch(s sync.Step) []string {
	var words []string
	for f := range s.Set.All() {
		words = append(words, fmt.Sprintf("%s %q -> %q", f, clean(s.From[f]), clean(s.To[f])))
	}
	return words
}

func deactivatedAfter(due time.Time) string {
	return "deactivated after " + due.UTC().Format("2006-01-02 15:04 UTC")
}

// returns says why an account is brought back.
func returns(c sync.Change, s sync.Step) string {
	if cause := c.Link.DeactivatedFor; s.Cause == sync.CauseUndone && cause != s.Cause {
		return "was " + cause.String() + "; taken back"
	}
	return "was " + s.Cause.String() + ", is back"
}

func becauseOf(c sync.Cause) string {
	switch c {
	case sync.CauseAbsent:
		return "no longer in the source"
	case sync.CauseUndone:
		return "taken back"
	}
	return c.String() + " in the source"
}

func (t planText) pending(pending []sync.Pending) {
	if len(pending) == 0 {
		return
	}
	t.heading(cyan, ".", "pending", len(pending))
	t.rows(len(pending), func(i int) {
		p := pending[i]
		t.row(p.User.Profile[sync.Username], becauseOf(p.Cause)+"; "+deactivatedAfter(p.Due))
	})
}

func (t planText) held(p sync.Plan) {
	if len(p.Held) == 0 {
		return
	}
	t.heading(yellow, "?", "held", len(p.Held))
	t.rows(len(p.Held), func(i int) {
		h := p.Held[i]
		name := h.Change.Username()
		if name == "" {
			name = string(h.Change.Link.Key)
		}
		t.row(name, h.Reason.Code()+" "+cleanError(h.Detail))
	})
}

func (t planText) totals(r sync.Report) {
	steps := make(map[sync.StepKind]int)
	for _, c := range r.Plan.Changes {
		steps[groupOf(c)]++
	}
	var due []string
	for _, g := range groups() {
		if n := steps[g.kind]; n > 0 {
			due = append(due, number(n)+" "+g.title)
		}
	}
	if len(due) == 0 {
		due = []string{"nothing to do"}
	}
	p := r.Plan
	text := fmt.Sprintf("%s: %s; %s pending, %s held, %s unchanged.", plural(p.People, "person", "people"), strings.Join(due, ", "),
		number(len(p.Pending)), number(len(p.Held)), number(p.Unchanged))
	if p.Mails > 0 {
		text += " The server will send " + plural(p.Mails, "mail", "mails") + "."
	}
	t.fillColor(bold, "Plan:   ", text)
	t.erasing(r.Plan)
}

// erasing says on a line of its own what nothing brings back.
func (t planText) erasing(p sync.Plan) {
	if n := p.Steps()[sync.Erase]; n > 0 {
		t.fillColor(red, "ERASE:  ", plural(n, "account is", "accounts are")+" deleted for good, with posts, files and all. Nothing brings that back.")
	}
}

// erases says whose account is deleted, and since when they are gone.
func erases(c sync.Change, s sync.Step) string {
	text := becauseOf(s.Cause) + ", left " + c.Link.LeftSince.UTC().Format(time.DateOnly) + "; deleted for good"
	if c.User.ID == "" {
		text += " already, to be forgotten"
	}
	return text
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// tookLong says how long something took, if anybody would care.
func tookLong(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return " in " + d.Round(100*time.Millisecond).String()
}

// trouble returns the results that did not end well. Those that were not begun
// are only counted.
func trouble(results []sync.Result) []sync.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r sync.Result) bool {
		return r.Outcome == sync.Done || r.Outcome == sync.Skipped
	})
}
