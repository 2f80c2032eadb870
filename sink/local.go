package sink

import (
	"context"
	"strconv"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// Why a server's local socket does not let syncd do something.
const (
	noPatch   = "over its socket this server takes the whole account or nothing, and does not show the person's notification settings, which would be lost: use a token"
	noMove    = "over its socket this server does not change how people sign in: use a token"
	noPicture = "over its socket the server takes no pictures: use a token"
	noTokens  = "over its socket the server disables no access tokens: use a token"
	noRevoke  = "over its socket the server ends sessions only with the account: use a token"
)

// localFacts are Facts over the server's local socket. There is no account whose
// the credential is, so none is ours to protect, and the server does not tell
// how many seats it has.
func (f *Finder) localFacts(ctx context.Context) (sync.Facts, error) {
	facts := sync.Facts{Rules: rules(), MailsOnRename: true, MailsOnEmail: true}
	settings, err := f.api.Settings(ctx)
	if err != nil {
		return facts, err
	}
	facts.ConfirmsEmail = settings.EmailSettings.RequireEmailVerification
	config, license := asClient(settings, f.api.Licensed())
	facts.Locked, facts.NoGuests = locked(config, license), noGuests(config, license)
	if facts.Users, err = f.api.Count(ctx); err != nil {
		return facts, err
	}
	if facts.ActiveUsers, err = f.api.CountSeats(ctx); err != nil {
		return facts, err
	}
	if facts.Admins, err = f.api.CountAdmins(ctx); err != nil {
		return facts, err
	}
	if facts.Version = f.api.Version(); facts.Version == "" {
		return facts, errNoVersion
	}
	ofVersion(&facts)
	facts.ServerID, facts.EraseKnown = f.api.ServerID(), true // over the socket it deletes, whatever its settings say
	facts.Cannot, facts.KeepsTokens = localCannot(parseVersion(facts.Version)), noTokens
	f.facts.Store(&facts)
	return facts, nil
}

// localCannot returns what a server of a version does not serve over its socket.
func localCannot(v version) map[sync.StepKind]string {
	cannot := map[sync.StepKind]string{sync.Revoke: noRevoke, sync.SetPicture: noPicture}
	if v.before(10, 5) {
		cannot[sync.Patch] = noPatch
	}
	if v.before(11, 0) {
		cannot[sync.MigrateAuth] = noMove
	}
	return cannot
}

// asClient returns the settings in the words in which clients are told them.
func asClient(s mattermost.Settings, licensed bool) (config, license map[string]string) {
	config = make(map[string]string)
	for prefix, d := range map[string]mattermost.Directory{"Ldap": s.LdapSettings, "Saml": s.SamlSettings} {
		config["Enable"+prefix] = strconv.FormatBool(d.Enable)
		for name, attribute := range map[string]string{"FirstName": d.FirstNameAttribute, "LastName": d.LastNameAttribute,
			"Nickname": d.NicknameAttribute, "Position": d.PositionAttribute} {
			config[prefix+name+"AttributeSet"] = strconv.FormatBool(attribute != "")
		}
	}
	config["EnableGuestAccounts"] = strconv.FormatBool(s.GuestAccountsSettings.Enable)
	yes := strconv.FormatBool(licensed)
	license = map[string]string{"IsLicensed": yes, "LDAP": yes, "SAML": yes, "GuestAccounts": yes}
	return config, license
}
