package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sync"
)

// A snag is a setting of the server that has a consequence for this
// configuration: what it is, what it means here, and where it is changed.
type snag struct {
	What  string `json:"what"`
	Means string `json:"means"`
	Where string `json:"where"` // in the System Console, unless it says otherwise
}

// snags returns the settings of a server that bite.
func snags(c *config.Config, in sink.Inspection) []snag {
	all := accountSnags(c, in)
	all = append(all, creationSnags(c, in)...)
	all = append(all, changeSnags(c, in)...)
	all = append(all, pictureSnags(c, in)...)
	return append(all, paceSnags(in)...)
}

// accountSnags are about the account whose the token is.
func accountSnags(c *config.Config, in sink.Inspection) (all []snag) {
	s := in.Settings.ServiceSettings
	switch {
	case in.Local:
	case !in.Self.Bot:
		all = append(all, snag{"the token is a person's", "it stops working when that person is deactivated or loses the role, and takes a seat; a bot's does not", "Integrations > Bot Accounts"})
		if !s.EnableBotAccountCreation {
			all = append(all, snag{"bots cannot be made", "a bot for syncd cannot be made until that is allowed", "Integrations > Bot Accounts > Enable Bot Account Creation"})
		}
	case in.Owner.ID == "":
		all = append(all, snag{"the bot's owner is gone", "nobody is asked about the bot; give it to an administrator", "Integrations > Bot Accounts"})
	case s.DisableBotsWhenOwnerIsDeactivated:
		all = append(all, snag{"the bot ends with its owner", "whoever deactivates @" + in.Owner.Profile[sync.Username] + " ends syncd too; syncd itself never does", "Integrations > Bot Accounts > Disable bot accounts when owner is deactivated"})
	}
	if !in.Local && in.Settings.TeamSettings.EnableOpenServer {
		all = append(all, snag{"anybody may sign up", "with a token that is not accepted the server would make plain accounts without a word; syncd looks whose the token is before it writes", "Authentication > Signup > Enable Open Server"})
	}
	if free := in.Facts.Admins - c.KeepAdmins; c.KeepAdmins > 0 && free < 0 {
		all = append(all, snag{"only " + plural(in.Facts.Admins, "active administrator", "active administrators"), fmt.Sprintf("keep_admins is %d, so none of them is ever deactivated", c.KeepAdmins), "User Management > Users"})
	}
	return all
}

// creationSnags are about new accounts.
func creationSnags(c *config.Config, in sink.Inspection) (all []snag) {
	s := in.Settings
	if d := s.TeamSettings.RestrictCreationToDomains; d != "" {
		all = append(all, snag{"e-mails only of " + clean(d), "others are held, unless they sign in with ldap or saml", "Authentication > Signup > Restrict new system users to specified email domains"})
	}
	if f := in.Facts; f.SeatLimit > 0 && f.ActiveUsers >= f.SeatLimit {
		means := "nobody is made or brought back before somebody leaves"
		if c.Mattermost.OnUserLimit == sync.SeatsIgnore {
			means = "mattermost.on_user_limit is ignore, so it is tried all the same"
		}
		all = append(all, snag{fmt.Sprintf("%s of %s seats are taken", number(f.ActiveUsers), number(f.SeatLimit)), means, "Edition and License"})
	}
	for _, service := range signIns(c) {
		if !in.Licensed && (service == "ldap" || service == "saml") {
			all = append(all, snag{service + " without a licence", "accounts are made with it all the same, and nobody can sign in before the server has the licence", "Edition and License"})
		}
	}
	if s.GuestAccountsSettings.Enable && !in.Licensed {
		all = append(all, snag{"guest accounts are on without a licence", "nobody can be made a guest", "Authentication > Guest Access"})
	}
	return all
}

// signIns returns the services that the configuration names, sorted.
func signIns(c *config.Config) []string {
	names := make(map[string]bool)
	for _, s := range c.Sources {
		if a := s.Spec.Auth; a.Service != "" && a.When != sync.AuthNever {
			names[a.Service] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// stated returns the fields that some source states.
func stated(c *config.Config) (fields sync.FieldSet) {
	for _, s := range c.Sources {
		for f := range s.Spec.Fields {
			fields |= sync.SetOf(f)
		}
	}
	return fields
}

// changeSnags are about accounts that exist.
func changeSnags(c *config.Config, in sink.Inspection) (all []snag) {
	if in.Facts.ConfirmsEmail && stated(c).Has(sync.Email) {
		all = append(all, snag{"a new e-mail must be confirmed", "it changes only when its owner opens a link that the server mails", "Authentication > Email > Require Email Verification"})
	}
	for service, console := range map[string]string{"ldap": "AD/LDAP", "saml": "SAML 2.0"} {
		d := in.Settings.LdapSettings
		if service == "saml" {
			d = in.Settings.SamlSettings
		}
		if !d.Enable || !in.Licensed {
			continue
		}
		var fields []string
		for f := range (in.Facts.Locked[service] & stated(c)).All() {
			fields = append(fields, f.String())
		}
		if len(fields) > 0 {
			all = append(all, snag{"the server's own " + console + " keeps " + strings.Join(fields, ", "), "of people who sign in with it these are left alone", "Authentication > " + console})
		}
	}
	slices.SortFunc(all, func(a, b snag) int { return strings.Compare(a.What, b.What) })
	if c.Erase.After > 0 && !in.Local && !in.Settings.ServiceSettings.EnableAPIUserDeletion {
		all = append(all, snag{"no account is deleted for good", "erase is set, and whoever is due is held (SYD-H-ERASE)", "in no page of the console: ServiceSettings.EnableAPIUserDeletion in the server's configuration"})
	}
	for _, k := range []sync.StepKind{sync.Patch, sync.MigrateAuth, sync.Revoke} {
		if why := in.Facts.Cannot[k]; why != "" {
			all = append(all, snag{"no " + strings.ReplaceAll(k.String(), "_", " "), why, "docs/local.md"})
		}
	}
	if why := in.Facts.KeepsTokens; why != "" && !c.Leavers.KeepTokens {
		all = append(all, snag{"access tokens of leavers stay enabled", why + "; they work again when the account comes back", "docs/local.md"})
	}
	return all
}

// pictureSnags are about people's pictures, where some source has any.
func pictureSnags(c *config.Config, in sink.Inspection) (all []snag) {
	if !portrays(c) {
		return nil
	}
	if why := in.Facts.Cannot[sync.SetPicture]; why != "" {
		return []snag{{"no pictures", why, "docs/local.md"}}
	}
	var own []string
	for _, service := range slices.Sorted(maps.Keys(in.Facts.OwnPictures)) {
		if in.Facts.OwnPictures[service] {
			own = append(own, service)
		}
	}
	if len(own) > 0 {
		all = append(all, snag{"the server has pictures from its own AD/LDAP", "of people who sign in with " + strings.Join(own, " or ") + " it takes no others", "Authentication > AD/LDAP > Profile Picture Attribute"})
	}
	return all
}

// paceSnags are about how many requests the server takes, and what it never
// does.
func paceSnags(in sink.Inspection) (all []snag) {
	if r := in.Settings.RateLimitSettings; r.Enable && r.PerSec > 0 && !in.Local {
		all = append(all, snag{fmt.Sprintf("%d requests a second, %d at once", r.PerSec, r.MaxBurst+1),
			fmt.Sprintf("syncd keeps to it: 1,000 changes take about %d minutes", 1000/r.PerSec/60+1), "Environment > Rate Limiting"})
	}
	return all
}
