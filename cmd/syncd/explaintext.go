package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// An explainText shows explanations to people.
type explainText struct {
	*paper
	in *inquiry
}

// line prints a part of an explanation: what it is about, and what there is to
// say.
func (t explainText) line(about, text string) { t.fillColor(bold, fmt.Sprintf("%-9s", about), text) }

// detail prints a line below one.
func (t explainText) detail(about, text string) { t.fill(fmt.Sprintf("  %-16s ", about), text) }

func (t explainText) print(e explanation) {
	t.printf("%s\n", t.paint(bold, strings.TrimSpace(e.name()+"  "+string(e.key))))
	for _, r := range e.records {
		t.record(r)
	}
	t.accounts(e)
	t.next(e)
	t.guard()
	t.past(e)
	t.server(e)
}

// name returns by what people know somebody.
func (e explanation) name() string {
	switch {
	case e.account.ID != "":
		return clean(e.account.Profile[sync.Username])
	case e.identity != nil:
		return clean(e.identity.Profile[sync.Username])
	case len(e.past) > 0:
		return clean(e.past[0].Username)
	}
	return ""
}

// record shows what one source has.
func (t explainText) record(r sourceRecord) {
	if r.none != "" {
		t.line("record", clean(r.source)+": "+cleanError(r.none))
		t.moved(r)
		return
	}
	place := r.Origin.String()
	if r.Origin.Source == r.source {
		place = r.Origin.Place
	}
	t.line("record", clean(r.source)+": "+clean(place))
	for _, name := range slices.Sorted(maps.Keys(r.Record)) {
		if text := shownValues(name, r.Record[name]); text != "" {
			t.detail(clean(sources.ShownAttribute(name)), text)
		}
	}
	if r.Out != "" {
		t.line("scope", "a read does not have it, because "+clean(r.Out))
	}
	if len(r.Trace.Steps) > 0 {
		t.printf("%s\n", t.paint(bold, "mapping"))
	}
	for _, s := range r.Trace.Steps {
		t.detail(fieldOf(s.Path), t.step(r, s))
	}
	t.line("gives", yields(r))
	t.moved(r)
}

func (t explainText) moved(r sourceRecord) {
	if r.moved {
		t.line("changed", "it is not as it was when all were read a moment ago; look again")
	}
}

// shownValues shows the values of an attribute; of an empty one nothing.
func shownValues(name string, value any) string {
	shown, more := redacted(name, value, quoted)
	if len(shown) == 0 || len(shown) == 1 && shown[0] == `""` {
		return ""
	}
	text := strings.Join(shown, ", ")
	if more > 0 {
		text += ", and " + number(more) + " more"
	}
	return text
}

// fieldOf returns the short name of a key of the mapping.
func fieldOf(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(path, "mapping."), ".from")
}

// ofSecrets reports whether a step makes text of what nobody should see. That a
// condition holds may be seen.
func ofSecrets(s sources.TraceStep) bool {
	return !isCondition(s.Path) && slices.ContainsFunc(s.Reads, isSecret)
}

func isCondition(path string) bool {
	return path == pathFilter || path == pathInclude || strings.HasPrefix(path, "status.")
}

// step shows how an expression was evaluated.
func (t explainText) step(r sourceRecord, s sources.TraceStep) string {
	var reads []string
	for _, name := range s.Reads {
		text := shownValues(name, r.Record[name])
		if text == "" {
			text = `""`
		}
		if name == s.From {
			reads = append(reads, text)
			continue
		}
		reads = append(reads, clean(sources.ShownAttribute(name))+" = "+text)
	}
	text := clean(s.From)
	if len(reads) > 0 {
		text += " [" + strings.Join(reads, "; ") + "]"
	}
	return text + gave(s) + leaves(r.Trace.Mapped.Identity, s)
}

// gave shows the result of a step.
func gave(s sources.TraceStep) string {
	switch {
	case s.Err != nil:
		return " WRONG: " + cleanError(s.Err.Error())
	case ofSecrets(s):
		return " -> " + notShown
	case isCondition(s.Path):
		return " -> " + s.Result
	case s.Gave != s.Result:
		return " -> " + quoted(s.Gave) + " -> " + quoted(s.Result)
	}
	return " -> " + quoted(s.Result)
}

// leaves says what an empty value does to the account.
func leaves(id sync.Identity, s sources.TraceStep) string {
	f, ok := sync.ParseField(fieldOf(s.Path))
	switch {
	case fieldOf(s.Path) == "role" && s.Err == nil && s.Result == "" && id.Key != "":
		return ": the role is left alone"
	case !ok || s.Err != nil || s.Result != "" || id.Key == "":
		return ""
	case id.States.Has(f):
		return ": the field is emptied"
	}
	return ": the field is left alone"
}

// yields says what a record is.
func yields(r sourceRecord) string {
	switch m := r.Trace.Mapped; {
	case m.Reject != nil:
		return "no identity: " + m.Reject.Reason.Code() + " " + m.Reject.Reason.Meaning() + ": " + cleanError(m.Reject.Detail) + ". " + capital(m.Reject.Reason.Remedy()) + "."
	case m.Excluded:
		return "nobody: " + r.Trace.Steps[len(r.Trace.Steps)-1].Path + " leaves the record out"
	default:
		words := []string{"an identity, " + m.Identity.Status.String()}
		if a := m.Identity.Auth; a.Service != "" {
			words = append(words, "signs in with "+a.Service+" (written: "+m.Identity.When.String()+")")
		}
		if r := m.Identity.Role; r != sync.RoleNone {
			words = append(words, "role "+r.String())
		}
		if m.Identity.Join != "" {
			words = append(words, "joined by "+quoted(m.Identity.Join))
		}
		return strings.Join(words, ", ")
	}
}

// accounts shows the link, the account, and who has the names that are wanted.
func (t explainText) accounts(e explanation) {
	switch l := e.link; {
	case l.UserID == "":
		t.line("link", "none")
	default:
		text := l.UserID + " since " + day(l.Since) + ", " + l.How.String()
		if !l.LeftSince.IsZero() {
			text += "; leaving since " + day(l.LeftSince) + ", " + l.LeftCause.String()
		}
		if l.DeactivatedFor != sync.CauseNone {
			text += "; deactivated by syncd: " + l.DeactivatedFor.String()
		}
		text += aboutPicture(l)
		t.line("link", text)
	}
	switch {
	case e.account.ID != "":
		t.line("account", describeAccount(e.account))
	case e.link.UserID != "":
		t.line("account", "it is no longer on the server")
	default:
		t.line("account", "none")
	}
	for _, m := range t.in.matches(e) {
		t.line("match", m)
	}
}

// aboutPicture says which picture syncd uploaded, by the beginning of its
// digest.
func aboutPicture(l sync.Link) string {
	text := ""
	if l.Picture != "" {
		text += "; picture " + shortDigest(l.Picture) + " uploaded"
	}
	if l.PictureRefused != "" {
		text += "; picture " + shortDigest(l.PictureRefused) + " refused"
	}
	return text
}

func shortDigest(digest string) string { return digest[:min(8, len(digest))] }

func day(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// describeAccount says what an account is.
func describeAccount(u sync.User) string {
	words := []string{"@" + clean(u.Profile[sync.Username]) + " <" + clean(u.Profile[sync.Email]) + "> " + u.ID, "active"}
	if !u.Active {
		words[1] = "deactivated"
	}
	words = append(words, "signs in with "+u.Auth.Service)
	for _, is := range []struct {
		yes  bool
		what string
	}{{u.Admin, "an administrator"}, {u.Bot, "a bot"}, {u.Guest, "a guest"}, {u.Remote, "of another server"}} {
		if is.yes {
			words = append(words, is.what)
		}
	}
	return strings.Join(words, ", ")
}

// matches says which other accounts have the user name and the e-mail that
// somebody should have.
func (in *inquiry) matches(e explanation) []string {
	if e.identity == nil || e.identity.Status != sync.Enabled {
		return nil
	}
	var all []string
	for _, id := range slices.Sorted(maps.Keys(in.finder.users)) {
		u := in.finder.users[id]
		if u.ID == e.account.ID {
			continue
		}
		var same []string
		for _, f := range []sync.Field{sync.Username, sync.Email} {
			if want := sync.Canonical(f, e.identity.Profile[f]); want != "" && want == sync.Canonical(f, u.Profile[f]) {
				same = append(same, "the "+strings.ReplaceAll(strings.ReplaceAll(f.String(), "username", "user name"), "email", "e-mail"))
			}
		}
		if len(same) == 0 {
			continue
		}
		owner := "linked to nobody"
		if k, ok := in.owners[u.ID]; ok {
			owner = "linked to " + string(k)
		}
		all = append(all, strings.Join(same, " and ")+" of "+describeAccount(u)+", "+owner)
	}
	return all
}
