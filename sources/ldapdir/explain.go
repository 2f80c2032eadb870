package ldapdir

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/go-ldap/ldap/v3"
)

// adCode finds what Active Directory says beside "invalid credentials".
var adCode = regexp.MustCompile(`data ([0-9a-f]+),`)

// A BindError is an account that the directory does not accept. No other server
// of the directory will, and asking them all would lock it.
type BindError struct{ text string }

// Error says why, and what to do.
func (e *BindError) Error() string { return e.text }

// explainBind says what to do about a bind that failed.
func explainBind(err error) error {
	if err == nil {
		return nil
	}
	var e *ldap.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("bind: %w", err)
	}
	advice := "check the name and the password"
	switch e.ResultCode {
	case ldap.LDAPResultStrongAuthRequired:
		advice = "the server wants encryption before a password: use ldaps://, or start_tls: true"
	case ldap.LDAPResultInvalidCredentials:
		if m := adCode.FindStringSubmatch(e.Error()); m != nil {
			advice = adviseAD(m[1], advice)
		}
	case ldap.LDAPResultConstraintViolation:
		advice = "the account is locked because of wrong passwords, or its password has expired"
	case ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultUnwillingToPerform:
		advice = "the server does not accept this kind of bind for this account, or the account is disabled"
	}
	text := fmt.Sprintf("bind: %s (code %d): %s", ldap.LDAPResultCodeMap[e.ResultCode], e.ResultCode, advice)
	switch e.ResultCode {
	case ldap.LDAPResultInvalidCredentials, ldap.LDAPResultConstraintViolation, ldap.LDAPResultUnwillingToPerform:
		return &BindError{text}
	}
	return errors.New(text)
}

// adviseAD explains the codes of Active Directory's domain controllers.
func adviseAD(code, otherwise string) string {
	switch code {
	case "525":
		return "there is no such account: write the name as name@domain, DOMAIN\\name or a DN"
	case "52e":
		return "wrong password, or no such account: write the name as name@domain, DOMAIN\\name or a DN"
	case "530":
		return "the account may not sign in at this time of day"
	case "531":
		return "the account may not sign in from this machine"
	case "532":
		return "the account's password has expired: set it so that it does not"
	case "533":
		return "the account is disabled"
	case "57", "80090346":
		return "the server wants channel binding, which this program does not offer: see its LDAP signing policy"
	case "701":
		return "the account has expired"
	case "773":
		return "the account must set a new password first"
	case "775":
		return "the account is locked because of wrong passwords"
	}
	return otherwise
}

// explainSearch says what to do about a search that was not whole.
func explainSearch(err error) error {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return err
	}
	advice := ""
	switch e.ResultCode {
	case ldap.LDAPResultSizeLimitExceeded:
		advice = "the server gives this account only so many entries: lift the size limit for it, for paged searches too"
	case ldap.LDAPResultTimeLimitExceeded:
		advice = "the server gives a search only so much time: lift the time limit for this account, or index the attributes of the filter"
	case ldap.LDAPResultAdminLimitExceeded:
		advice = "the server refuses to look at so many entries: lift the look-through limit for this account, or index the attributes of the filter"
	case ldap.LDAPResultReferral:
		advice = "the base is on another server: name that server in urls:"
	case ldap.LDAPResultNoSuchObject:
		advice = "the base does not exist, or this account may not see it"
	case ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultOperationsError:
		advice = "this account may not search here: give it the right to read"
	case ldap.LDAPResultUnavailableCriticalExtension, ldap.LDAPResultUnwillingToPerform:
		advice = "the server does not page this search"
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable:
		advice = "the server is busy: the next run tries again"
	}
	text := ldap.LDAPResultCodeMap[e.ResultCode]
	if advice != "" {
		advice = ": " + advice
	}
	return &SearchError{Code: int(e.ResultCode), text: fmt.Sprintf("%s (code %d)%s", text, e.ResultCode, advice)}
}

// A SearchError is a result code that makes a read worthless.
type SearchError struct {
	Code int // RFC 4511, appendix A
	text string
}

// Error names the code and says what to do.
func (e *SearchError) Error() string { return e.text }
