package mattermost

// A User is an account as the server sends it: what syncd needs of it.
type User struct {
	ID            string  `json:"id"`
	CreateAt      int64   `json:"create_at"`
	DeleteAt      int64   `json:"delete_at"` // 0: active
	Username      string  `json:"username"`
	Email         string  `json:"email"`
	FirstName     string  `json:"first_name"`
	LastName      string  `json:"last_name"`
	Nickname      string  `json:"nickname"`
	Position      string  `json:"position"`
	Locale        string  `json:"locale"`
	Roles         string  `json:"roles"`
	AuthService   string  `json:"auth_service"` // "": e-mail and password
	AuthData      *string `json:"auth_data"`    // nil or "": none, or hidden
	RemoteID      *string `json:"remote_id"`
	IsBot         bool    `json:"is_bot"`
	PictureUpdate int64   `json:"last_picture_update"` // 0 or less: the server's default picture
	EmailVerified bool    `json:"email_verified"`      // only in answers of a creation and a patch
}

// A NewUser is an account to be made. It has either AuthService or Password.
type NewUser struct {
	Username    string `json:"username"`
	Email       string `json:"email"`
	FirstName   string `json:"first_name,omitempty"`
	LastName    string `json:"last_name,omitempty"`
	Nickname    string `json:"nickname,omitempty"`
	Position    string `json:"position,omitempty"`
	Locale      string `json:"locale,omitempty"`
	AuthService string `json:"auth_service,omitempty"`
	AuthData    string `json:"auth_data,omitempty"`
	Password    string `json:"password,omitempty"`

	Timezone *Timezone `json:"timezone,omitempty"`

	EmailVerified       bool `json:"email_verified"`
	DisableWelcomeEmail bool `json:"disable_welcome_email"`
}

// A Timezone is where a person's clock is. Only a new account is given one: in
// a patch it would take the place of what the person has chosen.
type Timezone struct {
	Automatic string `json:"automaticTimezone"`
	Manual    string `json:"manualTimezone"`       // such as Europe/Berlin
	Use       string `json:"useAutomaticTimezone"` // "true" or "false"
}

// A Patch holds the fields to be changed; nil leaves a field alone. There are
// no maps in it (props, notify_props, timezone): a map that is given takes the
// place of the old one, with all that the person has in it.
type Patch struct {
	Username  *string `json:"username,omitempty"`
	Email     *string `json:"email,omitempty"`
	FirstName *string `json:"first_name,omitempty"`
	LastName  *string `json:"last_name,omitempty"`
	Nickname  *string `json:"nickname,omitempty"`
	Position  *string `json:"position,omitempty"`
	Locale    *string `json:"locale,omitempty"`
}

// A Bot is what the server says of a bot account.
type Bot struct {
	OwnerID     string `json:"owner_id"`
	Description string `json:"description"`
}

// Limits say how many accounts the server bears.
type Limits struct {
	HardLimit   int `json:"maxUsersHardLimit"` // 0: none
	ActiveUsers int `json:"activeUserCount"`
}
