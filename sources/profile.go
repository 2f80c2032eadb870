package sources

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sync"
)

var (
	errEmpty      = errors.New("there is no value")
	errAddress    = errors.New("e-mail is not an address")
	errService    = errors.New("the value is no way to sign in that is known")
	errRole       = errors.New("the value is no role: want guest, member or admin, or nothing")
	errNoAuthData = errors.New("there is no name for the sign-in")
	errLongJoin   = fmt.Errorf("the value is longer than %d bytes", maxAnchor)
	errAuthData   = errors.New("the name for the sign-in is longer than 128 bytes")
)

// profile evaluates all fields and returns every problem.
func (m *Mapping) profile(f *frame, id *sync.Identity) []error {
	var problems []error
	for _, rule := range m.fields {
		value, err := f.text(rule.value)
		if err == nil {
			value, err = rule.check(value)
			f.settle(value, err)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if value != "" || rule.onEmpty == Clear {
			id.Profile[rule.field] = value
			id.States |= sync.SetOf(rule.field)
		}
	}
	return problems
}

// check returns the value in its final form.
func (r fieldRule) check(value string) (string, error) {
	value = strings.TrimSpace(sync.Canonical(r.field, value))
	switch {
	case value == "" && r.onEmpty == Hold:
		return "", r.value.problem(errEmpty)
	case value != "" && r.field == sync.Email && !isAddress(value):
		return "", r.value.problem(errAddress)
	}
	return value, nil
}

// auth tells how the person signs in.
func (m *Mapping) auth(f *frame) (sync.Auth, error) {
	service := m.service
	if m.serviceFrom != nil {
		var err error
		if service, err = f.text(m.serviceFrom); err != nil {
			return sync.Auth{}, err
		}
		if service != "" && !slices.Contains(Services(), service) {
			return sync.Auth{}, m.serviceFrom.problem(errService)
		}
	}
	if service == "" || service == sync.AuthEmail {
		return sync.Auth{Service: service}, nil
	}
	data, err := f.text(m.data)
	switch {
	case err != nil:
		return sync.Auth{}, err
	case data == "":
		return sync.Auth{}, m.data.problem(errNoAuthData)
	case len(data) > maxAuthData:
		return sync.Auth{}, m.data.problem(errAuthData)
	}
	return sync.Auth{Service: service, Data: data}, nil
}

// roleOf tells which role the person has; nothing states none.
func (m *Mapping) roleOf(f *frame) (sync.Role, error) {
	if m.role == nil {
		return sync.RoleNone, nil
	}
	name, err := f.text(m.role)
	if err != nil {
		return sync.RoleNone, err
	}
	role, ok := sync.ParseRole(name)
	if !ok && name != "" {
		return sync.RoleNone, m.role.problem(errRole)
	}
	return role, nil
}

// digest returns a short hash of the attributes whose change signs the person
// out, or "" when the record has none of them. The key goes into it, so that
// equal values of two people do not show. Values are taken raw: what is damaged
// can still be seen to change.
func (m *Mapping) digest(r Record, key sync.Key) string {
	if len(m.stamp) == 0 {
		return ""
	}
	sum := digest{Hash: sha256.New()}
	sum.add(string(key))
	found := false
	for _, attr := range m.stamp {
		values := rawValues(r[attr])
		found = found || len(values) > 0
		sum.add(attr)
		sum.length(len(values))
		for _, v := range values {
			sum.add(v)
		}
	}
	if !found {
		return ""
	}
	return m.source + ":" + hex.EncodeToString(sum.Sum(nil)[:8])
}

// A digest hashes texts so that no two lists of texts look the same.
type digest struct{ hash.Hash }

func (d digest) length(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	d.Write(b[:]) // a hash never fails
}

func (d digest) add(s string) {
	d.length(len(s))
	io.WriteString(d, s) // a hash never fails
}

// rawValues returns the values that are not empty, sorted.
func rawValues(v any) []string {
	var values []string
	switch v := v.(type) {
	case string:
		values = []string{strings.TrimSpace(v)}
	case []string:
		values = slices.Clone(v)
		slices.Sort(values)
	}
	return slices.DeleteFunc(values, func(s string) bool { return s == "" })
}

// joined makes one error of many, on one line.
func joined(problems []error) error {
	if len(problems) < 2 {
		return errors.Join(problems...)
	}
	parts := make([]string, len(problems))
	for i, p := range problems {
		parts[i] = p.Error()
	}
	return fmt.Errorf("%s", strings.Join(parts, "; "))
}
