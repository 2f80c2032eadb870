package sources

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What directories write in ways of their own.

var (
	errNoFiletime = errors.New("the value is no Windows time")
	errNoDays     = errors.New("the value is no number of days")
	errNoFlag     = errors.New("the value is neither TRUE nor FALSE")
	errNoLock     = errors.New("the value is no time of a lock")
)

// epochFiletime is 1970 as a Windows time: 100 ns since 1601 in UTC.
const epochFiletime = 116_444_736_000_000_000

// filetime reads a Windows time. 0 and the largest number mean never.
func filetime(s string) (moment, error) {
	if s == "" {
		return moment{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n < 0:
		return moment{}, errNoFiletime
	case n == 0 || n == math.MaxInt64:
		return moment{}, nil
	}
	seconds, rest := (n-epochFiletime)/1e7, (n-epochFiletime)%1e7
	return moment{at: time.Unix(seconds, rest*100).UTC()}, nil
}

// days reads a day as shadow(5) counts it. The account is over when that day
// begins; -1 means never.
func days(s string) (moment, error) {
	if s == "" || s == "-1" {
		return moment{}, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 10_000_000 {
		return moment{}, errNoDays
	}
	return moment{at: time.Unix(int64(n)*24*60*60, 0).UTC()}, nil
}

// Bits of Active Directory's msDS-User-Account-Control-Computed, which the
// controller works out when it is asked. userAccountControl has room for them,
// but never their truth.
const (
	bitLockedOut       = 0x10
	bitPasswordExpired = 0x800000
)

// lockedForGood is what the password policy of OpenLDAP and its like writes
// when an administrator locks an account. Any other time is that of too many
// wrong passwords, which passes.
const lockedForGood = "000001010000Z"

// flag reads a directory's boolean: nsAccountLock, loginDisabled. What is
// neither is not taken for either.
func flag(s string) (bool, error) {
	switch strings.ToUpper(s) {
	case "TRUE":
		return true, nil
	case "FALSE", "":
		return false, nil
	}
	return false, errNoFlag
}

// adminLocked reads pwdAccountLockedTime, and is true for an account that an
// administrator locked.
func adminLocked(s string) (bool, error) {
	if s == "" || s == lockedForGood {
		return s != "", nil
	}
	if m, err := date(s, layouts()); err != nil || m.day {
		return false, errNoLock
	}
	return false, nil
}

// smtp returns the address that Exchange calls the primary one, the one behind
// SMTP: in capitals; without one, the first in the order of the alphabet. Other
// kinds of address are left out.
func smtp(list []string) string {
	var others []string
	for _, v := range list {
		kind, address, ok := strings.Cut(v, ":")
		switch {
		case !ok:
			others = append(others, v)
		case kind == "SMTP":
			return address
		case strings.EqualFold(kind, "smtp"):
			others = append(others, address)
		}
	}
	slices.Sort(others)
	return first(others)
}
