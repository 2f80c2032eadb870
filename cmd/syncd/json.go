package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// jsonVersion is the version of what -o json prints. It grows when a field
// changes its meaning or goes; new fields leave it.
const jsonVersion = 1

// A jsonReport is a report for programs.
type jsonReport struct {
	Version  int           `json:"version"`
	Command  string        `json:"command"`
	Run      string        `json:"run,omitempty"`
	Release  string        `json:"release,omitempty"` // the code that let through what the guard refuses
	End      sync.End      `json:"end"`
	Error    string        `json:"error,omitempty"`
	Started  time.Time     `json:"started"`
	Finished time.Time     `json:"finished"`
	Sources  []jsonSource  `json:"sources"`
	Server   jsonServer    `json:"server"`
	Totals   jsonTotals    `json:"totals"`
	Digest   string        `json:"digest,omitempty"`
	Changes  []jsonChange  `json:"changes"`
	Pending  []jsonPending `json:"pending"`
	Held     []jsonHold    `json:"held"`
	Notes    []jsonNote    `json:"notes"`
	Rejects  []jsonReject  `json:"rejects"`
	Guard    []jsonCheck   `json:"guard"`
}

type jsonSource struct {
	Name     string         `json:"name"`
	From     string         `json:"from"`
	Error    string         `json:"error,omitempty"` // it was not read
	Read     int            `json:"read"`
	Entries  int            `json:"entries"`
	Excluded int            `json:"excluded"`
	Filled   map[string]int `json:"filled"`
	Joined   int            `json:"joined,omitempty"` // people with a join value
	Seen     int            `json:"sentinels,omitempty"`
	TookMS   int64          `json:"took_ms"`            // to read it
	Pictured *int           `json:"pictures,omitempty"` // people with a picture, where pictures were read
	Look     *jsonLook      `json:"second_look,omitempty"`
}

// A jsonLook is what a second look at leavers found; whoever is not counted is
// gone.
type jsonLook struct {
	Asked   int      `json:"asked"`
	Cannot  bool     `json:"cannot,omitempty"` // the source cannot be asked
	Enabled int      `json:"enabled"`
	Left    int      `json:"left"`
	Unknown int      `json:"unknown"`
	Places  []string `json:"places,omitempty"`
}

type jsonServer struct {
	Version   string `json:"version"`
	Users     int    `json:"users"`
	Active    int    `json:"active"`
	SeatLimit int    `json:"seat_limit"`
}

type jsonTotals struct {
	People    int `json:"people"`
	Unchanged int `json:"unchanged"`
	Changed   int `json:"changed"`
	Pending   int `json:"pending"`  // and not changed: each person is in one of the four
	InGrace   int `json:"in_grace"` // pending, and those of the changed whose grace begins with signing out
	Held      int `json:"held"`
	Read      int `json:"read"`
	Managed   int `json:"managed"`
	Strangers int `json:"strangers"`
	Illegible int `json:"illegible"`
	Mails     int `json:"mails"`
}

type jsonPerson struct {
	Key      sync.Key `json:"key"`
	UserID   string   `json:"user_id,omitempty"`
	Username string   `json:"username,omitempty"`
}

type jsonChange struct {
	jsonPerson
	Steps   []jsonStep   `json:"steps"`
	Outcome sync.Outcome `json:"outcome,omitempty"`
	Done    int          `json:"done,omitempty"`
	Reason  sync.Reason  `json:"reason,omitempty"`
	Error   string       `json:"error,omitempty"`
}

type jsonStep struct {
	Kind  sync.StepKind         `json:"kind"`
	Wave  int                   `json:"wave"`
	Way   sync.Way              `json:"way,omitzero"` // of a moved sign-in: its part in a detour
	Cause sync.Cause            `json:"cause,omitempty"`
	How   sync.How              `json:"how,omitempty"`
	By    string                `json:"by,omitempty"` // of an adoption: in what account and person agree
	Set   map[string]jsonValues `json:"set,omitempty"`
	Auth  *jsonAuth             `json:"auth,omitempty"`
	Was   *jsonAuth             `json:"was,omitempty"`
	Due   time.Time             `json:"due,omitzero"`

	Tokens       []string  `json:"tokens,omitempty"` // ids of access tokens that end, or work again
	ResetMFA     bool      `json:"reset_mfa,omitempty"`
	EndTokens    bool      `json:"end_tokens,omitempty"`
	WasRole      sync.Role `json:"was_role,omitzero"`
	Role         sync.Role `json:"role,omitzero"`
	Lost         string    `json:"lost,omitempty"`          // other roles, which the server may take with it
	PasswordHash string    `json:"password_hash,omitempty"` // of a creation: of which kind the person's own is
	Timezone     string    `json:"timezone,omitempty"`      // of a creation
	Picture      string    `json:"picture,omitempty"`       // digest of the one that is set, or none
	Had          string    `json:"had,omitempty"`           // digest of the one that syncd set before
}

type jsonValues struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type jsonAuth struct {
	Service string `json:"service"`
	Data    string `json:"data"`
}

type jsonPending struct {
	jsonPerson
	Cause sync.Cause `json:"cause"`
	Due   time.Time  `json:"due"`
}

type jsonHold struct {
	jsonPerson
	Reason sync.Reason `json:"reason"`
	Detail string      `json:"detail"`
}

type jsonNote struct {
	Key      sync.Key    `json:"key"`
	Username string      `json:"username"`
	Field    sync.Field  `json:"field"`
	Reason   sync.Reason `json:"reason"`
	Detail   string      `json:"detail"`
}

type jsonReject struct {
	Key    sync.Key    `json:"key,omitempty"`
	Origin string      `json:"origin"`
	Reason sync.Reason `json:"reason"`
	Detail string      `json:"detail"`
}

type jsonCheck struct {
	Limit   sync.Sort   `json:"limit"`
	Source  string      `json:"source,omitempty"`
	Code    sync.Reason `json:"code"`
	Field   string      `json:"field,omitempty"`
	Planned int         `json:"planned"`
	Spent   int         `json:"spent,omitempty"` // in earlier runs of the last 24 hours
	Allowed *int        `json:"allowed"`         // null: no limit
	Of      int         `json:"of"`
	OK      bool        `json:"ok"`
}

// A jsonCheckup is what check found, for programs.
type jsonCheckup struct {
	Version int         `json:"version"`
	Command string      `json:"command"`
	OK      bool        `json:"ok"`
	Faults  []jsonFault `json:"faults"`
	Tests   jsonTests   `json:"tests"`
	Online  *jsonOnline `json:"online,omitempty"` // with --online
}

// A jsonFault is a mistake in the configuration. Line and column are 0 where
// there is no text to point at; the file is then the argument it came with.
type jsonFault struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Key    string `json:"key"`
	Text   string `json:"text"`
	Hint   string `json:"hint"`
}

type jsonTests struct {
	Passed int `json:"passed"`
	Failed int `json:"failed"`
}

// writeCheckup prints what check found. All is said then, so that only the code
// is left.
func (a *app) writeCheckup(up checkup) error {
	j := jsonCheckup{
		Version: jsonVersion, Command: "check", OK: len(up.faults) == 0,
		Faults: []jsonFault{}, Tests: jsonTests{up.passed, up.failed}, Online: up.online,
	}
	broken := up.online != nil && up.online.Error != ""
	j.OK = j.OK && !broken
	for _, f := range up.faults {
		j.Faults = append(j.Faults, jsonFault{f.File, f.Line, f.Column, f.Key, f.What, f.Meant})
	}
	if err := encode(a.stdout, j); err != nil || j.OK {
		return err
	}
	if broken {
		return silentExit(exitSinkFailed)
	}
	return silentExit(exitConfig)
}

// writeJSON prints a report for programs.
func writeJSON(w io.Writer, command string, r sync.Report) error {
	return encode(w, newJSONReport(command, r))
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func newJSONReport(command string, r sync.Report) jsonReport {
	p := r.Plan
	j := jsonReport{
		Version: jsonVersion, Command: command, Run: r.Run, Release: r.Release, End: r.End,
		Started: r.Started.UTC(), Finished: r.Finished.UTC(),
		Sources: []jsonSource{},
		Server:  jsonServer{r.Facts.Version, r.Facts.Users, r.Facts.ActiveUsers, r.Facts.SeatLimit},
		Totals: jsonTotals{p.People, p.Unchanged, len(p.Changes), len(p.Pending), len(p.InGrace()), len(p.Held),
			p.Read, p.Managed, p.Strangers, p.Illegible, p.Mails},
		Changes: []jsonChange{}, Pending: []jsonPending{}, Held: []jsonHold{},
		Notes: []jsonNote{}, Rejects: []jsonReject{}, Guard: []jsonCheck{},
	}
	if r.Err != nil {
		j.Error = r.Err.Error()
	} else {
		j.Digest = p.Digest()
	}
	j.addSources(r.Sources)
	j.addPeople(r)
	for _, c := range r.Verdict.Checks {
		check := jsonCheck{Limit: c.Sort, Source: c.Source, Code: c.Reason, Planned: c.Planned, Of: c.Of, OK: c.OK}
		if c.Sort == sync.SortFill {
			check.Field = c.Field.String()
		}
		if c.Reason == sync.RefuseDay {
			check.Spent = c.Spent
		}
		if c.Allowed >= 0 {
			check.Allowed = &c.Allowed
		}
		j.Guard = append(j.Guard, check)
	}
	return j
}

func (j *jsonReport) addSources(sources []sync.SourceReport) {
	for _, s := range sources {
		source := jsonSource{
			Name: s.Name, From: s.Receipt.Server, Read: s.Read,
			Entries: s.Receipt.Entries, Excluded: s.Receipt.Excluded, Filled: map[string]int{},
		}
		for _, f := range sync.Fields() {
			source.Filled[f.String()] = s.Receipt.Filled[f]
		}
		if l := s.Look; l.Asked > 0 {
			source.Look = &jsonLook{l.Asked, l.Cannot, l.Enabled, l.Left, l.Unknown, l.Places}
		}
		if s.Receipt.Pictures {
			source.Pictured = &s.Receipt.Pictured
		}
		source.Joined, source.Seen, source.TookMS = s.Joined, s.Receipt.Sentinels, s.Receipt.Took.Milliseconds()
		if s.Err != nil {
			source.Error = s.Err.Error()
		}
		j.Sources = append(j.Sources, source)
		for _, x := range s.Rejects {
			j.Rejects = append(j.Rejects, jsonReject{x.Key, x.Origin.String(), x.Reason, x.Detail})
		}
	}
}

func (j *jsonReport) addPeople(r sync.Report) {
	for i, c := range r.Plan.Changes {
		change := jsonChange{jsonPerson: personOf(c)}
		for _, s := range c.Steps {
			change.Steps = append(change.Steps, newJSONStep(c, s))
		}
		if i < len(r.Results) {
			res := r.Results[i]
			change.Outcome, change.Done, change.Reason = res.Outcome, res.Done, res.Reason
			change.UserID = res.User.ID
			if res.Err != nil {
				change.Error = res.Err.Error()
			}
		}
		j.Changes = append(j.Changes, change)
	}
	for _, x := range r.Plan.Pending {
		j.Pending = append(j.Pending, newJSONPending(x))
	}
	for _, h := range r.Plan.Held {
		j.Held = append(j.Held, jsonHold{personOf(h.Change), h.Reason, h.Detail})
	}
	for _, n := range r.Plan.Notes {
		j.Notes = append(j.Notes, jsonNote{n.Key, n.Username, n.Field, n.Reason, n.Detail})
	}
}

func newJSONPending(p sync.Pending) jsonPending {
	return jsonPending{jsonPerson{p.Link.Key, p.User.ID, p.User.Profile[sync.Username]}, p.Cause, p.Due.UTC()}
}

func personOf(c sync.Change) jsonPerson { return jsonPerson{c.Link.Key, c.User.ID, c.Username()} }

func newJSONStep(c sync.Change, s sync.Step) jsonStep {
	j := jsonStep{Kind: s.Kind, Wave: s.Wave, Way: s.Way, Cause: s.Cause, How: s.How, By: s.By.String(), Due: s.Due.UTC(), Tokens: s.TokenIDs(), ResetMFA: s.ResetMFA, EndTokens: s.EndTokens,
		WasRole: s.WasRole, Role: s.Role, Lost: s.Lost, Picture: s.Picture.Digest, Had: s.Had}
	for f := range s.Set.All() {
		if j.Set == nil {
			j.Set = make(map[string]jsonValues)
		}
		j.Set[f.String()] = jsonValues{s.From[f], s.To[f]}
	}
	if s.Auth.Service != "" {
		j.Auth = &jsonAuth{s.Auth.Service, s.Auth.Data}
	}
	if s.Was.Service != "" {
		j.Was = &jsonAuth{s.Was.Service, s.Was.Data}
	}
	if o := c.Identity.First; o != nil && s.Kind == sync.Create {
		j.Timezone = o.Timezone
		if _, hashed := c.PasswordHash(s); hashed {
			j.PasswordHash = o.HashKind
		}
	}
	return j
}
