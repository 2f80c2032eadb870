package state

import (
	"encoding/json"
	"errors"

	"github.com/directory-sync/syncd/sync"
)

// keyOf returns whom a change is for.
func keyOf(c *sync.Change) sync.Key {
	if c.Link.Key != "" {
		return c.Link.Key
	}
	return c.Identity.Key
}

// userOf returns the account that a change is for; "" for a creation.
func userOf(c *sync.Change) string {
	if c.User.ID != "" {
		return c.User.ID
	}
	return c.Link.UserID
}

// delta is what a step changes, before and after it. Before a creation there
// is nothing.
func delta(s *sync.Step) (before, after map[string]string) {
	before, after = make(map[string]string), make(map[string]string)
	if s.Kind == sync.Create || s.Kind == sync.Patch {
		for f := range s.Set.All() {
			before[f.String()], after[f.String()] = s.From[f], s.To[f]
		}
	}
	if s.Kind == sync.MigrateAuth || s.Kind == sync.Create && s.Auth != (sync.Auth{}) {
		before[AuthService], before[AuthData] = s.Was.Service, s.Was.Data
		after[AuthService], after[AuthData] = s.Auth.Service, s.Auth.Data
	}
	if s.Way != sync.WayNone {
		after[Way] = s.Way.String()
	}
	if s.Tokens != "" {
		before[AccessTokens], after[AccessTokens] = s.Tokens, ""
		if s.Kind == sync.Reactivate {
			before[AccessTokens], after[AccessTokens] = "", s.Tokens
		}
	}
	if s.ResetMFA {
		before[SecondFactor], after[SecondFactor] = "as it was", "reset"
	}
	if s.Kind == sync.SetRole {
		before[Role], after[Role] = s.WasRole.String(), s.Role.String()
	}
	if s.Lost != "" {
		before[OtherRoles], after[OtherRoles] = s.Lost, ""
	}
	if s.Kind == sync.SetPicture {
		before[Picture], after[Picture] = s.Had, s.Picture.Digest
	}
	if s.Kind == sync.Create {
		clear(before)
	}
	return before, after
}

// tokensOf reads back which access tokens a deactivation ends.
func tokensOf(text string) (string, error) {
	var values map[string]string
	err := json.Unmarshal([]byte(text), &values)
	return values[AccessTokens], err
}

// roleOf reads back which role was asked for.
func roleOf(text string) (sync.Role, error) {
	var values map[string]string
	err := json.Unmarshal([]byte(text), &values)
	role, _ := sync.ParseRole(values[Role])
	return role, err
}

// askedOf reads back what a creation or a move asked for.
func askedOf(text string, in *sync.Intent) error {
	var values map[string]string
	err := json.Unmarshal([]byte(text), &values)
	for _, f := range sync.Fields() {
		in.To[f] = values[f.String()]
	}
	in.Auth = sync.Auth{Service: values[AuthService], Data: values[AuthData]}
	return errors.Join(err, in.Way.UnmarshalText([]byte(values[Way])))
}
