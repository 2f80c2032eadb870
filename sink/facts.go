package sink

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// Facts asks the server what it is and allows. Its error is ErrNotAdmin when
// the token is accepted but belongs to somebody else than an active system
// administrator, for whom the server would hide much and change little.
func (f *Finder) Facts(ctx context.Context) (sync.Facts, error) {
	if f.api.Local() {
		return f.localFacts(ctx)
	}
	me, err := f.admin(ctx)
	if err != nil {
		return sync.Facts{}, err
	}
	facts := sync.Facts{Self: me.ID, Version: f.api.Version(), Rules: rules(), MailsOnRename: true, MailsOnEmail: true}
	for _, ask := range []func(context.Context, mattermost.User, *sync.Facts) error{f.askOwner, f.askCounts, f.askSettings, f.askErasing, f.askPictures} {
		if err := ask(ctx, me, &facts); err != nil {
			return sync.Facts{}, err
		}
	}
	if facts.Version == "" {
		return sync.Facts{}, errNoVersion
	}
	ofVersion(&facts)
	facts.ServerID = f.api.ServerID()
	f.facts.Store(&facts)
	return facts, nil
}

// ofVersion adds what follows from the server's version.
func ofVersion(facts *sync.Facts) {
	v := parseVersion(facts.Version)
	facts.AuthDataHidden, facts.ReadsPBKDF2 = v.before(11, 0), !v.before(11, 0)
	facts.CannotReactivate = map[string]bool{}
	if !v.before(10, 2) {
		facts.CannotReactivate["ldap"] = true
	}
}

// errNoVersion is a server of which nobody knows what it shows and allows.
var errNoVersion = errors.New("mattermost: the answers carry no X-Version-Id: let the proxy in front of the server pass it on")

// admin returns the token's own account if it may do what syncd does.
func (f *Finder) admin(ctx context.Context) (mattermost.User, error) {
	if f.api.Local() {
		return mattermost.User{}, nil // whoever may open the socket may do all
	}
	me, err := f.api.Me(ctx)
	switch {
	case err != nil:
		return me, err
	case me.DeleteAt != 0:
		return me, notAdmin(me.Username, "who is deactivated")
	}
	if _, admin, _ := sync.SplitRoles(me.Roles); !admin {
		return me, notAdmin(me.Username, "who is no system administrator")
	}
	return me, nil
}

// askOwner finds out whose bot the token's account is: when its owner is
// deactivated, servers deactivate the bot too.
func (f *Finder) askOwner(ctx context.Context, me mattermost.User, facts *sync.Facts) error {
	if !me.IsBot {
		return nil
	}
	bot, err := f.api.Bot(ctx, me.ID)
	facts.Owner = bot.OwnerID
	return err
}

// askCounts counts accounts and seats.
func (f *Finder) askCounts(ctx context.Context, _ mattermost.User, facts *sync.Facts) error {
	var err error
	if facts.Users, err = f.api.Count(ctx); err != nil {
		return err
	}
	if facts.ActiveUsers, err = f.api.CountSeats(ctx); err != nil {
		return err
	}
	if facts.Admins, err = f.api.CountAdmins(ctx); err != nil {
		return err
	}
	limits, err := f.api.Limits(ctx)
	if errors.Is(err, mattermost.ErrNoRoute) {
		return nil
	}
	if limits.ActiveUsers > 0 { // the server's own count: it leaves out guests who take no seat
		facts.SeatLimit, facts.ActiveUsers = limits.HardLimit, limits.ActiveUsers
	}
	return err
}

// askSettings reads the settings that decide what can be changed.
func (f *Finder) askSettings(ctx context.Context, _ mattermost.User, facts *sync.Facts) error {
	config, err := f.api.ClientConfig(ctx)
	if err != nil {
		return err
	}
	license, err := f.api.License(ctx)
	if err != nil {
		return err
	}
	facts.ConfirmsEmail = config["RequireEmailVerification"] == "true"
	facts.Masters = masters(config, license)
	facts.Locked = locked(config, license)
	facts.NoGuests = noGuests(config, license)
	facts.OwnPictures = map[string]bool{"ldap": config["LdapPictureAttributeSet"] == "true"}
	countLicense(license, facts)
	return nil
}

// directories are the services for which a licensed server can have a directory
// of its own, and the prefixes of their settings.
func directories() map[string]string { return map[string]string{"ldap": "Ldap", "saml": "Saml"} }

// masters returns the services whose people a licensed server keeps in step with
// its own directory.
func masters(config, license map[string]string) map[string]bool {
	all := make(map[string]bool)
	for service, prefix := range directories() {
		if license[strings.ToUpper(service)] == "true" && config["Enable"+prefix] == "true" {
			all[service] = true
		}
	}
	return all
}

// countLicense takes the seats that the license is for where the server states
// no limit of its own. Servers enforce a license only if it asks for it, and
// say so in GET /limits/server from 10.6 on; older ones never do.
func countLicense(license map[string]string, facts *sync.Facts) {
	seats, err := strconv.Atoi(license["Users"])
	if err == nil && seats > 0 && facts.SeatLimit == 0 && license["IsLicensed"] == "true" {
		facts.SeatLimit, facts.SeatsLicensed = seats, true
	}
}

// locked returns the fields that the server does not change for people who
// sign in with a service. On a licensed server, fields that it maps from its
// own directory are locked too.
func locked(config, license map[string]string) map[string]sync.FieldSet {
	oauth := sync.SetOf(sync.Username, sync.Email, sync.FirstName, sync.LastName)
	all := map[string]sync.FieldSet{
		"ldap":       sync.SetOf(sync.Username, sync.Email),
		"saml":       sync.SetOf(sync.Username),
		"gitlab":     oauth,
		"google":     oauth,
		"office365":  oauth,
		"openid":     oauth,
		"magic_link": sync.SetOf(sync.Username),
		"intune":     sync.SetOf(sync.Username),
	}
	names := map[string]sync.Field{"FirstName": sync.FirstName, "LastName": sync.LastName,
		"Nickname": sync.Nickname, "Position": sync.Position}
	for service := range masters(config, license) {
		prefix := directories()[service]
		for name, field := range names {
			if config[prefix+name+"AttributeSet"] == "true" {
				all[service] |= sync.SetOf(field)
			}
		}
	}
	return all
}

// rules returns what Mattermost accepts as a value, the same in every version.
func rules() (r [len(sync.Profile{})]sync.Rule) {
	r[sync.Username] = sync.Rule{
		MinBytes: 1, MaxBytes: 64,
		Alphabet: "abcdefghijklmnopqrstuvwxyz0123456789.-_",
		Reserved: []string{"all", "channel", "matterbot", "system"},
	}
	r[sync.Email] = sync.Rule{MinBytes: 3, MaxBytes: 128}
	r[sync.FirstName] = sync.Rule{MaxRunes: 64}
	r[sync.LastName] = sync.Rule{MaxRunes: 64}
	r[sync.Nickname] = sync.Rule{MaxRunes: 64}
	r[sync.Position] = sync.Rule{MaxRunes: 128}
	r[sync.Locale] = sync.Rule{MaxBytes: 5}
	return r
}

// version is a server's version, major and minor.
type version [2]int

// parseVersion reads "11.6.0". What it cannot read is 0.
func parseVersion(s string) (v version) {
	for i, part := range strings.SplitN(s, ".", 3) {
		if i < len(v) {
			v[i], _ = strconv.Atoi(part)
		}
	}
	return v
}

// before reports whether the version is older than another.
func (v version) before(major, minor int) bool {
	return v[0] < major || v[0] == major && v[1] < minor
}
