package sync

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the tests get into testdata")

// now is the moment of every scenario.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// TestPlanScenarios runs testdata/plan/*.txtar: identities, rejects, users,
// links, open intents, policy and facts make a plan. A file's name says what it
// shows.
func TestPlanScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/plan/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			in, archive, want := scenario(t, file)
			got := printPlan(NewPlan(in))
			if *update {
				writePlan(t, file, archive, got)
				return
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// scenario reads the input of a scenario and the plan that it must make.
func scenario(t *testing.T, file string) (in Input, archive *txtar.Archive, want string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in = Input{Now: now, Policy: defaultPolicy()}
	said := &sayings{readings: []Reading{{Source: "ad"}}}
	for _, f := range archive.Files {
		if f.Name == "plan" {
			want = string(f.Data)
			continue
		}
		if err := parseSection(&in, said, f.Name, string(f.Data)); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	in.Roster = said.roster(in)
	return in, archive, want
}

func writePlan(t *testing.T, file string, archive *txtar.Archive, plan string) {
	t.Helper()
	kept := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "plan" {
			kept = append(kept, f)
		}
	}
	archive.Files = append(kept, txtar.File{Name: "plan", Data: []byte(plan)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sayings are what the sources of a scenario say.
type sayings struct {
	readings []Reading
	when     AuthMode
	split    []Key
	declared bool
}

// add declares a source: "hr joins failed".
func (s *sayings) add(words []string) {
	if !s.declared {
		s.readings, s.declared = nil, true
	}
	s.readings = append(s.readings, Reading{
		Source: words[0], Joins: slices.Contains(words, "joins"), Failed: slices.Contains(words, "failed"),
	})
}

// of returns the snapshot of the source of a key, or the first one.
func (s *sayings) of(k Key) *Snapshot {
	for i := range s.readings {
		if s.readings[i].Source == k.Source() {
			return &s.readings[i].Snapshot
		}
	}
	return &s.readings[0].Snapshot
}

func (s *sayings) roster(in Input) Roster {
	for _, read := range s.readings {
		for i := range read.Snapshot.Identities {
			read.Snapshot.Identities[i].When = s.when
		}
	}
	return NewRoster(s.readings, in.Links, s.split)
}

// ad is the roster of one source.
func ad(s Snapshot) Roster {
	s.Source = "ad"
	return NewRoster([]Reading{{Source: "ad", Snapshot: s}}, nil, nil)
}

// stated is the roster of one source that states these.
func stated(ids ...Identity) Roster { return ad(Snapshot{Identities: ids}) }

func defaultPolicy() Policy { return Policy{Mode: Full, Return: true} }

// parseSection reads one file of a scenario, a line a value: words and
// name=value pairs, quoted where a value has spaces.
func parseSection(in *Input, said *sayings, name, text string) error {
	for line := range strings.Lines(text) {
		words, opts, err := splitLine(line)
		if err != nil {
			return err
		}
		if len(words)+len(opts) == 0 {
			continue
		}
		switch name {
		case "identities":
			id := parseIdentity(words, opts)
			s := said.of(id.Key)
			s.Identities = append(s.Identities, id)
		case "rejects":
			key := Key(strings.TrimPrefix(words[0], "-"))
			s := said.of(Key(cmp.Or(string(key), opts["of"])))
			s.Rejects = append(s.Rejects, Reject{Key: key, Join: opts["join"], Hints: strings.ReplaceAll(opts["hints"], " ", "\n"), Unsure: opts["unsure"] != "", Origin: Origin{"people.csv", words[1]}, Reason: RejectValue, Detail: words[2]})
		case "users":
			in.Users = append(in.Users, parseUser(words, opts))
		case "links":
			in.Links = append(in.Links, parseLink(words, opts))
		case "open":
			in.Open = append(in.Open, parseIntent(words, opts))
		case "seen":
			in.Sightings = append(in.Sightings, parseSighting(words, opts))
		case "sources":
			said.add(words)
		case "split":
			said.split = append(said.split, Key(words[0]))
		case "policy":
			said.when, _ = ParseAuthMode(opts["auth"])
			parsePolicy(&in.Policy, words, opts)
		case "facts":
			parseFacts(&in.Facts, words, opts)
		default:
			return fmt.Errorf("unknown section")
		}
	}
	return nil
}

func splitLine(line string) (words []string, opts map[string]string, err error) {
	opts = make(map[string]string)
	rest := strings.TrimSpace(line)
	for rest != "" {
		name := ""
		if i := strings.IndexAny(rest, "= \""); i > 0 && rest[i] == '=' {
			name, rest = rest[:i], rest[i+1:]
		}
		value := ""
		if strings.HasPrefix(rest, `"`) {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, nil, err
			}
			value, _ = strconv.Unquote(q)
			rest = rest[len(q):]
		} else {
			value, rest, _ = strings.Cut(rest, " ")
		}
		rest = strings.TrimSpace(rest)
		if name == "" {
			words = append(words, value)
		} else {
			opts[name] = value
		}
	}
	return words, opts, nil
}

func parseProfile(opts map[string]string) (p Profile, states FieldSet) {
	for name, v := range opts {
		if f, ok := ParseField(name); ok {
			p[f] = v
			states |= SetOf(f)
		}
	}
	return p, states
}

func parseAuth(s string) Auth {
	service, data, _ := strings.Cut(s, ":")
	return Auth{service, data}
}

func parseIdentity(words []string, opts map[string]string) Identity {
	id := Identity{Key: Key(words[0]), Status: Enabled, Role: parseRole(opts["role"]), Stamp: opts["stamp"], Join: opts["join"], Origin: Origin{"people.csv", opts["at"]}}
	id.Profile, id.States = parseProfile(opts)
	id.Auth = parseAuth(opts["auth"])
	if p := (Picture{Digest: opts["picture"], Fault: opts["fault"]}); p != (Picture{}) {
		p.Key = id.Key
		id.Picture = &p
	}
	for _, w := range words[1:] {
		switch w {
		case "disabled":
			id.Status = Disabled
		case "expired":
			id.Status = Expired
		}
	}
	return id
}

func parseUser(words []string, opts map[string]string) User {
	u := User{ID: words[0], Active: true, Auth: Auth{Service: AuthEmail}, Roles: opts["roles"]}
	u.Profile, _ = parseProfile(opts)
	if a, ok := opts["auth"]; ok {
		u.Auth = parseAuth(a)
	}
	u.PictureAt = parseTime(opts["pictured"])
	for _, w := range words[1:] {
		switch w {
		case "inactive":
			u.Active = false
		case "bot":
			u.Bot = true
		case "remote":
			u.Remote = true
		case "guest":
			u.Guest = true
		case "admin":
			u.Admin = true
		}
	}
	return u
}

// parseSighting reads "ad:1 gone", "ad:1 in at=…", "ad:1 disabled at=…" or
// "ad:1 err=…".
func parseSighting(words []string, opts map[string]string) Sighting {
	s := Sighting{Key: Key(words[0]), Found: len(words) > 1 && words[1] != "gone", Place: opts["at"]}
	if s.Found {
		s.In = slices.Contains(words, "in")
		s.Identity = parseIdentity(words, opts)
	}
	if text := opts["err"]; text != "" {
		s.Err = errors.New(text)
	}
	return s
}

func parseRole(s string) Role {
	r, ok := ParseRole(s)
	if !ok && s != "" {
		panic("no role: " + s)
	}
	return r
}

func parseTime(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

func parseCause(s string) (c Cause) {
	_ = c.UnmarshalText([]byte(s))
	return c
}

func parseLink(words []string, opts map[string]string) Link {
	how := Created
	if opts["how"] != "" {
		_ = how.UnmarshalText([]byte(opts["how"]))
	}
	return Link{
		Key: Key(words[0]), UserID: words[1], Join: opts["join"], Others: strings.ReplaceAll(opts["others"], ",", "\n"), How: how, RevokeDue: len(words) > 2,
		LeftSince: parseTime(opts["left"]), LeftCause: parseCause(opts["why"]),
		DeactivatedFor: parseCause(opts["deactivated"]), Stamp: opts["stamp"], AuthData: opts["authdata"],
		Owes: opts["owes"], AskedEmail: opts["asked"], AskedEmailAt: parseTime(opts["askedat"]),
		Picture: opts["picture"], PictureAt: parseTime(opts["pictured"]), PictureRefused: opts["refused"],
	}
}

func parseIntent(words []string, opts map[string]string) Intent {
	o := Intent{Run: "r1", Key: Key(words[0]), Cause: parseCause(opts["cause"])}
	_ = o.Kind.UnmarshalText([]byte(words[1]))
	o.To, _ = parseProfile(opts)
	o.Auth = parseAuth(opts["auth"])
	_ = o.Way.UnmarshalText([]byte(opts["way"]))
	o.Role = parseRole(opts["role"])
	return o
}

func parsePolicy(p *Policy, words []string, opts map[string]string) {
	for _, w := range words {
		switch w {
		case "reset-mfa":
			p.ResetMFA = true
		case "stay":
			p.Return = false
		case "ignore-seats":
			p.OnLimit = SeatsIgnore
		case "adopt-only":
			p.AdoptOnly = true
		case "rename-around":
			p.Detours.Rename = true
		case "return-around":
			p.Detours.Return = true
		case "authoritative":
			p.Roles = RolesAuthoritative
		}
	}
	for name, v := range opts {
		switch name {
		case "mode":
			p.Mode, _ = ParseMode(v)
		case "pilot":
			p.Stage.Pilot = strings.Split(v, ",")
		case "share":
			p.Stage.Share, _ = strconv.ParseFloat(v, 64)
		case "erase":
			p.Erase, _ = time.ParseDuration(v)
		case "keepadmins":
			p.KeepAdmins, _ = strconv.Atoi(v)
		case "who":
			p.AdoptWho = strings.Split(v, ",")
		case "auth": // see sayings
		case "protect":
			pattern, err := ParsePattern(v)
			if err != nil {
				panic(err)
			}
			p.Protect = append(p.Protect, pattern)
		case "adopt":
			for name := range strings.SplitSeq(v, ",") {
				f, _ := ParseField(name)
				p.Adopt |= SetOf(f)
			}
		default:
			after, revoke, _ := strings.Cut(v, ",")
			d, _ := time.ParseDuration(after)
			p.Leavers[parseCause(name)] = Grace{After: d, Revoke: revoke == "revoke"}
		}
	}
}

func parseFacts(f *Facts, words []string, opts map[string]string) {
	for _, w := range words {
		switch w {
		case "hidden":
			f.AuthDataHidden = true
		case "licensed":
			f.SeatsLicensed = true
		case "confirms":
			f.ConfirmsEmail = true
		case "mails":
			f.MailsOnRename, f.MailsOnEmail = true, true
		}
	}
	for name, v := range opts {
		switch name {
		case "self":
			f.Self = v
		case "owner":
			f.Owner = v
		case "users":
			f.Users, _ = strconv.Atoi(v)
		case "admins":
			f.Admins, _ = strconv.Atoi(v)
		case "noguests":
			f.NoGuests = v
		case "seats":
			_, _ = fmt.Sscanf(v, "%d/%d", &f.ActiveUsers, &f.SeatLimit)
		case "noreturn":
			f.CannotReactivate = map[string]bool{v: true}
		case "alphabet":
			f.Rules[Username].Alphabet = v
		case "reserved":
			f.Rules[Username].Reserved = []string{v}
		case "maxrunes":
			f.Rules[Position].MaxRunes, _ = strconv.Atoi(v)
		case "pictures":
			f.OwnPictures = map[string]bool{v: true}
		case "nopictures":
			f.Cannot = map[StepKind]string{SetPicture: v}
		case "masters":
			f.Masters = map[string]bool{v: true}
		case "locked", "locked2":
			service, names, _ := strings.Cut(v, ":")
			var set FieldSet
			for name := range strings.SplitSeq(names, ",") {
				field, _ := ParseField(name)
				set |= SetOf(field)
			}
			if f.Locked == nil {
				f.Locked = make(map[string]FieldSet)
			}
			f.Locked[service] = set
		}
	}
}

// printPlan writes a plan the way scenarios state it.
func printPlan(p Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "change %s @%s\n", c.Link.Key, c.Username())
		for _, s := range c.Steps {
			fmt.Fprintf(&b, "  %d %s\n", s.Wave, printStep(s))
		}
	}
	for _, x := range p.Pending {
		fmt.Fprintf(&b, "pending %s @%s %s until %s\n", x.Link.Key, x.User.Profile[Username], x.Cause, x.Due.Format(time.RFC3339))
	}
	for _, h := range p.Held {
		fmt.Fprintf(&b, "held %s %s: %s\n", h.Change.Link.Key, h.Reason, h.Detail)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note %s %s %s: %s\n", n.Key, n.Field, n.Reason, n.Detail)
	}
	for _, l := range p.Links {
		fmt.Fprintf(&b, "remember %s\n", printLink(l))
	}
	fmt.Fprintf(&b, "%d people = %d unchanged + %d changed + %d pending + %d held; managed %d, mails %d\n",
		p.People, p.Unchanged, len(p.Changes), len(p.Pending), len(p.Held), p.Managed, p.Mails)
	return b.String()
}

func printStep(s Step) string {
	words := []string{s.Kind.String()}
	if s.How != HowNone {
		words = append(words, "how="+s.How.String())
	}
	if s.Replaces != "" {
		words = append(words, "replaces="+string(s.Replaces))
	}
	if s.By != 0 {
		words = append(words, "by="+s.By.String())
	}
	for f := range s.Set.All() {
		if s.Kind == Create {
			words = append(words, fmt.Sprintf("%s=%q", f, s.To[f]))
		} else {
			words = append(words, fmt.Sprintf("%s=%q->%q", f, s.From[f], s.To[f]))
		}
	}
	if s.Was != (Auth{}) {
		words = append(words, "was="+s.Was.Service+":"+s.Was.Data)
	}
	if s.Auth != (Auth{}) {
		words = append(words, "auth="+s.Auth.Service+":"+s.Auth.Data)
	}
	if s.Kind == SetRole {
		words = append(words, s.WasRole.String()+"->"+s.Role.String())
	}
	if s.Lost != "" {
		words = append(words, fmt.Sprintf("lost=%q", s.Lost))
	}
	if s.Cause != CauseNone {
		words = append(words, "cause="+s.Cause.String())
	}
	if s.Way != WayNone {
		words = append(words, "way="+s.Way.String())
	}
	if s.ResetMFA {
		words = append(words, "reset-mfa")
	}
	if s.Picture != (Picture{}) {
		words = append(words, fmt.Sprintf("picture=%s->%s of %s", s.Had, s.Picture.Digest, s.Picture.Key))
	}
	return strings.Join(words, " ")
}

func printLink(l Link) string {
	words := []string{string(l.Key), l.UserID}
	if !l.LeftSince.IsZero() {
		words = append(words, "left="+l.LeftSince.Format(time.RFC3339), "why="+l.LeftCause.String())
	}
	if l.DeactivatedFor != CauseNone {
		words = append(words, "deactivated="+l.DeactivatedFor.String())
	}
	if l.Join != "" {
		words = append(words, "join="+l.Join)
	}
	if l.Others != "" {
		words = append(words, "others="+strings.ReplaceAll(l.Others, "\n", ","))
	}
	if l.Stamp != "" {
		words = append(words, "stamp="+l.Stamp)
	}
	if l.Picture != "" {
		words = append(words, "picture="+l.Picture)
	}
	if l.AuthData != "" {
		words = append(words, "authdata="+l.AuthData)
	}
	if l.Owes != "" {
		words = append(words, "owes="+l.Owes)
	}
	return strings.Join(words, " ")
}
