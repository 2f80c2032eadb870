package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/sync"
)

// withSheets marks a command whose output can be a sheet: Markdown, HTML.
const withSheets = "sheets"

func sheets() map[string]string { return map[string]string{withSheets: ""} }

// forms returns the forms that a command's output can have.
func forms(cmd *cobra.Command) []string {
	all := []string{formText, formJSON}
	if _, ok := cmd.Annotations[withSheets]; ok {
		all = append(all, formMarkdown, formHTML)
	}
	if _, ok := cmd.Annotations[withMarkdown]; ok {
		all = append(all, formMarkdown)
	}
	return all
}

// A sheet is a plan as it is laid before people who decide. Its texts are as
// they come; each form escapes them in its own way.
type sheet struct {
	Instance string
	Made     time.Time
	Valid    time.Time // zero: the plan is in no file
	Digest   string
	Refused  []string // one text for each limit that refuses
	Code     string   // which lets it through
	Commands []string // which carry it out
	Facts    []sheetFact
	Checks   []sheetFact // limits, and what is planned of each
	Groups   []sheetGroup
	Totals   []sheetTotal
	Left     int // changes are not here, but in the file

	Became string // what became of it; "": nothing is done yet
	Hidden bool   // whoever looks may not see people
}

type sheetFact struct {
	Name, Text string
	Bad        bool
}

type sheetTotal struct {
	Name  string
	Count int
}

// A sheetGroup is all people to whom the same kind of thing happens.
type sheetGroup struct {
	Sign, Title string
	People      []sheetPerson
}

type sheetPerson struct {
	Name, Key string
	Lines     []sheetLine
}

// A sheetLine is a value that changes, or a text alone.
type sheetLine struct {
	Field, From, To string
	Text            string
}

// sheetOf lays out a report that stopped before the first write.
func (a *app) sheetOf(instance string, r sync.Report, f planFlags) sheet {
	s := sheet{Instance: instance, Made: r.Started.UTC(), Digest: r.Plan.Digest(), Code: releaseCode(r.Plan, r.Verdict)}
	if f.out != "" {
		s.Valid = s.Made.Add(planValid)
	}
	for _, c := range r.Verdict.Refusals() {
		s.Refused = append(s.Refused, refusal(c))
	}
	s.commands(a, r, f)
	s.facts(r)
	for _, c := range r.Verdict.Checks {
		if c.Sort == sync.SortConfig && c.Of > 0 && c.OK {
			s.Checks = append(s.Checks, sheetFact{"configuration", waits, false})
		}
		if bounded(c) || !c.OK {
			s.Checks = append(s.Checks, sheetFact{strings.TrimSpace(c.Sort.String() + " " + c.Source), allowance(c), !c.OK})
		}
	}
	s.groups(r.Plan)
	for _, g := range s.Groups {
		s.Totals = append(s.Totals, sheetTotal{g.Title, len(g.People)})
	}
	s.Totals = append(s.Totals, sheetTotal{"unchanged", r.Plan.Unchanged})
	return s
}

func allowance(c sync.Check) string {
	if c.Allowed < 0 {
		return number(c.Planned) + " planned, no limit"
	}
	return number(c.Planned) + " planned, " + number(c.Allowed) + " allowed"
}

func (s *sheet) commands(a *app, r sync.Report, f planFlags) {
	file := f.out
	if file == "" && len(r.Plan.Changes)+len(s.Refused) > 0 {
		file = "plan.json"
		words := append(a.line("plan"), f.words()...)
		s.Commands = append(s.Commands, strings.Join(append(words, "--out", file), " "))
	}
	if file == "" {
		return
	}
	words := a.line("apply", shellWord(file))
	if s.Code != "" {
		words = append(words, "--release", s.Code)
	}
	s.Commands = append(s.Commands, strings.Join(words, " "))
}

func (s *sheet) facts(r sync.Report) {
	for _, x := range r.Sources {
		if x.Err != nil {
			s.Facts = append(s.Facts, sheetFact{"source " + x.Name, "not read: " + cleanError(x.Err.Error()), true})
			continue
		}
		s.Facts = append(s.Facts, sheetFact{"source " + x.Name, whatWasRead(x.Read, len(x.Rejects), x.Receipt), false})
	}
	text := "Mattermost " + r.Facts.Version + ": " + plural(r.Facts.Users, "account", "accounts") + ", " + number(r.Plan.Managed) + " managed"
	if r.Plan.Strangers >= 0 {
		text += ", " + number(r.Plan.Strangers) + " not ours"
	}
	if r.Facts.SeatLimit > 0 {
		text += ", " + number(r.Facts.ActiveUsers) + " of " + number(r.Facts.SeatLimit) + " seats"
	}
	s.Facts = append(s.Facts, sheetFact{"server", text, false})
	if r.Plan.Mails > 0 {
		s.Facts = append(s.Facts, sheetFact{"mails", "the server will send " + plural(r.Plan.Mails, "mail", "mails"), false})
	}
	if n := r.Plan.Illegible; n > 0 {
		s.Facts = append(s.Facts, sheetFact{"illegible", plural(n, "record", "records") + " without a legible key: nobody is taken for absent", true})
	}
}

// groups lays out the people.
func (s *sheet) groups(p sync.Plan) {
	byKind := make(map[sync.StepKind][]sheetPerson)
	for _, c := range p.Changes {
		kind := groupOf(c)
		byKind[kind] = append(byKind[kind], sheetPerson{c.Username(), string(c.Link.Key), sheetLines(c)})
	}
	for _, g := range groups() {
		s.add(g.sign, g.title, byKind[g.kind])
	}
	s.add(".", "pending", each(p.Pending, func(x sync.Pending) sheetPerson {
		text := becauseOf(x.Cause) + "; deactivated after " + x.Due.UTC().Format(minute)
		return sheetPerson{x.User.Profile[sync.Username], string(x.Link.Key), []sheetLine{{Text: text}}}
	}))
	s.add("?", "held", each(p.Held, func(h sync.Hold) sheetPerson {
		return sheetPerson{h.Change.Username(), string(h.Change.Link.Key), []sheetLine{
			{Text: h.Reason.Code() + ": " + h.Reason.Meaning()}, {Text: h.Detail}, {Text: capital(h.Remedy())},
		}}
	}))
	s.add("i", "left as is", each(p.Notes, func(n sync.Note) sheetPerson {
		return sheetPerson{n.Username, string(n.Key), []sheetLine{{Text: n.Reason.Code() + " " + about(n) + n.Detail}}}
	}))
}

func (s *sheet) add(sign, title string, people []sheetPerson) {
	if len(people) > 0 {
		s.Groups = append(s.Groups, sheetGroup{sign, title, people})
	}
}

// sheetLines says what happens to one person, a line for each value and call.
func sheetLines(c sync.Change) []sheetLine {
	var lines []sheetLine
	for _, step := range c.Steps {
		switch step.Kind {
		case sync.Create, sync.Patch:
			for f := range step.Set.All() {
				lines = append(lines, sheetLine{Field: f.String(), From: step.From[f], To: step.To[f]})
			}
			if step.Kind == sync.Create && step.Auth.Service != "" {
				lines = append(lines, sheetLine{Text: "signs in with " + step.Auth.Service})
			}
			for _, text := range firstDay(c, step) {
				lines = append(lines, sheetLine{Text: text})
			}
		case sync.Adopt:
			lines = append(lines, sheetLine{Text: "the account that exists is taken over (" + step.How.String() + ")"})
		case sync.MigrateAuth:
			lines = append(lines, sheetLine{Field: "sign-in", From: step.Was.Service, To: step.Auth.Service})
			if oneWayMove(step) {
				lines = append(lines, sheetLine{Text: "no undo leads back to the sign-in from before"})
			}
		default:
			one := c
			one.Steps = []sync.Step{step}
			lines = append(lines, sheetLine{Text: describe(one)})
		}
	}
	return lines
}

// cut keeps the first people of each group.
func (s sheet) cut(most int) sheet {
	s.Groups = slices.Clone(s.Groups)
	for i, g := range s.Groups {
		if n := len(g.People); n > most {
			s.Left += n - most
			s.Groups[i].People = g.People[:most]
		}
	}
	return s
}

// showSheet prints a plan in a form that is not text for a terminal.
func (a *app) showSheet(instance string, r sync.Report, f planFlags) error {
	switch a.output {
	case formMarkdown:
		return writeMarkdown(a.stdout, a.sheetOf(instance, r, f), a.verbose)
	case formHTML:
		return writeHTML(a.stdout, a.sheetOf(instance, r, f))
	}
	return writeJSON(a.stdout, f.command("plan"), seen(r))
}

// hidden leaves out who it is about, and the text of errors.
func (s sheet) hidden(told story) sheet {
	s.Groups, s.Left, s.Hidden = nil, 0, true
	s.Facts = slices.Clone(s.Facts)
	for _, x := range told.Sources {
		for i := range s.Facts {
			if f := &s.Facts[i]; x.Why != "" && f.Name == "source "+x.Name {
				f.Text = "not read: " + x.Why
			}
		}
	}
	return s
}
