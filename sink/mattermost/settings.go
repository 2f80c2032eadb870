package mattermost

import "context"

// Settings are the parts of the server's configuration that syncd depends on.
// They are shown to system administrators only, without secrets. What a server
// does not have is zero.
type Settings struct {
	ServiceSettings struct {
		EnableUserAccessTokens            bool
		EnableBotAccountCreation          bool
		EnableAPIUserDeletion             bool
		DisableBotsWhenOwnerIsDeactivated bool
	}
	TeamSettings struct {
		EnableOpenServer          bool
		EnableUserCreation        bool
		RestrictCreationToDomains string
	}
	EmailSettings struct {
		RequireEmailVerification bool
		SendEmailNotifications   bool
		EnableSignUpWithEmail    bool
	}
	RateLimitSettings struct {
		Enable           bool
		PerSec           int
		MaxBurst         int
		VaryByRemoteAddr bool
		VaryByUser       bool
	}
	GuestAccountsSettings struct{ Enable bool }
	LdapSettings          Directory
	SamlSettings          Directory
}

// A Directory is how the server itself takes people from a directory. An
// attribute that is not "" is mapped, so that nobody else changes its field.
type Directory struct {
	Enable                                                                      bool
	EnableSync, EnableSyncWithLdap                                              bool
	FirstNameAttribute, LastNameAttribute, NicknameAttribute, PositionAttribute string
	UsernameAttribute, EmailAttribute, PictureAttribute                         string
}

// Settings reads the server's configuration.
func (r *Reader) Settings(ctx context.Context) (Settings, error) {
	return fetch[Settings](ctx, r.conn, get(callSettings, "/config"))
}
