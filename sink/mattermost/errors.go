package mattermost

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// What an [*Error] is, by errors.Is.
var (
	ErrUnauthorized   = errors.New("the token is not accepted")
	ErrForbidden      = errors.New("the token may not do this")
	ErrNotFound       = errors.New("not found")
	ErrNoRoute        = errors.New("the server does not have this call")
	ErrTaken          = errors.New("taken")
	ErrSeats          = errors.New("no seat is free")
	ErrTooLarge       = errors.New("the request is too large")
	ErrUnavailable    = errors.New("the server is not available")
	ErrUnknownOutcome = errors.New("nobody knows whether it was carried out") // of writes only
)

// Ids of errors that callers decide on. The server appends ".app_error" to
// most ids; [Error.Has] does not care.
const (
	IDUsernameTaken = "app.user.save.username_exists"
	IDEmailTaken    = "app.user.save.email_exists"
	IDAuthTaken     = "app.user.update_auth_data.email_exists"
	IDSave          = "app.user.save" // with 500: also auth data that is taken
	IDManagedByLDAP = "api.user.update_active.cannot_modify_status_when_user_is_managed_by_ldap"
	IDClosedServer  = "api.user.create_user.no_open_server"
	IDNoSignup      = "api.user.create_user.signup_email_disabled"
	IDNoMail        = "api.user.send_password_reset.send" // with 500: no mail server
	IDPermissions   = "api.context.permissions"
	IDBodyParam     = "api.context.invalid_body_param"
	IDURLParam      = "api.context.invalid_url_param"
	IDValuePrefix   = "model.user.is_valid."
	IDNotFound      = "app.user.update.find" // of an account that was deleted for good, from servers that still show it
	IDNoSession     = "app.session.get"
	IDEraseOff      = "api.user.delete_user.not_enabled"
	IDEraseOffAdmin = "api.user.delete_user.not_enabled.for_admin" // the same, of newer servers
	IDNoGuest       = "api.user.promote_guest_to_user.no_guest"
	IDAlreadyGuest  = "api.user.demote_user_to_guest.already_guest"
	IDLastAdmin     = "app.user.update.lastAdmin"

	IDNoCode  = "mfa.validate_token.authenticate"
	IDBadCode = "api.user.check_user_mfa.bad_code"
	IDBotsOff = "api.bot.create_disabled"

	// Why a server does not change a field: it is for the service with which the
	// person signs in to say.
	IDLockedInPatch  = "api.user.patch_user.login_provider_attribute_set"
	IDLockedInUpdate = "api.user.update_user.login_provider_attribute_set"

	// Why a server makes nobody a guest.
	IDGuestsUnlicensed = "api.team.demote_user_to_guest.license.error"
	IDGuestsOff        = "api.team.demote_user_to_guest.disabled.error"
	IDGuestsNotInPlan  = "api.team.invite_guests_to_channels.disabled.error"
)

// An Error is a request that did not succeed.
type Error struct {
	Call      string // what was asked for, one of Calls
	Status    int    // 0: there was no answer
	ID        string // the server's name for the error
	Message   string // the server's words, bounded
	RequestID string // by which the server's log finds the request
	Tries     int
	Cause     error // why there was no answer

	class      error
	unknown    bool // a write that may have happened
	again      bool // trying again is safe and may help
	outcome    string
	retryAfter time.Duration
}

// Error says what was asked for, what came back, and what to do about it.
func (e *Error) Error() string {
	var b strings.Builder
	what := strings.ReplaceAll(e.Call, "_", " ")
	if e.Call == callMe {
		what = "ask whose the token is"
	}
	fmt.Fprintf(&b, "mattermost: %s:", what)
	if e.Status != 0 {
		fmt.Fprintf(&b, " status %d", e.Status)
	}
	if e.ID != "" {
		b.WriteString(" " + e.ID)
	}
	if e.Message != "" {
		b.WriteString(" (" + e.Message + ")")
	}
	if e.Cause != nil {
		b.WriteString(" no whole answer: " + e.Cause.Error())
	}
	if e.retryAfter > 0 {
		b.WriteString(", asks to wait " + e.retryAfter.Round(time.Second).String())
	}
	if e.Tries > 1 {
		fmt.Fprintf(&b, ", tried %d times", e.Tries)
	}
	if e.RequestID != "" {
		b.WriteString(", request id " + e.RequestID)
	}
	if r := e.remedy(); r != "" {
		b.WriteString(": " + r)
	}
	return b.String()
}

// remedy says what to do.
func (e *Error) remedy() string {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(e.Cause, &cert):
		return "if the certificate is of your own authority, set ca_file to that authority's certificate"
	case errors.Is(e.class, ErrUnauthorized) && e.has("api.context.mfa_required"):
		return "the token's owner must use a second factor: make a token for a bot that is a system administrator"
	case errors.Is(e.class, ErrUnauthorized):
		return "the token is not accepted: make a new one for a bot that is a system administrator"
	case e.unknown:
		return "nobody knows whether it was carried out"
	case e.Status >= 300 && e.Status < 400:
		return "redirects are not followed: set url to the address it points at"
	}
	return ""
}

// Has reports whether err is an answer with the given error id.
func Has(err error, id string) bool {
	var e *Error
	return errors.As(err, &e) && e.has(id)
}

func (e *Error) has(id string) bool { return strings.TrimSuffix(e.ID, ".app_error") == id }

// Is reports whether the error is of the class that one of the package's
// variables names.
func (e *Error) Is(target error) bool {
	return target != nil && (e.class == target || e.unknown && target == ErrUnknownOutcome)
}

// Unwrap returns why there was no answer.
func (e *Error) Unwrap() error { return e.Cause }

// clean makes foreign text fit for one line of a log or terminal.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
