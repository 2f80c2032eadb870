package mattermost

import "strings"

// A Use is what syncd does with a function of the server.
type Use uint8

// The uses.
const (
	NotUsed   Use = iota // deliberately
	NotYet               // wanted, and no call makes it
	InRuns               // a run may make it, whatever the configuration says
	ByRule               // a run makes it where the configuration asks for it
	ByCommand            // a command of the operator makes it
)

// String returns the word that the manual uses.
func (u Use) String() string {
	if names := []string{"not used", "not yet", "every run", "by rule", "by command"}; int(u) < len(names) {
		return names[u]
	}
	return ""
}

// A Function is one function of the server's API and what syncd does with it.
type Function struct {
	Name  string   // as the server's documentation calls it
	Route string   // "PUT /users/{id}/patch": below /api/v4, each {…} one part of the path
	Use   Use      // whose calls are in Calls; NotUsed and NotYet have none
	Calls []string // those of [Calls] that make it
	Why   string   // what for, or why not
}

// Matches reports whether a request with a method and a path below /api/v4 is
// for this function. A query does not count.
func (f Function) Matches(method, path string) bool {
	want, pattern, _ := strings.Cut(f.Route, " ")
	path, _, _ = strings.Cut(path, "?")
	parts, wanted := strings.Split(path, "/"), strings.Split(pattern, "/")
	if method != want || len(parts) != len(wanted) {
		return false
	}
	for i, w := range wanted {
		if parts[i] != w && (!strings.HasPrefix(w, "{") || parts[i] == "") {
			return false
		}
	}
	return true
}

// Coverage returns every function of the server's users API, and those of other
// parts that syncd calls. A test compares both with the requests that the client
// makes, and docs/coverage.md is written from them.
//
// A new call goes into the row of its function: put its name into Calls and say
// in Use when it is made.
func Coverage() (users, others []Function) {
	users = append(readFunctions(), writeFunctions()...)
	users = append(users, tokenFunctions()...)
	return append(users, personalFunctions()...), otherFunctions()
}

// readFunctions are those that find accounts.
func readFunctions() []Function {
	return []Function{
		{"get_user", "GET /users/{id}", InRuns, []string{callMe, callUser}, "whose the token is; one account again after a write"},
		{"get_users_by_ids", "POST /users/ids", InRuns, []string{callByIDs}, "all linked accounts, a thousand at a time"},
		{"get_users_by_usernames", "POST /users/usernames", InRuns, []string{callByNames}, "who has a user name that somebody is to get"},
		{"get_user_by_email", "GET /users/email/{email}", InRuns, []string{callByEmail}, "who has an e-mail that somebody is to get, while those are few"},
		{"get_users", "GET /users", InRuns, []string{callPage}, "all accounts, where that is cheaper than one e-mail after the other; strangers"},
		{"get_user_by_username", "GET /users/username/{name}", ByRule, []string{callByName}, "over a server's local socket, which has no bulk call"},
		{"search_users", "POST /users/search", ByCommand, []string{callSearch}, "for explain, when no name fits"},
		{"get_total_users_stats", "GET /users/stats", NotUsed, nil, "the filtered count says more, and counts bots apart"},
		{"get_total_users_stats_filtered", "GET /users/stats/filtered", InRuns, []string{callCount}, "how many accounts, seats and administrators there are; the cross-check of a full listing"},
		{"get_user_audits", "GET /users/{id}/audits", ByCommand, []string{callAudits}, "for explain -v: what the account itself did"},
		{"get_profile_image", "GET /users/{id}/image", NotUsed, nil, "the server makes another picture of the one that it is given, so there is nothing to compare: the digest of the upload and last_picture_update say it"},
		{"get_default_profile_image", "GET /users/{id}/image/default", NotUsed, nil, "no decision depends on it"},
		{"autocomplete_users", "GET /users/autocomplete", NotUsed, nil, "serves somebody who is typing"},
		{"get_known_users", "GET /users/known", NotUsed, nil, "what the caller's own screen shows"},
		{"get_users_by_group_channel_ids", "POST /users/group_channels", NotUsed, nil, "what a screen with group messages shows"},
		{"get_channel_members_with_team_data_for_user", "GET /users/{id}/channel_members", NotUsed, nil, "syncd keeps accounts, no memberships"},
		{"get_uploads_for_user", "GET /users/{id}/uploads", NotUsed, nil, "a person's own files on their way"},
		{"get_user_terms_of_service", "GET /users/{id}/terms_of_service", NotUsed, nil, "what a person agreed to is no business of a sync"},
	}
}

// writeFunctions are those that change accounts.
func writeFunctions() []Function {
	return []Function{
		{"create_user", "POST /users", InRuns, []string{callCreate}, "somebody new"},
		{"patch_user", "PUT /users/{id}/patch", InRuns, []string{callPatch}, "fields that differ, and no others"},
		{"update_user", "PUT /users/{id}", ByRule, []string{callReplace}, "over a server's local socket, which has no patch: the whole account with the fields that differ"},
		{"update_user_active", "PUT /users/{id}/active", InRuns, []string{callActivate, callDeactivate}, "somebody leaves, or is back"},
		{"delete_user", "DELETE /users/{id}", InRuns, []string{callDelete, callErase}, "deactivates accounts whose status the server leaves to LDAP; permanently only where erase asks for it"},
		{"permanent_delete_all_users", "DELETE /users", NotUsed, nil, "never; the client cannot send it"},
		{"update_user_auth", "PUT /users/{id}/auth", InRuns, []string{callAuth}, "somebody signs in another way"},
		{"migrate_auth_to_ldap", "POST /users/migrate_auth/ldap", ByCommand, []string{callToLDAP}, "moves everybody at once, on a licensed server: syncd migrate-auth"},
		{"migrate_auth_to_saml", "POST /users/migrate_auth/saml", ByCommand, []string{callToSAML}, "as to LDAP"},
		{"update_user_password", "PUT /users/{id}/password", ByRule, []string{callPassword}, "the way back to signing in with an e-mail; the hash that a source states for somebody new"},
		{"send_password_reset_email", "POST /users/password/reset/send", ByRule, []string{callReset}, "how a person gets their first password"},
		{"reset_password", "POST /users/password/reset", NotUsed, nil, "what a person does with the link they were sent"},
		{"verify_user_email_without_token", "POST /users/{id}/email/verify/member", InRuns, []string{callVerify}, "for an e-mail that the directory vouches for"},
		{"send_verification_email", "POST /users/email/verify/send", NotUsed, nil, "the server sends it by itself when it wants one"},
		{"verify_user_email", "POST /users/email/verify", NotUsed, nil, "needs the link that only the person gets"},
		{"update_user_roles", "PUT /users/{id}/roles", ByRule, []string{callRoles}, "administrators by rule"},
		{"promote_guest_to_user", "POST /users/{id}/promote", ByRule, []string{callPromote}, "guests by rule"},
		{"demote_user_to_guest", "POST /users/{id}/demote", ByRule, []string{callDemote}, "guests by rule"},
		{"set_profile_image", "POST /users/{id}/image", ByRule, []string{callSetPicture}, "the picture of the record, where it is not the one that was uploaded last"},
		{"set_default_profile_image", "DELETE /users/{id}/image", ByRule, []string{callRemovePicture}, "the picture that syncd uploaded, when the record has none any more"},
		{"update_user_mfa", "PUT /users/{id}/mfa", ByRule, []string{callMFA}, "takes the second factor of somebody who returns"},
		{"convert_user_to_bot", "POST /users/{id}/convert_to_bot", NotUsed, nil, "has no way back, and a person is no bot"},
		{"convert_bot_to_user", "POST /bots/{id}/convert_to_user", NotUsed, nil, "bots are out of reach"},
	}
}
