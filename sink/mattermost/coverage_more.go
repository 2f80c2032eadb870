package mattermost

// tokenFunctions are those about sessions and tokens.
func tokenFunctions() []Function {
	return []Function{
		{"revoke_all_sessions", "POST /users/{id}/sessions/revoke/all", InRuns, []string{callRevoke}, "after a sign-in moved or a role was taken, and where sessions.revoke_on or leavers ask for it"},
		{"get_sessions", "GET /users/{id}/sessions", InRuns, []string{callSessions}, "proof that none is left"},
		{"revoke_session", "POST /users/{id}/sessions/revoke", ByCommand, []string{callRevokeOne}, "syncd revoke-sessions ends a single one"},
		{"revoke_sessions_from_all_users", "POST /users/sessions/revoke/all", ByCommand, []string{callRevokeAll}, "signs out everybody, after a typed confirmation"},
		{"get_user_access_tokens_for_user", "GET /users/{id}/tokens", ByRule, []string{callTokens}, "tokens of leavers"},
		{"disable_user_access_token", "POST /users/tokens/disable", ByRule, []string{callDisableToken}, "tokens of leavers"},
		{"enable_user_access_token", "POST /users/tokens/enable", ByCommand, []string{callEnableToken}, "undo gives back what was disabled"},
		{"revoke_user_access_token", "POST /users/tokens/revoke", ByRule, []string{callRevokeToken}, "tokens of whom erasure removes"},
		{"create_user_access_token", "POST /users/{id}/tokens", ByCommand, []string{callCreateToken}, "the token of syncd's own bot: syncd init server writes it to a file"},
		{"get_user_access_token", "GET /users/tokens/{id}", NotUsed, nil, "the list of one person's tokens is enough"},
		{"get_user_access_tokens", "GET /users/tokens", NotUsed, nil, "tokens of people whom syncd has nothing to do with"},
		{"search_user_access_tokens", "POST /users/tokens/search", NotUsed, nil, "as the list of all tokens"},
	}
}

// personalFunctions are what people and their programs do for themselves.
func personalFunctions() []Function {
	return []Function{
		{"login", "POST /users/login", ByCommand, []string{callLogin}, "an administrator, for syncd init server only: a token is enough for everything else"},
		{"logout", "POST /users/logout", ByCommand, []string{callLogout}, "what login began ends here, also when something failed"},
		{"login_by_cws_token", "POST /users/login/cws", NotUsed, nil, "belongs to hosted servers"},
		{"check_user_mfa", "POST /users/mfa", NotUsed, nil, "servers since 6.0 do not have it"},
		{"generate_mfa_secret", "POST /users/{id}/mfa/generate", NotUsed, nil, "only a person's own device should learn it"},
		{"switch_account_type", "POST /users/login/switch", NotUsed, nil, "asks a person for their password"},
		{"attach_device_id", "PUT /users/sessions/device", NotUsed, nil, "a telephone tells the server of itself"},
		{"publish_user_typing", "POST /users/{id}/typing", NotUsed, nil, "a client tells that somebody types"},
		{"register_terms_of_service_action", "POST /users/{id}/terms_of_service", NotUsed, nil, "nobody agrees for somebody else"},
	}
}

// otherFunctions are those of other parts of the API that syncd calls.
func otherFunctions() []Function {
	return []Function{
		{"get_bot", "GET /bots/{id}", InRuns, []string{callBot}, "who owns the bot that the token is of"},
		{"create_bot", "POST /bots", ByCommand, []string{callCreateBot}, "syncd's own bot: syncd init server"},
		{"get_server_limits", "GET /limits/server", InRuns, []string{callLimits}, "how many seats there are"},
		{"get_client_config", "GET /config/client", InRuns, []string{callConfig}, "the settings that decide what can be changed"},
		{"get_client_license", "GET /license/client", InRuns, []string{callLicense}, "whether the server maps fields from its own directory"},
		{"get_config", "GET /config", ByCommand, []string{callSettings}, "the settings that bite, for syncd check --online; and over the local socket, which has no others"},
		{"create_post", "POST /posts", ByRule, []string{callPost}, "notifications, where notify: names a channel"},
		{"get_ping", "GET /system/ping", InRuns, []string{callPing}, "whether the database is up, before a refusal is believed"},
	}
}
