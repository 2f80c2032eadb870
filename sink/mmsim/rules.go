package mmsim

import (
	"strconv"
	"strings"
)

// rules are what differs from version to version.
type rules struct {
	showsAuthData       bool // administrators see auth_data
	showsNotifyProps    bool // … and notify_props
	showsFailures       bool // … and failed_attempts
	ldapKeepsStatus     bool // PUT active is refused for ldap accounts
	hasLimits           bool // GET /limits/server exists
	guestKeepsRoles     bool // who is made a guest keeps other roles
	lastAdminStays      bool // PUT roles may not take the last administrator's role
	loginMoves          bool // a login moves update_at
	parsesPayload       bool // a list that is none has an error of its own; doubles are dropped
	checksTypes         bool // a value of the wrong type is an error, and does not count as absent
	staysVerified       bool // who signs in elsewhere stays verified when the e-mail changes
	exactEmail          bool // an e-mail must be nothing but an address
	leaksRow            bool // the answer to a verification shows all, the hash of the password too
	strictRoles         bool // an unknown role in a filter is an error
	checksStatus        bool // a customStatus must be JSON
	keepsCreateID       bool // an id, delete_at and remote_id in a create are taken
	staleAuth           bool // PUT auth does not refresh the cache of users
	botsLosePatch       bool // the answer to a patch of a bot does not say that it is one
	showsErased         bool // look-ups by id show an account that was deleted for good
	inventsWithA        bool // an invented user name begins with an "a"
	groupsHoldNames     bool // nobody may be called as a group is
	classes             bool // passwords need lower, upper, digit and symbol
	minPassword         int
	maxPassword         int
	maxBody             int64  // bytes
	maxURL              int    // bytes; 0: no limit
	maxFile             int64  // bytes of a form with a file
	maxPixels           int    // of a picture
	samePicture         bool   // the same picture again is no change; without one the time of the last is negative
	softSeats, hardSeat int    // 0: no limit
	maxPost             int    // characters
	longPost            string // the id of what is refused beyond
}

// rulesOf returns the rules of a server.
func rulesOf(c Config) rules {
	at := func(major, minor int) bool { return atLeast(c.Version, major, minor) }
	modern := at(10, 0)
	r := rules{
		showsAuthData:    at(11, 0),
		showsNotifyProps: at(10, 5),
		showsFailures:    at(10, 9),
		ldapKeepsStatus:  at(10, 2),
		hasLimits:        modern,
		guestKeepsRoles:  !modern,
		lastAdminStays:   modern,
		loginMoves:       at(9, 4),
		parsesPayload:    modern,
		checksTypes:      modern,
		staysVerified:    modern,
		exactEmail:       modern,
		leaksRow:         !modern,
		strictRoles:      modern,
		checksStatus:     modern,
		keepsCreateID:    !modern,
		staleAuth:        !modern,
		botsLosePatch:    !modern,
		showsErased:      !modern,
		inventsWithA:     modern,
		groupsHoldNames:  at(6, 7),
		classes:          !modern,
		minPassword:      10,
		maxPassword:      64,
		maxBody:          100 << 20,
		maxFile:          50 << 20,
		maxPixels:        6048 * 4032,
		samePicture:      modern,
		maxPost:          16383,
		longPost:         "model.post.is_valid.msg.app_error",
	}
	if modern {
		r.longPost = "model.post.is_valid.message_length.app_error"
		r.maxFile, r.maxPixels = 100<<20, 7680*4320
		r.minPassword, r.maxPassword, r.maxBody, r.maxURL = 8, 72, 300_000, 2048
	}
	r.softSeats, r.hardSeat = seats(c, at)
	return r
}

// seats returns the soft and the hard limit of active accounts.
func seats(c Config, at func(int, int) bool) (soft, hard int) {
	switch {
	case c.SeatLimit > 0:
		return min(c.SeatLimit, 200), c.SeatLimit
	case c.SeatLimit < 0 || c.Licensed:
		return 0, 0
	case at(11, 0):
		return 200, 250
	case at(10, 10):
		return 1000, 2500
	case at(10, 6):
		return 2500, 5000
	case at(9, 9):
		return 5000, 11000
	case at(9, 5):
		return 10000, 0
	}
	return 0, 0
}

// atLeast reports whether a version is the given one or later. What is no
// number counts as zero.
func atLeast(version string, major, minor int) bool {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	x, _ := strconv.Atoi(first)
	y, _ := strconv.Atoi(second)
	return x > major || x == major && y >= minor
}
