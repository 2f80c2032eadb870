package mmsim

import (
	"encoding/json"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"
)

// A User is an account as the server stores it. Times are in milliseconds
// since 1970. The server never changes a User that it holds, so a copy may
// share its maps; nobody may change those either.
type User struct {
	ID                           string
	CreateAt, UpdateAt, DeleteAt int64 // DeleteAt is 0 for an active account
	Username, Email              string
	FirstName, LastName          string
	Nickname, Position           string
	Locale, Roles                string
	AuthService, AuthData        string // AuthService "" is e-mail and password; AuthData "" is NULL

	Props       map[string]string
	NotifyProps map[string]string // nil: the server's defaults
	Timezone    map[string]string // nil: the server's default

	LastPasswordUpdate int64
	LastPictureUpdate  int64  // 0 or less: the default picture is there
	Picture            string // 32 digits of the SHA-256 of the one that was uploaded; "": the default one
	LastLogin          int64
	FailedAttempts     int
	EmailVerified      bool
	AllowMarketing     bool
	HasPassword        bool
	Password           string // in clear, for people who sign in with one; "": as far as anybody knows
	MFA                bool   // a second factor is set up
	PasswordHash       string // as it was given; "" for a password that was given in clear

	RemoteID       string // not "": a guest of another server, mirrored here
	IsBot          bool
	OwnerID        string // of a bot
	BotDescription string
}

// admin reports whether the user is a system administrator.
func (u *User) admin() bool { return u.hasRole("system_admin") }

// takesSeat reports whether the user counts toward the limit.
func (u *User) takesSeat() bool { return u.DeleteAt == 0 && !u.IsBot && u.RemoteID == "" }

// hasRole reports whether the user has a role.
func (u *User) hasRole(role string) bool {
	for r := range strings.FieldsSeq(u.Roles) {
		if r == role {
			return true
		}
	}
	return false
}

// oauth reports whether the user signs in through one of the services whose
// names and e-mail are the service's.
func (u *User) oauth() bool {
	switch u.AuthService {
	case "gitlab", "google", "office365", "openid":
		return true
	}
	return false
}

// normalize brings the user into the form in which the server stores it.
func (u *User) normalize() {
	u.Username = strings.ToLower(strip(u.Username))
	u.Email = strings.ToLower(u.Email)
	u.FirstName, u.LastName, u.Nickname = strip(u.FirstName), strip(u.LastName), strip(u.Nickname)
	u.NotifyProps = tidy(u.NotifyProps)
}

// tidy returns notify_props as the server stores them: the words that mention
// somebody in lower case, without blank ones.
func tidy(props map[string]string) map[string]string {
	words, has := props["mention_keys"]
	switch {
	case len(props) == 0:
		return nil
	case !has:
		return props
	}
	kept := slices.DeleteFunc(strings.Split(strings.ToLower(words), ","), func(word string) bool { return word == "" })
	props = maps.Clone(props)
	props["mention_keys"] = strings.Join(kept, ",")
	return props
}

// strip removes the control characters that the server drops from names.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x0340, r == 0x0341, r == 0x17A3, r == 0x17D3, r == 0x2028, r == 0x2029,
			0x202A <= r && r <= 0x202E, 0x206A <= r && r <= 0x206F, r == 0xFEFF, 0xFFF9 <= r && r <= 0xFFFC:
			return -1
		}
		return r
	}, s)
}

// check returns what is wrong with a user that is about to be stored.
func (u *User) check(r rules) *failure {
	switch {
	case u.ID != "" && !validID(u.ID):
		return invalid("id")
	case !validUsername(u.Username, u.RemoteID != ""):
		return invalid("username")
	case len(u.Email) > 128 || u.RemoteID == "" && !r.validEmail(u.Email):
		return invalid("email")
	case utf8.RuneCountInString(u.Nickname) > 64:
		return invalid("nickname")
	case utf8.RuneCountInString(u.Position) > 128:
		return invalid("position")
	case utf8.RuneCountInString(u.FirstName) > 64:
		return invalid("first_name")
	case utf8.RuneCountInString(u.LastName) > 64:
		return invalid("last_name")
	case len(u.AuthData) > 128:
		return invalid("auth_data")
	case u.AuthData != "" && u.AuthService == "":
		return invalid("auth_data_type")
	case u.AuthData != "" && u.HasPassword:
		return invalid("auth_data_pwd")
	case !parsesLocale(u.Locale):
		return invalid("locale")
	case len(u.Timezone) > 0 && utf8.RuneCount(appendMap(nil, u.Timezone)) > 256:
		return invalid("timezone_limit")
	case r.checksStatus && !validStatus(u.Props):
		return invalid("invalidProperty")
	}
	return nil
}

// validUsername reports whether the server takes a user name, which is in
// lower case by now. Names of remote users may hold a colon.
func validUsername(s string, remote bool) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-', c == '_', remote && c == ':':
		default:
			return false
		}
	}
	switch s {
	case "all", "channel", "matterbot", "system":
		return false
	}
	return true
}

// validEmail reports whether the server takes an e-mail.
func (r rules) validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || s != strings.ToLower(s) {
		return false
	}
	return !r.exactEmail || a.Address == s && strings.Count(s, "@") == 1
}

// validStatus reports whether the custom status in props, if any, is JSON.
func validStatus(props map[string]string) bool {
	status, ok := props["customStatus"]
	return !ok || status == "" || json.Valid([]byte(status))
}

// hasNUL reports whether a text that goes to the database holds a NUL, which
// the database refuses.
func (u *User) hasNUL() bool {
	for _, s := range []string{u.Username, u.Email, u.FirstName, u.LastName, u.Nickname, u.Position, u.AuthData} {
		if strings.IndexByte(s, 0) >= 0 {
			return true
		}
	}
	return false
}
