package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sync"
)

// What a plan file says of itself. The version grows when a field changes its
// meaning, goes or comes: an old syncd must not carry out what it knows only in
// part.
const (
	planFormat      = "syncd-plan"
	planFileVersion = 1
	planValid       = 24 * time.Hour
)

// A planFile is a plan as it is kept, with all that is needed to carry it out
// later: docs/plan.schema.json describes it.
type planFile struct {
	Format       string       `json:"format"`
	Version      int          `json:"version"`
	Checksum     string       `json:"checksum"` // of the file with an empty one
	Created      time.Time    `json:"created"`
	ValidUntil   time.Time    `json:"valid_until"`
	Syncd        string       `json:"syncd"` // which wrote it
	Instance     string       `json:"instance"`
	Policy       string       `json:"policy"`
	ConfigDigest string       `json:"config_digest"`
	PlanDigest   string       `json:"plan_digest"`
	Sources      []fileSource `json:"sources"`
	Server       fileServer   `json:"server"`
	Guard        []fileCheck  `json:"guard"`
	Plan         filePlan     `json:"plan"`
}

// A fileSource is what became of reading a source: its receipt.
type fileSource struct {
	Name     string         `json:"name"`
	From     string         `json:"from"`
	Read     int            `json:"read"`
	Entries  int            `json:"entries"`
	Excluded int            `json:"excluded"`
	Filled   map[string]int `json:"filled"`
	Joined   int            `json:"joined,omitempty"`
	Seen     int            `json:"sentinels,omitempty"`
	Pictures bool           `json:"pictures,omitempty"` // they were read
	Pictured int            `json:"pictured,omitempty"` // people with one
	Look     fileLook       `json:"second_look,omitzero"`
	TookMS   int64          `json:"took_ms"`
	Rejects  []fileReject   `json:"rejects"`
	Error    string         `json:"error,omitempty"` // it was not read
}

// A fileLook is what a second look found.
type fileLook struct {
	Asked   int      `json:"asked"`
	Cannot  bool     `json:"cannot,omitempty"`
	Sampled bool     `json:"sampled,omitempty"`
	Enabled int      `json:"enabled,omitempty"`
	Left    int      `json:"left,omitempty"`
	Unknown int      `json:"unknown,omitempty"`
	Places  []string `json:"places,omitempty"`
}

func (l fileLook) IsZero() bool { return l.Asked == 0 }

type fileReject struct {
	Key    sync.Key    `json:"key,omitempty"`
	Join   string      `json:"join,omitempty"`
	Unsure bool        `json:"unsure,omitempty"` // the key may be another person's
	Origin fileOrigin  `json:"origin"`
	Reason sync.Reason `json:"reason"`
	Detail string      `json:"detail"`
}

// A fileServer is what the server was, as far as the plan depends on it.
type fileServer struct {
	Version        string `json:"version"`
	Users          int    `json:"users"`
	ActiveUsers    int    `json:"active_users"`
	SeatLimit      int    `json:"seat_limit"`
	AuthDataHidden bool   `json:"auth_data_hidden"`
	ConfirmsEmail  bool   `json:"confirms_email"`
}

type fileCheck struct {
	Reason  sync.Reason `json:"code"`
	Sort    sync.Sort   `json:"limit"`
	Source  string      `json:"source,omitempty"`
	Field   string      `json:"field,omitempty"`
	Planned int         `json:"planned"`
	Spent   int         `json:"spent,omitempty"`
	Allowed int         `json:"allowed"` // below zero: no limit
	Of      int         `json:"of"`
	Percent float64     `json:"percent"`
	OK      bool        `json:"ok"`
}

// newPlanFile puts a report that stopped before the first write into the form
// of a file.
func newPlanFile(c *config.Config, r sync.Report) planFile {
	created := r.Started.UTC().Truncate(time.Millisecond) // as the state keeps times: one is compared with the other
	f := planFile{
		Format: planFormat, Version: planFileVersion, Created: created, ValidUntil: created.Add(planValid),
		Syncd: programVersion(), Instance: c.Instance, Policy: c.Mode.String(),
		ConfigDigest: c.Digest(), PlanDigest: r.Plan.Digest(),
		Sources: each(r.Sources, encodeSource),
		Server: fileServer{r.Facts.Version, r.Facts.Users, r.Facts.ActiveUsers, r.Facts.SeatLimit,
			r.Facts.AuthDataHidden, r.Facts.ConfirmsEmail},
		Guard: each(r.Verdict.Checks, encodeCheck),
		Plan:  encodePlan(r.Plan),
	}
	f.Checksum = f.sum()
	return f
}

func encodeSource(s sync.SourceReport) fileSource {
	f := fileSource{
		Name: s.Name, From: s.Receipt.Server, Read: s.Read, Entries: s.Receipt.Entries, Excluded: s.Receipt.Excluded,
		TookMS: s.Receipt.Took.Milliseconds(), Filled: encodeFilled(s.Receipt.Filled[:]),
		Joined: s.Joined, Seen: s.Receipt.Sentinels, Look: fileLook(s.Look),
		Pictures: s.Receipt.Pictures, Pictured: s.Receipt.Pictured,
		Rejects: each(s.Rejects, func(x sync.Reject) fileReject {
			return fileReject{x.Key, x.Join, x.Unsure, fileOrigin(x.Origin), x.Reason, x.Detail}
		}),
	}
	if s.Err != nil {
		f.Error = s.Err.Error()
	}
	return f
}

// sum returns the digest of the file's content, whatever its white space.
func (f planFile) sum() string {
	f.Checksum = ""
	sum := sha256.Sum256(f.text(""))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// text returns the file as JSON.
func (f planFile) text(indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(f); err != nil {
		panic("syncd: a plan is plain values: " + err.Error()) // cannot happen
	}
	return b.Bytes()
}

// A staleError says why a plan file is not carried out.
type staleError struct{ error }

func (e staleError) Unwrap() error { return e.error }

// errDamaged is why a file is refused that is not as it was written.
var errDamaged = errors.New("the file is damaged: it is not as syncd wrote it")

// readPlanFile reads a plan file that is whole.
func readPlanFile(path string) (planFile, sync.Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return planFile{}, sync.Report{}, usageError{fmt.Errorf("read the plan: %w", err)}
	}
	f, r, err := parsePlanFile(text)
	if err != nil {
		return f, r, staleError{fmt.Errorf("%s: %w", path, err)}
	}
	return f, r, nil
}

// parsePlanFile reads a plan file's text: what it says of itself first.
func parsePlanFile(text []byte) (f planFile, r sync.Report, err error) {
	var head struct {
		Format  string
		Version int
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Format != planFormat {
		return f, r, errors.Join(errors.New("this is no whole plan file of syncd's"), notJSON(err))
	}
	if head.Version != planFileVersion {
		return f, r, fmt.Errorf("the file has version %d, this syncd (%s) reads %d: make the plan again", head.Version, programVersion(), planFileVersion)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, r, fmt.Errorf("%w: %w", errDamaged, notJSON(err))
	}
	if f.Checksum != f.sum() {
		return f, r, fmt.Errorf("%w: its checksum is another", errDamaged)
	}
	r, err = f.report()
	switch {
	case err != nil:
		return f, r, fmt.Errorf("%w: %w", errDamaged, err)
	case r.Plan.Digest() != f.PlanDigest:
		return f, r, fmt.Errorf("the plan's digest is another: syncd %s made the plan, this is %s; make it again", f.Syncd, programVersion())
	}
	return f, r, wellFormed(r.Plan)
}

// notJSON says what is wrong with a JSON text without naming our types.
func notJSON(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%s is of the wrong kind: %s", kind.Field, kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("it is of the wrong kind: %s", kind.Value)
	case err != nil:
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// wellFormed looks for what no plan of ours has, and what carrying one out
// relies on.
func wellFormed(p sync.Plan) error {
	people, users := make(map[sync.Key]bool), make(map[string]bool)
	for _, c := range p.Changes {
		wave := 0
		for _, s := range c.Steps {
			if s.Kind == sync.StepNone || s.Wave < wave || s.Kind == sync.SetRole && !s.NextRole() {
				return fmt.Errorf("%w: the steps of %s", errDamaged, c.Link.Key)
			}
			wave = s.Wave
		}
		if c.Link.Key == "" || len(c.Steps) == 0 || people[c.Link.Key] || users[c.User.ID] && c.User.ID != "" {
			return fmt.Errorf("%w: the change of %s", errDamaged, c.Link.Key)
		}
		people[c.Link.Key], users[c.User.ID] = true, true
	}
	return nil
}

// report returns the report that the file was made of, as far as it was kept.
func (f planFile) report() (sync.Report, error) {
	var d decoder
	p, err := f.Plan.plan()
	r := sync.Report{
		Started: f.Created, Finished: f.Created, Plan: p, End: sync.InStep,
		Sources: back(f.Sources, fileSource.report),
		Facts: sync.Facts{
			Version: f.Server.Version, Users: f.Server.Users, ActiveUsers: f.Server.ActiveUsers, SeatLimit: f.Server.SeatLimit,
			AuthDataHidden: f.Server.AuthDataHidden, ConfirmsEmail: f.Server.ConfirmsEmail,
		},
		Verdict: sync.Verdict{Checks: back(f.Guard, func(c fileCheck) sync.Check { return c.check(&d) })},
	}
	switch {
	case len(r.Verdict.Refusals()) > 0:
		r.End = sync.Refused
	case unread(r):
		r.End = sync.Partial
	}
	return r, errors.Join(err, d.err)
}

// encodeCheck names the field that a check is about, if it is about one.
func encodeCheck(c sync.Check) fileCheck {
	field := ""
	if c.Sort == sync.SortFill {
		field = c.Field.String()
	}
	return fileCheck{c.Reason, c.Sort, c.Source, field, c.Planned, c.Spent, c.Allowed, c.Of, c.Percent, c.OK}
}

func (f fileCheck) check(d *decoder) sync.Check {
	c := sync.Check{
		Reason: f.Reason, Sort: f.Sort, Source: f.Source, Planned: f.Planned, Spent: f.Spent,
		Allowed: f.Allowed, Of: f.Of, Percent: f.Percent, OK: f.OK,
	}
	if f.Sort == sync.SortFill {
		c.Field = named(d, f.Field, sync.Fields()...)
	}
	return c
}

func (f fileSource) report() sync.SourceReport {
	s := sync.SourceReport{
		Name: f.Name, Read: f.Read,
		Receipt: sync.Receipt{Entries: f.Entries, Excluded: f.Excluded, Server: f.From, Sentinels: f.Seen, Took: time.Duration(f.TookMS) * time.Millisecond,
			Pictures: f.Pictures, Pictured: f.Pictured},
		Joined: f.Joined, Look: sync.LookReport(f.Look),
		Rejects: back(f.Rejects, func(x fileReject) sync.Reject {
			return sync.Reject{Key: x.Key, Join: x.Join, Unsure: x.Unsure, Origin: sync.Origin(x.Origin), Reason: x.Reason, Detail: x.Detail}
		}),
	}
	decodeFilled(s.Receipt.Filled[:], f.Filled)
	if f.Error != "" {
		s.Err = errors.New(f.Error)
	}
	return s
}

// writePlanFile writes the file as a whole or not at all, so that only its
// owner can read it: it is full of people. It takes the place of an older plan,
// and of nothing else.
func writePlanFile(path string, f planFile) (err error) {
	if err := replaceable(path); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	_, err = temp.Write(f.text("  "))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the plan: %w", errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}

// replaceable says why a file must not be written over: it is no plan.
func replaceable(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", path)
	}
	old, err := os.Open(path)
	if err != nil {
		return err
	}
	defer old.Close()
	head, err := io.ReadAll(io.LimitReader(old, 64))
	if err != nil {
		return err
	}
	if !bytes.Contains(head, []byte(`"`+planFormat+`"`)) {
		return fmt.Errorf("%s is there and is no plan", path)
	}
	return nil
}
