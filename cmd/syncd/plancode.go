package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// The types below are the form of a plan in a file: docs/plan.schema.json in
// Go. Where a type of the core is written as it is, the compiler compares the
// two; where it is not, a test does, with every field filled.

type filePlan struct {
	Sources   []fileCount   `json:"sources"`
	Changes   []fileChange  `json:"changes"`
	Pending   []filePending `json:"pending"`
	Held      []fileHold    `json:"held"`
	Notes     []fileNote    `json:"notes"`
	Links     []fileLink    `json:"links"`
	Unchanged int           `json:"unchanged"`
	People    int           `json:"people"`
	Read      int           `json:"read"`
	Managed   int           `json:"managed"`
	Illegible int           `json:"illegible"`
	Strangers int           `json:"strangers"`
	Mails     int           `json:"mails"`
	Units     []fileUnit    `json:"units"`
	AdoptOnly bool          `json:"adopt_only,omitempty"`
}

type fileUnit struct {
	Unit    string `json:"unit"`
	People  int    `json:"people"`
	Leavers int    `json:"leavers"`
}

type fileCount struct {
	Source  string         `json:"source"`
	Joins   bool           `json:"joins,omitempty"`
	Read    int            `json:"read"`
	Filled  map[string]int `json:"filled"`
	Joined  int            `json:"joined,omitempty"`
	Managed int            `json:"managed"`
}

type fileChange struct {
	Identity *fileIdentity `json:"identity,omitempty"`
	User     *fileUser     `json:"user,omitempty"`
	Link     fileLink      `json:"link"`
	Steps    []fileStep    `json:"steps"`
}

type fileIdentity struct {
	Key     sync.Key      `json:"key"`
	Profile fileProfile   `json:"profile"`
	States  []string      `json:"states"`
	Auth    fileAuth      `json:"auth,omitzero"`
	When    string        `json:"when"`
	Status  string        `json:"status"`
	Role    sync.Role     `json:"role,omitzero"`
	Stamp   string        `json:"stamp,omitempty"`
	Join    string        `json:"join,omitempty"`
	Origin  fileOrigin    `json:"origin,omitzero"`
	Picture *filePicture  `json:"picture,omitempty"`
	First   *fileFirstDay `json:"first_day,omitempty"`
}

// A fileFirstDay has no hash of a password: whoever carries the plan out asks the
// source for it again.
type fileFirstDay struct {
	HashKind string `json:"password_hash,omitempty"`
	HashFlaw string `json:"password_hash_flaw,omitempty"`
	Timezone string `json:"timezone,omitempty"`
	ZoneFlaw string `json:"timezone_flaw,omitempty"`
}

type fileUser struct {
	ID      string      `json:"id"`
	Profile fileProfile `json:"profile"`
	Auth    fileAuth    `json:"auth,omitzero"`
	Created time.Time   `json:"created,omitzero"`
	Active  bool        `json:"active"`
	Bot     bool        `json:"bot,omitempty"`
	Remote  bool        `json:"remote,omitempty"`
	Guest   bool        `json:"guest,omitempty"`
	Admin   bool        `json:"admin,omitempty"`
	Roles   string      `json:"roles,omitempty"`

	PictureAt time.Time `json:"picture_at,omitzero"`
}

type fileLink struct {
	Key            sync.Key   `json:"key"`
	UserID         string     `json:"user_id,omitempty"`
	Since          time.Time  `json:"since,omitzero"`
	How            sync.How   `json:"how,omitzero"`
	LeftSince      time.Time  `json:"left_since,omitzero"`
	LeftCause      sync.Cause `json:"left_cause,omitzero"`
	DeactivatedFor sync.Cause `json:"deactivated_for,omitzero"`
	RevokeDue      bool       `json:"revoke_due,omitempty"`
	TokensOff      int        `json:"tokens_off,omitempty"`
	Replaces       sync.Key   `json:"replaces,omitempty"`
	Join           string     `json:"join,omitempty"`
	Others         string     `json:"others,omitempty"`
	Unit           string     `json:"unit,omitempty"`
	Stamp          string     `json:"stamp,omitempty"`
	AuthData       string     `json:"auth_data,omitempty"`
	Owes           string     `json:"owes,omitempty"`
	AskedEmail     string     `json:"asked_email,omitempty"`
	AskedEmailAt   time.Time  `json:"asked_email_at,omitzero"`
	Picture        string     `json:"picture,omitempty"`
	PictureAt      time.Time  `json:"picture_at,omitzero"`
	PictureRefused string     `json:"picture_refused,omitempty"`
}

type fileStep struct {
	Kind sync.StepKind `json:"kind"`
	Set  []string      `json:"set,omitempty"`
	From fileProfile   `json:"from,omitempty"`
	To   fileProfile   `json:"to,omitempty"`
	Was  fileAuth      `json:"was,omitzero"`
	Auth fileAuth      `json:"auth,omitzero"`
	How  sync.How      `json:"how,omitzero"`
	By   []string      `json:"by,omitempty"`

	Replaces  sync.Key   `json:"replaces,omitempty"`
	Cause     sync.Cause `json:"cause,omitzero"`
	Due       time.Time  `json:"due,omitzero"`
	Tokens    string     `json:"tokens,omitempty"`
	ResetMFA  bool       `json:"reset_mfa,omitempty"`
	EndTokens bool       `json:"end_tokens,omitempty"`
	Wave      int        `json:"wave"`
	Way       sync.Way   `json:"way,omitzero"`

	WasRole sync.Role   `json:"was_role,omitzero"`
	Role    sync.Role   `json:"role,omitzero"`
	Lost    string      `json:"lost,omitempty"`
	Picture filePicture `json:"picture,omitzero"`
	Had     string      `json:"had,omitempty"` // digest of the picture before
}

type fileAuth struct {
	Service string `json:"service"`
	Data    string `json:"data,omitempty"`
}

type fileOrigin struct {
	Source string `json:"source"`
	Place  string `json:"place"`
}

type filePending struct {
	Link  fileLink   `json:"link"`
	User  fileUser   `json:"user"`
	Cause sync.Cause `json:"cause"`
	Due   time.Time  `json:"due"`
}

type fileHold struct {
	Change fileChange  `json:"change"`
	Reason sync.Reason `json:"reason"`
	Detail string      `json:"detail"`
}

type fileNote struct {
	Key      sync.Key    `json:"key"`
	Username string      `json:"username"`
	Field    string      `json:"field"`
	Reason   sync.Reason `json:"reason"`
	Detail   string      `json:"detail"`
}

// A fileProfile has the values that are not empty, by field.
type fileProfile map[string]string

// each converts every element of a list. No list is written as an empty one.
func each[A, B any](list []A, convert func(A) B) []B {
	all := make([]B, len(list))
	for i, a := range list {
		all[i] = convert(a)
	}
	return all
}

func encodePlan(p sync.Plan) filePlan {
	return filePlan{
		Sources:   each(p.Sources, encodeCount),
		Changes:   each(p.Changes, encodeChange),
		Pending:   each(p.Pending, encodePending),
		Held:      each(p.Held, func(h sync.Hold) fileHold { return fileHold{encodeChange(h.Change), h.Reason, h.Detail} }),
		Notes:     each(p.Notes, encodeNote),
		Links:     each(p.Links, func(l sync.Link) fileLink { return fileLink(l) }),
		Unchanged: p.Unchanged, People: p.People, Read: p.Read, Managed: p.Managed,
		Illegible: p.Illegible, Strangers: p.Strangers, Mails: p.Mails,
		Units: each(p.Units, func(u sync.UnitCount) fileUnit { return fileUnit(u) }), AdoptOnly: p.AdoptOnly,
	}
}

func encodeCount(s sync.SourceCount) fileCount {
	return fileCount{s.Source, s.Joins, s.Read.People, encodeFilled(s.Read.Filled[:]), s.Read.Joined, s.Managed}
}

// encodeFilled names numbers by their fields.
func encodeFilled(filled []int) map[string]int {
	named := make(map[string]int)
	for _, f := range sync.Fields() {
		named[f.String()] = filled[f]
	}
	return named
}

func decodeFilled(into []int, named map[string]int) {
	for _, f := range sync.Fields() {
		into[f] = named[f.String()]
	}
}

func encodeChange(c sync.Change) fileChange {
	f := fileChange{Link: fileLink(c.Link), Steps: each(c.Steps, encodeStep)}
	if c.Identity != (sync.Identity{}) {
		f.Identity = encodeIdentity(c.Identity)
	}
	if c.User != (sync.User{}) {
		u := encodeUser(c.User)
		f.User = &u
	}
	return f
}

func encodeIdentity(id sync.Identity) *fileIdentity {
	f := &fileIdentity{
		Key: id.Key, Profile: encodeProfile(id.Profile), States: encodeFields(id.States), Auth: fileAuth(id.Auth),
		When: id.When.String(), Status: id.Status.String(), Role: id.Role, Stamp: id.Stamp, Join: id.Join, Origin: fileOrigin(id.Origin),
		Picture: encodePicture(id.Picture),
	}
	if o := id.First; o != nil {
		f.First = &fileFirstDay{o.HashKind, o.HashFlaw, o.Timezone, o.ZoneFlaw}
	}
	return f
}

func encodeUser(u sync.User) fileUser {
	return fileUser{
		ID: u.ID, Profile: encodeProfile(u.Profile), Auth: fileAuth(u.Auth), Created: u.Created,
		Active: u.Active, Bot: u.Bot, Remote: u.Remote, Guest: u.Guest, Admin: u.Admin, Roles: u.Roles, PictureAt: u.PictureAt,
	}
}

func encodeStep(s sync.Step) fileStep {
	return fileStep{
		Kind: s.Kind, Set: encodeFields(s.Set), From: encodeProfile(s.From), To: encodeProfile(s.To),
		Was: fileAuth(s.Was), Auth: fileAuth(s.Auth), How: s.How, By: encodeFields(s.By), Replaces: s.Replaces, Cause: s.Cause, Due: s.Due, Tokens: s.Tokens, ResetMFA: s.ResetMFA, EndTokens: s.EndTokens, Wave: s.Wave, Way: s.Way,
		WasRole: s.WasRole, Role: s.Role, Lost: s.Lost,
		Picture: filePicture(s.Picture), Had: s.Had,
	}
}

func encodePending(p sync.Pending) filePending {
	return filePending{fileLink(p.Link), encodeUser(p.User), p.Cause, p.Due}
}

func encodeNote(n sync.Note) fileNote {
	return fileNote{n.Key, n.Username, n.Field.String(), n.Reason, n.Detail}
}

func encodeProfile(p sync.Profile) fileProfile {
	f := make(fileProfile)
	for i, v := range p {
		if v != "" {
			f[sync.Field(i).String()] = v
		}
	}
	return f
}

func encodeFields(set sync.FieldSet) []string {
	names := []string{}
	for f := range set.All() {
		names = append(names, f.String())
	}
	return names
}

// plan returns the plan that was written.
func (f filePlan) plan() (sync.Plan, error) {
	var d decoder
	p := sync.Plan{
		Sources: back(f.Sources, decodeCount),
		Changes: back(f.Changes, d.change),
		Pending: back(f.Pending, d.pending),
		Held: back(f.Held, func(h fileHold) sync.Hold {
			return sync.Hold{Change: d.change(h.Change), Reason: h.Reason, Detail: h.Detail}
		}),
		Notes:     back(f.Notes, d.note),
		Links:     back(f.Links, func(l fileLink) sync.Link { return sync.Link(l) }),
		Unchanged: f.Unchanged, People: f.People, Read: f.Read, Managed: f.Managed,
		Illegible: f.Illegible, Strangers: f.Strangers, Mails: f.Mails,
		Units: back(f.Units, func(u fileUnit) sync.UnitCount { return sync.UnitCount(u) }), AdoptOnly: f.AdoptOnly,
	}
	return p, d.err
}

func decodeCount(f fileCount) sync.SourceCount {
	s := sync.SourceCount{Source: f.Source, Joins: f.Joins, Managed: f.Managed, Read: sync.Read{People: f.Read, Joined: f.Joined}}
	decodeFilled(s.Read.Filled[:], f.Filled)
	return s
}

// back is the inverse of each: an empty list is none.
func back[A, B any](list []A, convert func(A) B) []B {
	if len(list) == 0 {
		return nil
	}
	return each(list, convert)
}

// A decoder turns what was read into the core's types. Its error is the first
// name that is none.
type decoder struct{ err error }

// named returns the value of a name among all that there are.
func named[E fmt.Stringer](d *decoder, name string, all ...E) E {
	i := slices.IndexFunc(all, func(e E) bool { return e.String() == name })
	if i < 0 {
		if d.err == nil {
			d.err = fmt.Errorf("%q is no %T", name, all[0])
		}
		i = 0
	}
	return all[i]
}

func (d *decoder) change(f fileChange) sync.Change {
	c := sync.Change{Link: sync.Link(f.Link), Steps: back(f.Steps, d.step)}
	if f.Identity != nil {
		c.Identity = d.identity(*f.Identity)
	}
	if f.User != nil {
		c.User = d.user(*f.User)
	}
	return c
}

func (d *decoder) identity(f fileIdentity) sync.Identity {
	id := sync.Identity{
		Key: f.Key, Profile: d.profile(f.Profile), States: d.fields(f.States), Auth: sync.Auth(f.Auth),
		When:   named(d, f.When, sync.AuthNever, sync.AuthOnCreate, sync.AuthMigrate),
		Status: named(d, f.Status, sync.StatusNone, sync.Enabled, sync.Disabled, sync.Expired),
		Role:   f.Role, Stamp: f.Stamp, Join: f.Join, Origin: sync.Origin(f.Origin), Picture: decodePicture(f.Picture),
	}
	if o := f.First; o != nil {
		id.First = &sync.FirstDay{HashKind: o.HashKind, HashFlaw: o.HashFlaw, Timezone: o.Timezone, ZoneFlaw: o.ZoneFlaw}
	}
	return id
}

func (d *decoder) user(f fileUser) sync.User {
	return sync.User{
		ID: f.ID, Profile: d.profile(f.Profile), Auth: sync.Auth(f.Auth), Created: f.Created,
		Active: f.Active, Bot: f.Bot, Remote: f.Remote, Guest: f.Guest, Admin: f.Admin, Roles: f.Roles, PictureAt: f.PictureAt,
	}
}

func (d *decoder) step(f fileStep) sync.Step {
	return sync.Step{
		Kind: f.Kind, Set: d.fields(f.Set), From: d.profile(f.From), To: d.profile(f.To),
		Was: sync.Auth(f.Was), Auth: sync.Auth(f.Auth), How: f.How, By: d.fields(f.By), Replaces: f.Replaces, Cause: f.Cause, Due: f.Due, Tokens: f.Tokens, ResetMFA: f.ResetMFA, EndTokens: f.EndTokens, Wave: f.Wave, Way: f.Way,
		WasRole: f.WasRole, Role: f.Role, Lost: f.Lost,
		Picture: sync.Picture(f.Picture), Had: f.Had,
	}
}

func (d *decoder) pending(f filePending) sync.Pending {
	return sync.Pending{Link: sync.Link(f.Link), User: d.user(f.User), Cause: f.Cause, Due: f.Due}
}

func (d *decoder) note(f fileNote) sync.Note {
	return sync.Note{Key: f.Key, Username: f.Username, Field: named(d, f.Field, sync.Fields()...), Reason: f.Reason, Detail: f.Detail}
}

func (d *decoder) profile(f fileProfile) sync.Profile {
	var p sync.Profile
	for name, v := range f {
		p[named(d, name, sync.Fields()...)] = v
	}
	return p
}

func (d *decoder) fields(names []string) sync.FieldSet {
	var set sync.FieldSet
	for _, name := range names {
		set |= sync.SetOf(named(d, name, sync.Fields()...))
	}
	return set
}
