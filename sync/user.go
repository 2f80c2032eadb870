package sync

import "time"

// A User is an account in the sink.
type User struct {
	ID      string
	Profile Profile
	Auth    Auth // Data is "" where the server does not show it (Facts.AuthDataHidden)
	Created time.Time
	Active  bool
	Bot     bool
	Remote  bool // a guest of another server, mirrored here
	Guest   bool
	Admin   bool
	Roles   string `json:"-"` // other roles than those of guests, members and administrators, as the server lists them

	PictureAt time.Time `json:"-"` // when the picture was last set; zero: it is the server's default one
}

// Facts are what the sink's server is and allows.
type Facts struct {
	Version string // "11.6.0"; for people
	Self    string // user id of the credential's own account
	Owner   string // user id of the person who owns it, if it is a bot

	Users       int // accounts of every kind, active or not
	ActiveUsers int // accounts that take a seat
	Admins      int // active system administrators, bots left out
	SeatLimit   int // 0: no limit known

	SeatsLicensed bool // SeatLimit is what the license is for; the server itself refuses nobody

	AuthDataHidden   bool                // the server does not show Auth.Data
	ConfirmsEmail    bool                // an e-mail changes only when its owner clicks a link
	Locked           map[string]FieldSet // fields the server does not change, by Auth.Service
	CannotErase      bool                // the server is not set to delete accounts for good; false: it is, or was not asked
	CannotReactivate map[string]bool     // services whose accounts it does not activate again
	Masters          map[string]bool     // services whose accounts it keeps in step with its own directory
	OwnPictures      map[string]bool     // services of whose people it takes the pictures from its own directory, and no others
	Rules            [numFields]Rule     // what the server accepts as a value
	NoGuests         string              // why it makes nobody a guest; "": it does
	ReadsPBKDF2      bool                // hashes of passwords, beside bcrypt
	MailsOnRename    bool                // a changed user name mails its owner
	MailsOnEmail     bool                // a changed e-mail mails its owner
	KeepsTokens      string              // why it disables no access tokens for syncd; "": it does
	Cannot           map[StepKind]string // steps for which the server offers no call to syncd, and why
	EraseKnown       bool                // CannotErase is what the server's own settings say
	ServerID         string              // changes with the server's version, configuration and licence; "": not known
}

// A Rule is what the server accepts as the value of a field. The zero value
// accepts everything.
type Rule struct {
	MinBytes int
	MaxBytes int
	MaxRunes int
	Alphabet string   // every rune must be one of these
	Reserved []string // values the server refuses
}
