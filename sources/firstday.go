package sources

import (
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	stdsync "sync"
	"time"

	"github.com/directory-sync/syncd/sync"
)

const (
	pathHash = "mapping.password_hash"
	pathZone = "mapping.timezone"
)

// What may be wrong with what a new account begins with. None of these says
// anything of the value.
var (
	errHashRead  = errors.New("the hash of the password could not be made of the record")
	errHashForm  = errors.New("this is no hash of a password that Mattermost reads, which are bcrypt and its own PBKDF2")
	errHashCost  = errors.New("the cost of the bcrypt hash is not between 4 and 15: the server cannot read it, or would need seconds for each sign-in")
	errHashWork  = errors.New("the work factor of the PBKDF2 hash is not between 1 and 10000000")
	errHashParts = errors.New("the PBKDF2 hash is not $pbkdf2$f=SHA256,w=…,l=…$SALT$HASH with both in base64 without padding, and l bytes in the last")
	errHashLong  = errors.New("the hash of the password is longer than 128 bytes")
	errZone      = errors.New("the value is no time zone: want one like Europe/Berlin")
)

// maxHash is the length of the longest hash that servers keep.
const maxHash = 128

// once evaluates what a new account begins with. What is wrong with it holds
// nobody who has an account, so it rejects no record.
func (m *Mapping) once(f *frame) *sync.FirstDay {
	if m.hash == nil && m.zone == nil {
		return nil
	}
	var o sync.FirstDay
	hash, err := f.text(m.hash)
	hash = strings.TrimSpace(hash)
	if err != nil { // whose text may have bytes of the value
		o.HashFlaw = m.hash.problem(errHashRead).Error()
		f.settle("", errors.New(o.HashFlaw))
	} else if hash != "" {
		o.Hash, o.HashKind, o.HashFlaw = checkedHash(m.hash, hash)
		if o.HashFlaw != "" {
			f.settle("", errors.New(o.HashFlaw))
		} else {
			f.settle(notShown, nil)
		}
	}
	zone, err := f.text(m.zone)
	switch {
	case err != nil:
		o.ZoneFlaw = err.Error()
	case zone != "":
		var ok bool
		if o.Timezone, ok = m.zones.one(zone); !ok {
			err = m.zone.problem(errZone)
			o.ZoneFlaw = err.Error()
			f.settle("", err)
		}
	}
	if o == (sync.FirstDay{}) {
		return nil
	}
	return &o
}

func checkedHash(e *expression, text string) (sync.Hash, string, string) {
	kind, err := checkHash(text)
	if err != nil {
		return "", "", e.problem(err).Error()
	}
	return sync.Hash(strings.Clone(text)), kind, "" // the record's memory is another's soon
}

// checkHash tells of which kind a hash is, or what is wrong with it. Of the
// value nothing is in the error.
func checkHash(text string) (kind string, err error) {
	switch {
	case len(text) > maxHash:
		return "", errHashLong
	case strings.HasPrefix(text, "$pbkdf2$"):
		return sync.HashPBKDF2, checkPBKDF2(text)
	}
	return sync.HashBcrypt, checkBcrypt(text)
}

// checkBcrypt looks at $2b$10$ and 53 characters, 22 of salt and 31 of hash.
func checkBcrypt(text string) error {
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	parts := strings.Split(text, "$")
	if len(parts) != 4 || parts[0] != "" || len(parts[2]) != 2 || len(parts[3]) != 53 || strings.Trim(parts[3], alphabet) != "" {
		return errHashForm
	}
	if minor, ok := strings.CutPrefix(parts[1], "2"); !ok || len(minor) != 1 || !strings.Contains("aby", minor) {
		return errHashForm
	}
	cost, err := strconv.ParseUint(parts[2], 10, 8)
	switch {
	case err != nil:
		return errHashForm
	case cost < 4 || cost > 15:
		return errHashCost
	}
	return nil
}

// checkPBKDF2 looks at $pbkdf2$f=SHA256,w=600000,l=32$SALT$HASH.
func checkPBKDF2(text string) error {
	parts := strings.Split(text, "$")
	if len(parts) != 5 {
		return errHashParts
	}
	rest, isSHA := strings.CutPrefix(parts[2], "f=SHA256,w=")
	work, length, ok := strings.Cut(rest, ",l=")
	if !isSHA || !ok {
		return errHashParts
	}
	w, err := strconv.Atoi(work)
	if err != nil || strconv.Itoa(w) != work || w < 1 || w > 10_000_000 {
		return errHashWork
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[3])
	hash, hashErr := base64.RawStdEncoding.DecodeString(parts[4])
	if saltErr != nil || hashErr != nil || len(salt) == 0 || len(hash) == 0 || strconv.Itoa(len(hash)) != length {
		return errHashParts
	}
	return nil
}

// zones remembers the time zones that were found, each of which is a file.
type zones struct{ found stdsync.Map }

// one returns the name of a time zone, and whether there is one.
func (z *zones) one(name string) (string, bool) {
	if kept, ok := z.found.Load(name); ok {
		return kept.(string), true
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return "", false
	}
	kept, _ := z.found.LoadOrStore(strings.Clone(name), strings.Clone(name))
	return kept.(string), true
}

// Secrets returns the attributes that nobody should see because the hash of a
// password is made of them, sorted.
func (m *Mapping) Secrets() []string {
	if m.hash == nil {
		return nil
	}
	return m.hash.attributes()
}

// notShown stands for what nobody should see.
const notShown = "(not shown)"

// Conceal takes the hash of a password out of what is shown of a record, and
// whatever else was made of the same attributes.
func (m *Mapping) Conceal(f *Found) {
	secrets := m.Secrets()
	if len(secrets) == 0 {
		return
	}
	f.Record = maps.Clone(f.Record)
	for _, name := range secrets {
		if v := f.Record[name]; v != nil && v != "" {
			f.Record[name] = notShown
		}
	}
	for i := range f.Trace.Steps {
		s := &f.Trace.Steps[i]
		made := slices.ContainsFunc(s.Reads, func(name string) bool { return slices.Contains(secrets, name) })
		if made && s.Gave != "" && s.Gave != "true" && s.Gave != "false" {
			s.Gave, s.Result = notShown, notShown
		}
		if made && s.Err != nil && s.Path != pathHash { // its text may have bytes of the value
			s.Err = errHashRead
		}
	}
}
