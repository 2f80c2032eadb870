package mmsim

import (
	"net/http"
	"net/url"
	"strings"
)

// A route is one call of the API.
type route struct {
	method  string
	pattern string // below /api/v4; {id}, {name} and {email} stand for a parameter
	act     func(*call) (reply, *failure)
	open    bool // needs no session
	write   bool // changes something
	slow    bool // waits by itself, between its read and its write
	deaf    bool // takes a body over the limit for one without fields
	file    bool // takes a file, which has a limit of its own
}

// name returns what the counts call the route.
func (r *route) name() string {
	if r.method == "" {
		return "none"
	}
	return r.method + " " + r.pattern
}

// routes returns all routes. Where two match, the first is taken.
func routes() []*route {
	return []*route{
		{method: "POST", pattern: "/users", act: createUser, open: true, write: true},
		{method: "GET", pattern: "/users", act: listUsers},
		{method: "POST", pattern: "/users/ids", act: usersByIDs},
		{method: "POST", pattern: "/users/usernames", act: usersByNames},
		{method: "POST", pattern: "/users/password/reset/send", act: sendReset, open: true, write: true},
		{method: "POST", pattern: "/users/search", act: searchUsers},
		{method: "POST", pattern: "/users/login", act: login, open: true, write: true},
		{method: "POST", pattern: "/users/logout", act: logout, open: true, write: true},
		{method: "GET", pattern: "/users/stats", act: countUsers},
		{method: "GET", pattern: "/users/stats/filtered", act: countFiltered},
		{method: "GET", pattern: "/users/email/{email}", act: userByEmail},
		{method: "GET", pattern: "/users/username/{name}", act: userByName},
		{method: "GET", pattern: "/users/{id}", act: userByID},
		{method: "PUT", pattern: "/users/{id}", act: updateUser, write: true, slow: true},
		{method: "DELETE", pattern: "/users/{id}", act: deleteUser, write: true, slow: true},
		{method: "PUT", pattern: "/users/{id}/patch", act: patchUser, write: true, slow: true},
		{method: "PUT", pattern: "/users/{id}/active", act: setActive, write: true, slow: true, deaf: true},
		{method: "PUT", pattern: "/users/{id}/roles", act: setRoles, write: true, slow: true, deaf: true},
		{method: "POST", pattern: "/users/{id}/promote", act: promote, write: true, slow: true},
		{method: "POST", pattern: "/users/{id}/demote", act: demote, write: true, slow: true},
		{method: "PUT", pattern: "/users/{id}/auth", act: setAuth, write: true},
		{method: "PUT", pattern: "/users/{id}/password", act: setPassword, write: true, deaf: true},
		{method: "POST", pattern: "/users/{id}/image", act: setPicture, write: true, file: true},
		{method: "DELETE", pattern: "/users/{id}/image", act: removePicture, write: true},
		{method: "POST", pattern: "/users/{id}/email/verify/member", act: verifyEmail, write: true},
		{method: "GET", pattern: "/users/{id}/sessions", act: listSessions},
		{method: "POST", pattern: "/users/{id}/sessions/revoke/all", act: revokeSessions, write: true},
		{method: "POST", pattern: "/users/{id}/sessions/revoke", act: revokeSession, write: true, deaf: true},
		{method: "POST", pattern: "/users/sessions/revoke/all", act: revokeEverybody, write: true},
		{method: "GET", pattern: "/users/{id}/tokens", act: listTokens},
		{method: "POST", pattern: "/users/{id}/convert_to_bot", act: convertToBot, write: true},
		{method: "GET", pattern: "/users/{id}/audits", act: listAudits},
		{method: "POST", pattern: "/users/migrate_auth/ldap", act: migrateToLDAP, write: true},
		{method: "POST", pattern: "/users/migrate_auth/saml", act: migrateToSAML, write: true},
		{method: "POST", pattern: "/users/{id}/tokens", act: createToken, write: true},
		{method: "POST", pattern: "/users/tokens/disable", act: disableToken, write: true, deaf: true},
		{method: "POST", pattern: "/users/tokens/enable", act: enableToken, write: true, deaf: true},
		{method: "POST", pattern: "/users/tokens/revoke", act: revokeToken, write: true, deaf: true},
		{method: "PUT", pattern: "/users/{id}/mfa", act: setMFA, write: true, deaf: true},
		{method: "POST", pattern: "/posts", act: createPost, write: true},
		{method: "POST", pattern: "/bots", act: createBot, write: true},
		{method: "GET", pattern: "/bots/{id}", act: getBot},
		{method: "GET", pattern: "/system/ping", act: ping, open: true},
		{method: "GET", pattern: "/config", act: getConfig},
		{method: "GET", pattern: "/config/client", act: clientConfig, open: true},
		{method: "GET", pattern: "/license/client", act: clientLicense, open: true},
		{method: "GET", pattern: "/limits/server", act: serverLimits},
	}
}

// find returns the route of a request and the parameter in its path.
func find(routes []*route, r *http.Request) (*route, string) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/v4")
	for _, route := range routes {
		if !ok || route.method != r.Method {
			continue
		}
		if arg, ok := route.match(path); ok {
			return route, arg
		}
	}
	return &route{act: func(*call) (reply, *failure) { return reply{}, noRoute() }, open: true}, ""
}

// match reports whether an escaped path fits the pattern, and returns the
// parameter in it.
func (r *route) match(path string) (arg string, ok bool) {
	before, rest, has := strings.Cut(r.pattern, "{")
	if !has {
		return "", path == r.pattern
	}
	kind, after, _ := strings.Cut(rest, "}")
	if arg, ok = strings.CutPrefix(path, before); !ok {
		return "", false
	}
	if arg, ok = strings.CutSuffix(arg, after); !ok {
		return "", false
	}
	arg, err := url.PathUnescape(arg)
	return arg, err == nil && fits(kind, arg)
}

// fits reports whether a parameter has the characters its route allows.
func fits(kind, arg string) bool {
	switch kind {
	case "id":
		return alphanumeric(arg)
	case "name":
		return strings.Trim(arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") == "" && arg != ""
	}
	return arg != ""
}
