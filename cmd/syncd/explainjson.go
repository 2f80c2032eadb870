package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A jsonExplanation is an explanation for programs. Secrets and pictures are
// left out of it as well.
type jsonExplanation struct {
	Key     sync.Key      `json:"key,omitempty"`
	Records []jsonRecord  `json:"records"`
	Link    *jsonLink     `json:"link"`    // null: there is none
	Account *jsonAccount  `json:"account"` // null: there is none
	Matches []string      `json:"matches"`
	Next    jsonNext      `json:"next"`
	Past    []state.Entry `json:"past"`
	More    bool          `json:"more"`             // there are older steps in the journal
	Server  *jsonActivity `json:"server,omitempty"` // with -v: what the server itself recorded
}

type jsonRecord struct {
	Source     string              `json:"source"`
	None       string              `json:"none,omitempty"` // why there is no record
	Origin     string              `json:"origin,omitempty"`
	Attributes map[string][]string `json:"attributes,omitempty"`
	Out        string              `json:"out,omitempty"` // why a read does not have it
	Steps      []jsonTrace         `json:"steps,omitempty"`
	Status     sync.Status         `json:"status,omitzero"`
	Excluded   bool                `json:"excluded,omitempty"`
	Reject     *jsonReject         `json:"reject,omitempty"`
	Changed    bool                `json:"changed,omitempty"` // since all were read
}

type jsonTrace struct {
	Path   string   `json:"path"`
	From   string   `json:"from"`
	Reads  []string `json:"reads"`
	Gave   string   `json:"gave"`
	Result string   `json:"result"`
	Error  string   `json:"error,omitempty"`
}

type jsonLink struct {
	UserID         string     `json:"user_id"`
	Since          time.Time  `json:"since"`
	How            sync.How   `json:"how"`
	LeftSince      time.Time  `json:"left_since,omitzero"`
	LeftCause      sync.Cause `json:"left_cause,omitzero"`
	DeactivatedFor sync.Cause `json:"deactivated_for,omitzero"`
	Picture        string     `json:"picture,omitempty"` // digest of the one that syncd uploaded
	PictureRefused string     `json:"picture_refused,omitempty"`
}

type jsonAccount struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email"`
	Auth     string `json:"auth"`
	Active   bool   `json:"active"`
	Admin    bool   `json:"admin"`
	Bot      bool   `json:"bot"`
	Guest    bool   `json:"guest"`
	Remote   bool   `json:"remote"`
}

// A jsonNext is what the next run does: one of the four, or nothing.
type jsonNext struct {
	Change  *jsonChange  `json:"change,omitempty"`
	Hold    *jsonAdvice  `json:"hold,omitempty"`
	Pending *jsonPending `json:"pending,omitempty"`
	Nothing string       `json:"nothing,omitempty"` // why nothing is due
	Notes   []jsonAdvice `json:"notes"`
}

type jsonAdvice struct {
	Reason  sync.Reason `json:"reason"`
	Meaning string      `json:"meaning"`
	Detail  string      `json:"detail"`
	Remedy  string      `json:"remedy"`
}

func writeExplanations(w io.Writer, in *inquiry, all []explanation) error {
	out := struct {
		Version int               `json:"version"`
		Command string            `json:"command"`
		People  []jsonExplanation `json:"people"`
		End     sync.End          `json:"end"` // of the plan for all
		Sources []jsonSource      `json:"sources"`
		Guard   []jsonCheck       `json:"guard"`
	}{Version: jsonVersion, Command: "explain", End: in.report.End}
	for _, e := range all {
		out.People = append(out.People, in.json(e))
	}
	whole := newJSONReport("explain", in.report)
	out.Sources, out.Guard = whole.Sources, whole.Guard
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func (in *inquiry) json(e explanation) jsonExplanation {
	j := jsonExplanation{Key: e.key, Records: []jsonRecord{}, Matches: in.matches(e), Next: in.jsonNext(e), Past: []state.Entry{}, More: e.more, Server: newJSONActivity(e.activity)}
	if j.Matches == nil {
		j.Matches = []string{}
	}
	for _, r := range e.records {
		j.Records = append(j.Records, newJSONRecord(r))
	}
	if l := e.link; l.UserID != "" {
		j.Link = &jsonLink{l.UserID, l.Since, l.How, l.LeftSince, l.LeftCause, l.DeactivatedFor, l.Picture, l.PictureRefused}
	}
	if u := e.account; u.ID != "" {
		j.Account = &jsonAccount{u.ID, u.Profile[sync.Username], u.Profile[sync.Email], u.Auth.Service, u.Active, u.Admin, u.Bot, u.Guest, u.Remote}
	}
	for _, entry := range e.past {
		j.Past = append(j.Past, in.concealedEntry(entry))
	}
	return j
}

func newJSONRecord(r sourceRecord) jsonRecord {
	j := jsonRecord{Source: r.source, None: r.none, Out: r.Out, Changed: r.moved}
	if r.none != "" {
		return j
	}
	j.Origin, j.Attributes = r.Origin.String(), make(map[string][]string)
	for name, value := range r.Record {
		j.Attributes[sources.ShownAttribute(name)], _ = redacted(name, value, shortened)
	}
	for _, s := range r.Trace.Steps {
		j.Steps = append(j.Steps, newJSONTrace(s))
	}
	m := r.Trace.Mapped
	j.Excluded, j.Status = m.Excluded, m.Identity.Status
	if x := m.Reject; x != nil {
		j.Reject = &jsonReject{x.Key, x.Origin.String(), x.Reason, x.Detail}
	}
	return j
}

func newJSONTrace(s sources.TraceStep) jsonTrace {
	j := jsonTrace{Path: s.Path, From: s.From, Gave: s.Gave, Result: s.Result, Reads: []string{}}
	for _, name := range s.Reads {
		j.Reads = append(j.Reads, sources.ShownAttribute(name))
	}
	if ofSecrets(s) {
		j.Gave, j.Result = notShown, notShown
	}
	if s.Err != nil {
		j.Error = s.Err.Error()
	}
	return j
}

func (in *inquiry) jsonNext(e explanation) jsonNext {
	n := jsonNext{Notes: []jsonAdvice{}}
	advice := func(r sync.Reason, detail string) jsonAdvice {
		return jsonAdvice{r, r.Meaning(), detail, r.Remedy()}
	}
	switch {
	case e.hold != nil:
		a := advice(e.hold.Reason, e.hold.Detail)
		a.Remedy = e.hold.Remedy()
		n.Hold = &a
	case e.change != nil:
		c := in.concealed(*e.change)
		n.Change = &jsonChange{jsonPerson: personOf(c)}
		for _, s := range c.Steps {
			n.Change.Steps = append(n.Change.Steps, newJSONStep(c, s))
		}
	case e.pending != nil:
		p := e.pending
		n.Pending = &jsonPending{jsonPerson{p.Link.Key, p.User.ID, p.User.Profile[sync.Username]}, p.Cause, p.Due.UTC()}
	default:
		n.Nothing = in.why(e)
	}
	for _, note := range e.notes {
		n.Notes = append(n.Notes, advice(note.Reason, note.Detail))
	}
	return n
}
