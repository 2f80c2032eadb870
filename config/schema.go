package config

import (
	"bytes"
	"path/filepath"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// defaults returns the configuration that an empty file would mean, if one
// were allowed.
func defaults(d *document) *Config {
	return &Config{
		Instance: "default",
		State:    state.At(filepath.Join("/var/lib/syncd", stateFile)),
		Schedule: Schedule{Cron: "*/15 * * * *", Location: time.Local, Jitter: time.Minute, OnStart: StartPlan},
		Mattermost: Mattermost{
			Timeout:     30 * time.Second,
			MaxParallel: 4,
		},
		Leavers: Leavers{
			Expired: sync.Grace{After: day},
			Absent:  sync.Grace{After: 7 * day, Revoke: true},
			Return:  true,

			SecondLook: true,
		},
		KeepAdmins: 2,
		Pictures:   Pictures{Every: day, MaxBytes: sources.MaxPicture},

		Web:     Web{Listen: "127.0.0.1:9494"},
		Journal: Journal{Keep: 400 * day},
		limits:  defaultLimits(),
		doc:     d,
	}
}

// withoutMark drops the byte order mark that some editors write.
func withoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

// read reads the whole file.
func (c *Config) read(o *object) {
	o.require("version", "policy", "mattermost", "sources")
	c.readHead(o)
	o.object("schedule", "when the daemon runs", c.Schedule.read)
	o.object("mattermost", "the server", c.Mattermost.read)
	o.each("sources", "where people are recorded; of several, an earlier one counts more", func(o *object) {
		c.Sources = append(c.Sources, Source{})
		c.readSource(o, &c.Sources[len(c.Sources)-1])
	})
	o.object("sessions", "when people must sign in again", func(o *object) {
		o.texts("revoke_on", &c.revokeOn, "attributes of the record; when one of them changes, the person's sessions end. Of several sources: NAME:ATTRIBUTE is one of the source NAME")
	})
	o.object("migrate_auth", "who moves to another sign-in in one run, where mapping.auth.when says migrate", func(o *object) {
		o.texts("pilot", &c.Stage.Pilot, "keys or user names: as long as there are any, nobody else moves")
		o.number("share", &c.Stage.Share, span{0, 100}, "percent of all who are to move, in each run; 0: all at once")
	})
	o.object("leavers", "what happens to people who leave; only policy: sync deactivates", c.Leavers.read)
	o.object("erase", "accounts of people who left long ago are deleted for good, with all that they wrote: for privacy law, and never asked for by default", c.Erase.read)
	c.readAllow(o)
	c.readProtect(o)
	o.whole("keep_admins", &c.KeepAdmins, span{0, 1000}, "so many active administrators are always left, whatever protect: allows")
	o.object("roles", "what becomes of the roles that mapping.role gives", func(o *object) {
		choose(o, "mode", &c.Roles, []sync.RoleMode{sync.RolesAdditive, sync.RolesAuthoritative},
			"additive: roles are only ever raised, from guest to member to admin; authoritative: taken away as well, from whomever protect: does not name")
	})
	o.object("pictures", "of the sources that have a picture", c.Pictures.read)
	o.object("limits", "what a run may do; a plan beyond one of them is refused before the first write", func(o *object) {
		readLimits(o, &c.limits)
	})
	o.object("web", "the daemon's own pages: the status at /, /metrics, /-/healthy, /-/ready", c.Web.read)
	o.object("journal", "what was done", func(o *object) {
		o.duration("keep", &c.Journal.Keep, [2]time.Duration{day, 36500 * day}, "how long it is kept")
	})
	o.each("notify", "who is told when runs of the daemon, and of syncd sync --unattended, go wrong and when they go well again", c.readTarget)
	o.each("tests", "records and what the mapping must make of them; syncd check runs them", c.readTest)
}

func (c *Config) readHead(o *object) {
	o.whole("version", &c.Version, span{1, 1}, "version of the file's format; a newer one is refused, not half understood")
	if o.text("instance", &c.Instance, "names this configuration in the journal") && !matches(`[A-Za-z0-9._-]{1,64}`, c.Instance) {
		o.fault("instance", "the name is not usable, want up to 64 letters, digits, dots, dashes and underscores", "")
	}
	choose(o, "policy", &c.Mode, []sync.Mode{sync.Full, sync.UpsertOnly, sync.CreateOnly, sync.Observe},
		"what may be done: everything; all but deactivating; only creating; nothing, plans are shown and measured")
	c.readState(o)
}

func (s *Schedule) read(o *object) {
	if o.text("cron", &s.Cron, "minute, hour, day of the month, month, day of the week; or @hourly and the like") && strings.TrimSpace(s.Cron) == "" {
		o.fault("cron", "the expression is empty", "leave the key out for every 15 minutes")
	}
	zone := s.Location.String()
	if o.text("timezone", &zone, "time zone of the expression, such as Europe/Berlin; Local is the machine's") {
		location, err := time.LoadLocation(zone)
		if err != nil || zone == "" {
			o.fault("timezone", "the time zone is not known", "write it as Europe/Berlin, UTC or Local")
		}
		s.Location = location
	}
	o.duration("jitter", &s.Jitter, [2]time.Duration{0, time.Hour}, "each run starts up to so much later, so that not all machines ask at once")
	choose(o, "on_start", &s.OnStart, []Start{StartSync, StartPlan, StartNothing}, "what the daemon does before the first scheduled run")
}

func (m *Mattermost) read(o *object) {
	o.require("url")
	if n := o.values["url"]; n == nil || !isSocket(n.Value) {
		o.require("token")
	}
	given := o.text("url", &m.URL, "address of the server, with its path if it has one; or unix:PATH, the socket of its local mode, which wants no token")
	o.secret("token", &m.Token, "access token of a system administrator: cred:NAME (systemd credential), file:PATH or env:NAME")
	o.flag("allow_http", &m.AllowHTTP, "send the token without encryption to a host that is not this machine")
	if given {
		checkURL(o, m)
	}
	if o.text("ca_file", &m.CAFile, "PEM file of authorities to trust besides the machine's") {
		m.CAFile = under(o.d.dir, m.CAFile)
	}
	o.duration("timeout", &m.Timeout, [2]time.Duration{time.Second, 10 * time.Minute}, "how long one request may take")
	o.whole("max_parallel", &m.MaxParallel, span{1, 64}, "requests in flight; the pace is found by trying and stays below")
	o.number("requests_per_second", &m.RequestsPerSecond, span{0, 10_000}, "the most requests in a second; 0 is no limit of ours")
	o.flag("rename_sso", &m.Detours.Rename, "change names that the server locks for people of another sign-in: for a moment they have none but a password that nobody knows")
	o.flag("reactivate_ldap", &m.Detours.Return, "bring back ldap accounts, which servers from 10.2 on do not activate: for a moment they sign in with saml")
	o.flag("welcome_mail", &m.WelcomeMail, "let the server mail \"You joined\" to whoever gets an account")
	o.flag("password_reset_mail", &m.PasswordResetMail, "mail a link to set a password to whoever gets an account with e-mail and password, unless the source has the password's hash; without it nobody knows the password")
	choose(o, "on_user_limit", &m.OnUserLimit, []sync.SeatMode{sync.SeatsFill, sync.SeatsRefuse, sync.SeatsIgnore},
		"when more people need a seat than the server or its license has: fill the free ones, those who leave first, then who returns, then hires; refuse the whole run; or do not count")
}

func (l *Leavers) read(o *object) {
	grace := func(key, meaning string, into *sync.Grace, more func(o *object)) {
		o.object(key, meaning, func(o *object) {
			more(o)
			o.duration("after", &into.After, [2]time.Duration{0, 3650 * day}, "deactivate so long after the person was first missed")
			o.flag("revoke_sessions", &into.Revoke, "end the person's sessions at once, not only with the account")
		})
	}
	none := func(*object) {}
	grace("disabled", "people whose record says that they are disabled", &l.Disabled, none)
	grace("expired", "people whose time is over", &l.Expired, none)
	grace("absent", "people whom the source no longer has", &l.Absent, func(o *object) {
		o.flag("second_look", &l.SecondLook, "ask the source once more, for that one person and without the filter; false: whoever leaves the filter leaves")
	})
	back := "never"
	if l.Return {
		back = "reactivate-own"
	}
	o.choice("return", &back, []string{"reactivate-own", "never"}, "bring back people who return, if it was syncd that deactivated them")
	l.Return = back == "reactivate-own"
	end := !l.KeepTokens
	o.flag("disable_tokens", &end, "disable the access tokens of people who are deactivated, or they would work again when the account does; only an undo enables them")
	l.KeepTokens = !end
	o.flag("reset_mfa_on_return", &l.ResetMFA, "take away the second factor of people who are brought back, who then set up a new one; each reset mails its owner")
}

func (w *Web) read(o *object) {
	if o.text("listen", &w.Listen, "address and port") {
		checkListen(o, w.Listen)
	}
	if o.text("config_file", &w.ConfigFile, "web configuration file of Prometheus' exporter-toolkit: TLS, client certificates, users with passwords") && w.ConfigFile != "" {
		w.ConfigFile = under(o.d.dir, w.ConfigFile)
	}
	o.flag("native_histograms", &w.NativeHistograms, "histograms are native besides classic, for a Prometheus that scrapes them")
}

func (e *Erase) read(o *object) {
	o.duration("after", &e.After, [2]time.Duration{0, 36500 * day}, "delete so long after the person left whom syncd deactivated; 0: never. It needs limits.erase, and EnableAPIUserDeletion on the server")
	if o.has("after") && e.After > 0 && e.After < leastKept {
		o.fault("after", "this is too short, want 30d or more", "a leaver may come back, and nothing brings a deleted account back")
	}
}

// leastKept is how long an account is kept at least before it is deleted for
// good.
const leastKept = 30 * day

func (c *Config) readAllow(o *object) {
	o.texts("allow", &c.Allow, "what the daemon and syncd sync --unattended may do besides: erase")
	for i, what := range c.Allow {
		if path := indexed("allow", i); what != AllowErase {
			o.d.fault(o.d.find(path), path, "there is nothing of this name to be allowed, want erase", "")
		}
	}
}

func (c *Config) readProtect(o *object) {
	patterns := []string{"role:system_admin"}
	o.texts("protect", &patterns, "accounts that are never changed: role:system_admin, role:system_guest, username:GLOB, email:GLOB")
	for i, text := range patterns {
		p, err := sync.ParsePattern(text)
		if err != nil {
			path := indexed("protect", i)
			o.d.fault(o.d.find(path), path, err.Error(), "")
			continue
		}
		c.Protect = append(c.Protect, p)
	}
}
