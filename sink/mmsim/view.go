package mmsim

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// A view says what of a user an answer shows.
type view struct {
	admin bool // the caller is an administrator
	full  bool // the caller's own account, or one just created or patched
	raw   bool // everything, hidden or not
	rules rules

	noMail bool // the request asked for no welcome mail
}

const (
	defaultTimezone = `{"automaticTimezone":"","manualTimezone":"","useAutomaticTimezone":"true"}`
	defaultNotify   = `{"channel":"true","comments":"never","desktop":"mention","desktop_sound":"true","email":"true",` +
		`"first_name":"false","mention_keys":"","push":"mention","push_status":"away"}`
)

// append appends the user as JSON, in the server's order of fields.
func (v view) append(b []byte, u *User) []byte {
	o := object{b: append(b, '{')}
	o.text("id", u.ID)
	o.number("create_at", u.CreateAt)
	o.number("update_at", u.UpdateAt)
	o.key("delete_at")
	o.b = strconv.AppendInt(o.b, u.DeleteAt, 10)
	o.text("username", u.Username)
	if v.raw && u.HasPassword {
		o.text("password", "$2a$10$aHashThatNoClientMayEverLogOrKeep")
	}
	v.full = v.full || v.raw
	v.auth(&o, u)
	o.text("email", u.Email)
	o.flag("email_verified", v.full && u.EmailVerified)
	o.text("nickname", u.Nickname)
	o.text("first_name", u.FirstName)
	o.text("last_name", u.LastName)
	o.text("position", u.Position)
	o.text("roles", u.Roles)
	o.flag("allow_marketing", v.full && u.AllowMarketing)
	o.table("props", u.Props, "")
	if v.full || v.admin && v.rules.showsNotifyProps {
		o.table("notify_props", u.NotifyProps, defaultNotify)
	}
	if v.full {
		o.number("last_password_update", u.LastPasswordUpdate)
	}
	o.number("last_picture_update", u.LastPictureUpdate)
	if v.full || v.admin && v.rules.showsFailures {
		o.number("failed_attempts", int64(u.FailedAttempts))
	}
	o.text("locale", u.Locale)
	o.table("timezone", u.Timezone, defaultTimezone)
	if u.RemoteID != "" {
		o.text("remote_id", u.RemoteID)
	}
	o.flag("is_bot", u.IsBot)
	if u.BotDescription != "" {
		o.text("bot_description", u.BotDescription)
	}
	o.key("disable_welcome_email")
	return append(strconv.AppendBool(o.b, v.noMail), '}')
}

// auth appends how the user signs in: to an administrator, and to oneself.
// What is hidden is "", and what is not there is left out.
func (v view) auth(o *object, u *User) {
	switch {
	case !v.raw && (!v.rules.showsAuthData || !v.admin && !v.full):
		o.text("auth_data", "")
	case u.AuthData != "":
		o.text("auth_data", u.AuthData)
	}
	service := ""
	if v.admin || v.full {
		service = u.AuthService
	}
	o.text("auth_service", service)
}

// An object is a JSON object that is being written. Writing 1,000 users by
// reflection takes several times as long.
type object struct {
	b    []byte
	some bool
}

func (o *object) key(name string) {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	o.b = append(append(append(o.b, '"'), name...), `":`...)
}

func (o *object) text(name, value string) {
	o.key(name)
	o.b = appendText(o.b, value)
}

func (o *object) number(name string, n int64) {
	if n != 0 {
		o.key(name)
		o.b = strconv.AppendInt(o.b, n, 10)
	}
}

func (o *object) flag(name string, set bool) {
	if set {
		o.key(name)
		o.b = append(o.b, "true"...)
	}
}

// table writes a map, or what stands for none. An empty one is left out, as is
// none when nothing stands for it.
func (o *object) table(name string, m map[string]string, none string) {
	switch {
	case m == nil && none != "":
		o.key(name)
		o.b = append(o.b, none...)
	case len(m) > 0 || m != nil && name == "timezone":
		o.key(name)
		o.b = appendMap(o.b, m)
	}
}

// appendMap appends a map as JSON, sorted by key.
func appendMap(b []byte, m map[string]string) []byte {
	o := object{b: append(b, '{')}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if o.some {
			o.b = append(o.b, ',')
		}
		o.some = true
		o.b = appendText(append(appendText(o.b, k), ':'), m[k])
	}
	return append(o.b, '}')
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always has a JSON form
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
