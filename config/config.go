package config

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// A Config is a whole configuration without a mistake in it. Relative paths of
// files have the folder of the configuration in front.
type Config struct {
	Version    int
	Instance   string
	Mode       sync.Mode
	State      state.Place
	Schedule   Schedule
	Mattermost Mattermost
	Sources    []Source // in order of precedence
	Leavers    Leavers
	Erase      Erase
	Allow      []string // what runs without a person may do besides: AllowErase
	Protect    []sync.Pattern
	Stage      sync.Stage
	KeepAdmins int // so many administrators stay active
	Roles      sync.RoleMode
	Pictures   Pictures
	Web        Web
	Journal    Journal
	Notify     []Target
	Tests      []Test

	revokeOn []string
	limits   sync.Limits
	digest   string
	doc      *document
}

// A Schedule says when the daemon runs.
type Schedule struct {
	Cron     string // as written: whoever knows cron checks it
	Location *time.Location
	Jitter   time.Duration
	OnStart  Start
}

// A Start says what the daemon does when it starts.
type Start uint8

// The ways to start.
const (
	StartNone    Start = iota
	StartSync          // a run
	StartPlan          // a plan, which shows in logs and metrics
	StartNothing       // wait for the schedule
)

// String returns the name that the configuration uses.
func (s Start) String() string {
	if names := []string{"", "sync", "plan", "nothing"}; int(s) < len(names) {
		return names[s]
	}
	return ""
}

// A Mattermost is the server and how to talk to it.
type Mattermost struct {
	URL               string
	Token             Secret
	AllowHTTP         bool
	CAFile            string
	Timeout           time.Duration
	MaxParallel       int
	RequestsPerSecond float64 // 0: no limit
	Detours           sync.Detours
	OnUserLimit       sync.SeatMode
	WelcomeMail       bool
	PasswordResetMail bool
}

// A Source is one directory of people.
type Source struct {
	Name      string
	Type      string // "csv", or a kind of directory
	CSV       CSV
	LDAP      LDAP
	Sentinels []string // anchors, or DNs
	Spec      sources.Spec
	Mapping   *sources.Mapping // what Spec compiles to
	Expect    sync.Expect

	MaxPicture int // bytes; Pictures.MaxBytes
}

// A CSV says how to read a CSV file.
type CSV struct {
	Path      string // Stdin: standard input
	Encoding  string
	Delimiter string
	Quote     string
	Columns   []string
	Comment   string
	Trailer   string
	SHA256    bool
}

// An LDAP says how to read a directory.
type LDAP struct {
	URLs            []string
	SRV             string
	StartTLS        bool
	AllowPlain      bool
	CAFile          string
	ServerName      string
	MinTLS          string // "1.2" or "1.3"
	ClientCert      string
	ClientKey       string
	BindDN          string
	Password        Secret
	Kerberos        ldapdir.Kerberos // instead of both; without a keytab it is not used
	Bases           []string
	GroupBases      []string
	NestedGroups    string // "walk" or "chain"
	Scope           string
	Filter          string
	IgnoreReferrals []string
	Encoding        string   // of the anchor
	Preset          []string // parts of the mapping that are the preset's
	PageSize        int
	Timeout         time.Duration
}

// Leavers says what happens to people who leave.
type Leavers struct {
	Disabled, Expired, Absent sync.Grace
	SecondLook                bool // ask the source once more for whoever is absent
	Return                    bool
	KeepTokens                bool `json:",omitzero"` // access tokens work again when the account does
	ResetMFA                  bool `json:",omitzero"` // whoever returns sets up a new second factor
}

// AllowErase lets runs without a person delete accounts for good.
const AllowErase = "erase"

// An Erase says when accounts of people who left are deleted for good.
type Erase struct {
	After time.Duration // since the person left; 0: never
}

// Allows reports whether runs without a person may do a thing.
func (c *Config) Allows(what string) bool { return slices.Contains(c.Allow, what) }

// A Web is where the daemon listens, and how.
type Web struct {
	Listen           string
	ConfigFile       string // exporter-toolkit's, for TLS and users; "": neither
	NativeHistograms bool
}

// A Journal says how long what was done is remembered.
type Journal struct{ Keep time.Duration }

// A Check looks for mistakes that this package cannot see, such as those of a
// cron expression. It gets all that could be read, whatever mistakes are
// elsewhere, and makes its own with [Config.Fault].
type Check func(*Config) Errors

// Load reads the configuration in a file, or on stdin when the path is
// [Stdin]. Each assignment is KEY=VALUE and wins over the file. When the
// configuration has mistakes, the error is an [Errors] with all of them, those
// of the checks among them.
func Load(path string, stdin io.Reader, assignments []string, checks ...Check) (*Config, error) {
	text, err := readText(path, stdin)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, bare(err))
	}
	return Parse(path, text, assignments, checks...)
}

func readText(path string, stdin io.Reader) ([]byte, error) {
	if path != Stdin {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		stdin = f
	}
	return io.ReadAll(io.LimitReader(stdin, maxText+1))
}

// Parse is [Load] for a text that was read before. The path names it in errors,
// and relative paths in it start at the path's folder.
func Parse(path string, text []byte, assignments []string, checks ...Check) (*Config, error) {
	text = withoutMark(text)
	d := newDocument(path, text)
	root := d.parse(text)
	if root == nil {
		return nil, d.errors()
	}
	for _, a := range assignments {
		d.override(root, a)
	}
	c := defaults(d)
	c.digest = digestOf(text, assignments)
	d.object("", root, c.read)
	c.check()
	for _, check := range checks {
		d.faults = append(d.faults, check(c)...)
	}
	if len(d.faults) > 0 {
		return nil, d.errors()
	}
	return c, nil
}

// At returns where the value of a key is, "sources[0].path" for example: where
// it is in the file, or else where the nearest object around it is.
func (c *Config) At(path string) Position { return c.doc.find(path) }

// Fault returns a mistake in the value of a key that only its user can see,
// such as a cron expression that never runs.
func (c *Config) Fault(path, what, meant string) Error {
	at := c.At(path)
	return Error{Position: at, Key: path, What: what, Meant: meant, Snippet: c.doc.snippet(at, c.doc.cuts())}
}

// Policy returns what may be planned.
func (c *Config) Policy() sync.Policy {
	p := sync.Policy{
		Mode: c.Mode, KeepAdmins: c.KeepAdmins, Roles: c.Roles, Return: c.Leavers.Return, Protect: c.Protect,
		Detours: c.Mattermost.Detours, Stage: c.Stage, Erase: c.Erase.After, ResetMFA: c.Leavers.ResetMFA, EndTokens: !c.Leavers.KeepTokens,
		OnLimit: c.Mattermost.OnUserLimit, WelcomeMail: c.Mattermost.WelcomeMail, ResetMail: c.Mattermost.PasswordResetMail,
	}
	p.Leavers[sync.CauseDisabled] = c.Leavers.Disabled
	p.Leavers[sync.CauseExpired] = c.Leavers.Expired
	p.Leavers[sync.CauseAbsent] = c.Leavers.Absent
	return p
}

// Guard returns what a run may do, and what the sources must look like.
func (c *Config) Guard() sync.Guard {
	g := sync.Guard{Limits: c.limits, Seats: c.Mattermost.OnUserLimit, Expect: make(map[string]sync.Expect)}
	for _, s := range c.Sources {
		g.Expect[s.Name] = s.Expect
	}
	return g
}
