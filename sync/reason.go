package sync

import "strings"

// A Reason says why a person is held, a record rejected, a wish left out or a
// run refused. Its code is the same in plan, log, metric label, journal and
// manual, and never changes its meaning.
type Reason uint8

// Reasons why a person is held.
const (
	ReasonNone Reason = iota

	HoldTaken
	HoldAmbiguous
	HoldTwin
	HoldIncomplete
	HoldIllegible
	HoldProtected
	HoldBlocked
	HoldGone
	HoldUsernameHeld
	HoldEmailHeld
	HoldAuthHeld
	HoldInvalid
	HoldSeats
	HoldServer
	HoldRefused
	HoldUnconfirmed
	HoldPolicy
	HoldSource
	HoldJoin
	HoldReplaced
	HoldSeen
	HoldUnasked
	HoldChanged
	HoldUnheard
	HoldErase
	HoldGuests
	HoldUnfinished
	HoldPicture
	HoldPictureMoved

	// Reasons why a record did not become an identity.
	RejectRecord
	RejectAnchor
	RejectValue

	// Wishes that are left out of a plan without holding the person.
	WarnLocked
	WarnAuth
	WarnOneWay
	WarnSessions
	WarnPicture
	WarnPictureLocked
	WarnTokens

	// Reasons why the guard refuses a plan.
	RefuseCreate
	RefuseDeactivate
	RefuseAbsent
	RefuseReactivate
	RefusePatch
	RefuseUsername
	RefuseEmail
	RefuseAuth
	RefuseShrink
	RefuseRevoke
	RefuseEmpty
	RefuseFew
	RefuseFill
	RefuseDay
	RefuseJoin
	RefuseConfig
	RefuseErase
	RefuseRole
	RefuseSeats
	RefusePicture

	numReasons
)

type reasonText struct{ code, meaning, remedy string }

var reasonTexts = [numReasons]reasonText{
	HoldTaken:        {"SYD-H-TAKEN", "an account with this user name or e-mail exists and is not linked", "if it is this person's account, run: syncd sync --adopt email; where only the user name is the same, look whose it is before --adopt username, which would give a namesake's account away; else rename one of them"},
	HoldAmbiguous:    {"SYD-H-AMBIGUOUS", "more than one account, or more than one person, matches", "make user name and e-mail point at one account, or rename the other one"},
	HoldTwin:         {"SYD-H-TWIN", "two people in the source state the same key, user name, e-mail or sign-in", "correct one of the two records"},
	HoldIncomplete:   {"SYD-H-INCOMPLETE", "the record was rejected, so nothing is known of the person", "correct the record"},
	HoldIllegible:    {"SYD-H-ILLEGIBLE", "the person is absent, but a record without a legible key may be theirs", "correct the record that has no legible key"},
	HoldProtected:    {"SYD-H-PROTECTED", "the account is protected: an administrator, a bot, a remote account, ours or listed", "change it by hand, or take it out of protect:"},
	HoldBlocked:      {"SYD-H-BLOCKED", "somebody else deactivated the account, so syncd does not bring it back", "activate it in the System Console if it should live"},
	HoldGone:         {"SYD-H-GONE", "the linked account no longer exists on the server", "restore the account; or run: syncd sync --adopt email, which links or makes another one"},
	HoldUsernameHeld: {"SYD-H-USERNAME-HELD", "the user name wanted is held by another account", "rename the account that holds it"},
	HoldEmailHeld:    {"SYD-H-EMAIL-HELD", "the e-mail wanted is held by another account", "change the account that holds it"},
	HoldAuthHeld:     {"SYD-H-AUTH-HELD", "the sign-in wanted is held by another account", "change the account that holds it"},
	HoldInvalid:      {"SYD-H-INVALID", "the server would refuse a value", "correct the value in the source or in the mapping"},
	HoldSeats:        {"SYD-H-SEATS", "no seat is free on the server", "free a seat or extend the licence"},
	HoldServer:       {"SYD-H-SERVER", "the server offers no way to do this", "by hand: move the account to another sign-in, activate it, move it back"},
	HoldRefused:      {"SYD-H-REFUSED", "the server refused the change", "see the server's words beside it"},
	HoldUnconfirmed:  {"SYD-H-UNCONFIRMED", "the server waits for the owner to confirm the new e-mail", "nothing: it is asked for again after a week"},
	HoldPolicy:       {"SYD-H-POLICY", "the policy does not allow this kind of change", "nothing, or another policy: once you trust what the plan shows"},

	HoldSource:     {"SYD-H-SOURCE", "a source that knows the person, or may know them, was not read", "see why the source was not read; one that is missing from the configuration must be there under its old name, or, if it has another name now, run: syncd adopt --by email --apply"},
	HoldJoin:       {"SYD-H-JOIN", "the sources do not agree who is the same person", "correct the join value of one of the records; if they are two people, run: syncd sync --split KEY"},
	HoldReplaced:   {"SYD-H-REPLACED", "the person leaves, and the record of another key has their e-mail", "if it is the same person under a new key, run: syncd adopt --by email --apply, which gives them the account; else correct the e-mail of one of them"},
	HoldSeen:       {"SYD-H-SEEN", "the person is not among those who were read, but the source still has them, enabled", "see where they are now; if leaving the filter means leaving the company, set leavers.absent.second_look: false"},
	HoldUnasked:    {"SYD-H-UNASKED", "the source could not be asked a second time whether the person is really absent", "see the error beside it; the next run asks again"},
	HoldChanged:    {"SYD-H-CHANGED", "the account no longer is as the run left it, so nothing of it is taken back", "see who changed it; if the old state is still right, restore it by hand"},
	HoldUnheard:    {"SYD-H-UNHEARD", "the run died before it heard whether it made the account", "run: syncd sync, which finds the account; then undo again"},
	HoldUnfinished: {"SYD-H-UNFINISHED", "the change is made, but not all that belongs to it", "do by hand what it says beside it: no later run tries again"},
	HoldErase:      {"SYD-H-ERASE", "the server does not delete accounts for good", "set ServiceSettings.EnableAPIUserDeletion to true on the server, or take erase: out of the configuration"},
	HoldGuests:     {"SYD-H-GUESTS", "the server makes nobody a guest", "let the server have guest accounts: a licence that includes them, and System Console > Authentication > Guest Access; else let mapping.role give another role, or nothing"},

	HoldPicture:      {"SYD-H-PICTURE", "the server refused the picture", "give the record another one, as the server's words beside it say; this one is not tried again"},
	HoldPictureMoved: {"SYD-H-PICTURE-MOVED", "the picture could not be read from the source as it was when the plan was made", "nothing, if it was just being changed: the next run reads it again"},

	RejectRecord: {"SYD-H-RECORD", "the record could not be read", "correct the record"},
	RejectAnchor: {"SYD-H-ANCHOR", "the record has no anchor", "give the record its immutable id"},
	RejectValue:  {"SYD-H-VALUE", "a value of the record is missing or wrong", "correct the value in the source or in the mapping"},

	WarnLocked: {"SYD-W-LOCKED", "the server does not let anybody change this field of this account, so it is left as it is", "change it where the person signs in"},
	WarnAuth:   {"SYD-W-AUTH", "the sign-in differs, and the configuration does not migrate it", "set mapping.auth.when: migrate"},
	WarnOneWay: {"SYD-W-ONE-WAY", "syncd has no call that takes this step back", "by hand, as it says beside it"},

	WarnPictureLocked: {"SYD-W-PICTURE-LOCKED", "the server takes no picture of this person from syncd, so the account keeps the one that it has", "take the picture out of the server's own LDAP settings, or leave it to them; over a socket, use a token"},
	WarnPicture:       {"SYD-W-PICTURE", "the picture of the record cannot be used, so the account keeps the one that it has", "give the record a JPEG or PNG that is within pictures.max_bytes"},

	WarnTokens: {"SYD-W-TOKENS", "the server offers syncd no way to disable access tokens, which work again when the account comes back", "use a token instead of the socket, or disable them by hand in the System Console"},

	RefuseCreate:     {"SYD-R-LIMIT-CREATE", "too many accounts would be created", "check the source; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseDeactivate: {"SYD-R-LIMIT-DEACTIVATE", "too many people would be deactivated, or signed out because they leave", "check the source; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseAbsent:     {"SYD-R-LIMIT-ABSENT", "too many people would leave because no source has them", "check the source; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefusePatch:      {"SYD-R-LIMIT-PATCH", "too many accounts would be changed", "check the mapping; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseRevoke:     {"SYD-R-LIMIT-REVOKE", "too many people who stay would be signed out", "check sessions.revoke_on; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseReactivate: {"SYD-R-LIMIT-REACTIVATE", "too many accounts would be reactivated", "check the source; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseUsername:   {"SYD-R-LIMIT-USERNAME", "too many user names would change", "check the mapping; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseEmail:      {"SYD-R-LIMIT-EMAIL", "too many e-mails would change", "check the mapping; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefusePicture:    {"SYD-R-LIMIT-PICTURE", "too many people would lose their picture", "check that the account that reads may see the pictures; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseAuth:       {"SYD-R-LIMIT-AUTH", "too many accounts would change the way they sign in", "check the mapping; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseShrink:     {"SYD-R-SHRINK", "the source has far fewer people than at the last good run", "check that the export is whole; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseEmpty:      {"SYD-R-EMPTY", "the source has nobody at all, and had people before", "check the source; if all is well and everybody is to leave, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseFew:        {"SYD-R-FEW", "the source has fewer people than expect.min_people", "check that the read is whole; if the company is smaller now, lower expect.min_people"},
	RefuseFill:       {"SYD-R-FILL", "too many people of the source lack a value", "check the attribute's name, and that the account that reads may see it; if they really lost it, change expect.fill or expect.max_fill_fall"},
	RefuseJoin:       {"SYD-R-JOIN", "too many people of the source lack a join value", "check the attribute's name, and that the account that reads may see it: without it people would be made a second time"},
	RefuseDay:        {"SYD-R-DAY", "too many changes in 24 hours, those of earlier runs included", "wait, or raise per_24h of the limit"},
	RefuseConfig:     {"SYD-R-CONFIG", "what decides who is in was changed, and nobody has accepted it", "look at what syncd plan shows, and accept it by syncd apply or by running syncd sync once"},
	RefuseErase:      {"SYD-R-LIMIT-ERASE", "more accounts would be deleted for good than limits.erase allows, which is none unless it is set", "look who it is; no call brings them back. If it is right, set limits.erase, for one run with --set limits.erase.count=N"},
	RefuseRole:       {"SYD-R-LIMIT-ROLE", "too many people would become guests, members or administrators", "check mapping.role; if all is well, let this very plan through: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	RefuseSeats:      {"SYD-R-SEATS", "not everybody who needs a seat gets one", "free seats or extend the license; if all is well, let this very plan through, which fills the seats that are free: syncd plan --out plan.json, then syncd apply plan.json --release CODE"},
	WarnSessions:     {"SYD-W-SESSIONS", "the server offers syncd no way to end sessions without the account", "use a token instead of the socket, or end them by hand in the System Console"},
}

// Code returns the stable code, such as "SYD-H-TAKEN".
func (r Reason) Code() string {
	if r < numReasons {
		return reasonTexts[r].code
	}
	return ""
}

// String returns the code.
func (r Reason) String() string { return r.Code() }

// Meaning says in one sentence what the reason states.
func (r Reason) Meaning() string { return reasonTexts[r].meaning }

// Remedy says what to do about it.
func (r Reason) Remedy() string { return reasonTexts[r].remedy }

// neverTaken is in the detail of a hold by an account that no wish takes over.
const neverTaken = "is never taken over"

// Remedy says what to do about the hold, and nothing that cannot help: an
// account that is never taken over is not, whatever is asked for.
func (h Hold) Remedy() string {
	if h.Reason == HoldTaken && strings.Contains(h.Detail, neverTaken) {
		return "rename one of the two: this account is not taken over, whatever is asked for"
	}
	return h.Reason.Remedy()
}

// MarshalText implements [encoding.TextMarshaler].
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.Code()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. An unknown code is
// ReasonNone.
func (r *Reason) UnmarshalText(text []byte) error {
	*r = ReasonNone
	for i, t := range reasonTexts {
		if t.code == string(text) {
			*r = Reason(i)
		}
	}
	return nil
}

// Chosen reports whether the operator's own configuration asked for the hold,
// so that it is no sign of trouble.
func (r Reason) Chosen() bool { return r == HoldPolicy || r == HoldProtected }

// Reasons returns every reason but none.
func Reasons() []Reason {
	all := make([]Reason, 0, numReasons-1)
	for r := ReasonNone + 1; r < numReasons; r++ {
		all = append(all, r)
	}
	return all
}
