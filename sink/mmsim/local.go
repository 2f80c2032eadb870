package mmsim

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Local returns the same server as its local-mode socket shows it: whoever may
// connect is an administrator without an account, nobody counts the requests,
// and fewer calls are served.
func (s *Server) Local() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, true) })
}

// localRoutes returns the routes that the socket of a version has.
func localRoutes(version string) []*route {
	served := []string{
		"POST /users", "GET /users", "POST /users/ids", "GET /users/email/{email}", "GET /users/username/{name}",
		"GET /users/{id}", "PUT /users/{id}", "DELETE /users/{id}", "PUT /users/{id}/active", "PUT /users/{id}/roles",
		"PUT /users/{id}/password", "PUT /users/{id}/mfa", "POST /users/{id}/email/verify/member", "GET /users/{id}/tokens",
		"POST /users/{id}/tokens", "POST /users/tokens/revoke", "POST /users/{id}/promote", "POST /users/{id}/demote",
		"POST /users/password/reset/send", "POST /users/migrate_auth/ldap", "POST /users/migrate_auth/saml", "GET /bots/{id}", "GET /system/ping", "GET /config",
	}
	if atLeast(version, 10, 0) {
		served = append(served, "GET /config/client")
	}
	if atLeast(version, 11, 0) {
		served = append(served, "PUT /users/{id}/auth")
	}
	return slices.DeleteFunc(routes(), func(r *route) bool { return !slices.Contains(served, r.name()) })
}

// getConfig is GET /config: the parts of the configuration that syncd reads.
func getConfig(c *call) (reply, *failure) {
	if !c.admin() {
		return reply{}, forbidden()
	}
	limit := RateLimit{PerSec: 10, MaxBurst: 100}
	if c.config.RateLimit != nil {
		limit = *c.config.RateLimit
	}
	domains := ""
	for i, d := range c.config.RestrictDomains {
		if i > 0 {
			domains += ","
		}
		domains += d
	}
	body, _ := json.Marshal(map[string]map[string]any{ // plain values always have a JSON form
		"ServiceSettings": {"EnableUserAccessTokens": !c.config.NoUserTokens, "EnableBotAccountCreation": !c.config.NoBots,
			"EnableAPIUserDeletion": c.config.EraseUsers, "DisableBotsWhenOwnerIsDeactivated": true},
		"TeamSettings": {"EnableOpenServer": !c.config.ClosedServer, "EnableUserCreation": true, "RestrictCreationToDomains": domains},
		"EmailSettings": {"RequireEmailVerification": c.config.RequireEmailVerification, "SendEmailNotifications": false,
			"EnableSignUpWithEmail": true},
		"RateLimitSettings": {"Enable": c.config.RateLimit != nil, "PerSec": limit.PerSec, "MaxBurst": limit.MaxBurst,
			"VaryByRemoteAddr": !limit.VaryByUser, "VaryByUser": limit.VaryByUser},
		"GuestAccountsSettings": {"Enable": c.config.GuestAccounts},
		"LdapSettings":          {"Enable": false, "EnableSync": false, "FirstNameAttribute": "", "PictureAttribute": attribute(c.config.LDAPPictures)},
		"SamlSettings":          {"Enable": false, "EnableSyncWithLdap": c.config.SAMLWithLDAP, "FirstNameAttribute": ""},
	})
	return reply{body: body}, nil
}

// attribute returns what an attribute is mapped to, if it is.
func attribute(mapped bool) string {
	if mapped {
		return "jpegPhoto"
	}
	return ""
}
