package mmsim

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
)

// ping is GET /system/ping. Only when asked for the server's status does it
// look whether the database is there.
func ping(c *call) (reply, *failure) {
	states := map[string]string{
		"AndroidLatestVersion": "", "AndroidMinVersion": "", "DesktopLatestVersion": "", "DesktopMinVersion": "",
		"IosLatestVersion": "", "IosMinVersion": "", "status": "OK",
	}
	answer := reply{}
	if c.r.URL.Query().Get("get_server_status") != "" {
		states["database_status"], states["filestore_status"] = "OK", "OK"
		if c.down() {
			states["database_status"], states["status"] = "UNHEALTHY", "UNHEALTHY"
			answer.status = http.StatusInternalServerError
		}
	}
	answer.body = appendMap(nil, states)
	return answer, nil
}

// clientConfig is GET /config/client: what a client must know of the
// configuration. Who is not signed in gets less.
func clientConfig(c *call) (reply, *failure) {
	if failed := c.format("api.config.client.old_format.app_error", !c.rules.hasLimits); failed != nil {
		return reply{}, failed
	}
	flag := strconv.FormatBool
	settings := map[string]string{
		"Version": c.config.Version, "BuildNumber": c.config.Version, "BuildEnterpriseReady": "false", "BuildHash": "", "BuildDate": "",
		"DefaultClientLocale": "en", "EnableOpenServer": flag(!c.config.ClosedServer), "EnableUserCreation": "true",
		"EnableSignUpWithEmail": "true", "EnableSignInWithEmail": "true", "EnableSignInWithUsername": "true",
		"EnableLdap": "false", "EnableSaml": "false", "EnableGuestAccounts": flag(c.config.GuestAccounts), "SiteName": "Mattermost", "SiteURL": "",
		"PasswordMinimumLength": strconv.Itoa(c.rules.minPassword), "PasswordRequireLowercase": flag(c.rules.classes),
		"PasswordRequireUppercase": flag(c.rules.classes), "PasswordRequireNumber": flag(c.rules.classes),
		"PasswordRequireSymbol": flag(c.rules.classes),
	}
	if c.caller != nil {
		settings["RequireEmailVerification"] = flag(c.config.RequireEmailVerification)
		settings["EnableUserAccessTokens"] = flag(!c.config.NoUserTokens)
		settings["EnableUserDeactivation"] = "false"
		settings["ShowEmailAddress"], settings["ShowFullName"] = "true", "true"
		settings["SendEmailNotifications"] = "false"
		settings["LdapPictureAttributeSet"] = flag(c.config.LDAPPictures && c.config.Licensed)
		settings["ExperimentalEnableAuthenticationTransfer"] = "true"
	}
	maps.Copy(settings, c.config.Settings)
	return reply{body: appendMap(nil, settings)}, nil
}

// clientLicense is GET /license/client.
func clientLicense(c *call) (reply, *failure) {
	if failed := c.format("api.license.client.old_format.app_error", true); failed != nil {
		return reply{}, failed
	}
	license := map[string]string{"IsLicensed": strconv.FormatBool(c.config.Licensed)}
	if c.config.Licensed {
		license["SkuShortName"], license["LDAP"], license["SAML"] = "professional", "true", "true"
		license["GuestAccounts"], license["OpenId"], license["Cloud"] = "true", "true", "false"
		license["LDAPGroups"], license["CustomPermissionsSchemes"] = "false", "true"
		license["Users"] = strconv.Itoa(cmp.Or(c.config.LicenseSeats, max(c.config.SeatLimit, 0)))
	}
	return reply{body: appendMap(nil, license)}, nil
}

// format checks that the client asks for the one form there is.
func (c *call) format(id string, needed bool) *failure {
	switch f := c.r.URL.Query().Get("format"); {
	case !needed || f == "old":
		return nil
	case f == "":
		return refuse(501, id, "Ask with format=old.")
	}
	return badBody("format")
}

// serverLimits is GET /limits/server. Only an administrator sees numbers.
func serverLimits(c *call) (reply, *failure) {
	if !c.rules.hasLimits {
		return reply{}, noRoute()
	}
	soft, hard, active := c.rules.softSeats, c.rules.hardSeat, 0
	c.mu.RLock()
	active = c.users.seats
	c.mu.RUnlock()
	if !c.admin() {
		soft, hard, active = 0, 0, 0
	}
	b := strconv.AppendInt([]byte(`{"maxUsersLimit":`), int64(soft), 10)
	b = strconv.AppendInt(append(b, `,"maxUsersHardLimit":`...), int64(hard), 10)
	b = strconv.AppendInt(append(b, `,"activeUserCount":`...), int64(active), 10)
	return reply{body: b}.closed(), nil
}

// getBot is GET /bots/{id}: among other things, who owns a bot.
func getBot(c *call) (reply, *failure) {
	c.mu.RLock()
	bot := c.users.bots[c.arg]
	c.mu.RUnlock()
	hidden := bot != nil && bot.DeleteAt != 0 && !isTrue(c.r.URL.Query().Get("include_deleted"))
	if bot == nil || hidden || !c.admin() {
		return reply{}, refuse(404, "store.sql_bot.get.missing.app_error", "There is no such bot.")
	}
	return reply{body: botJSON(bot)}, nil
}

// botJSON is a bot as the server shows it.
func botJSON(bot *User) []byte {
	o := object{b: []byte{'{'}}
	o.text("user_id", bot.ID)
	o.text("username", bot.Username)
	if bot.FirstName != "" {
		o.text("display_name", bot.FirstName)
	}
	if bot.BotDescription != "" {
		o.text("description", bot.BotDescription)
	}
	o.text("owner_id", bot.OwnerID)
	o.number("create_at", bot.CreateAt)
	o.number("update_at", bot.UpdateAt)
	o.key("delete_at")
	return append(strconv.AppendInt(o.b, bot.DeleteAt, 10), '}')
}
