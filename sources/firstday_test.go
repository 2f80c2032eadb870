package sources

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sync"
)

const bcryptTail = "abcdefghijklmnopqrstuulZRevvAOR5GDUkjU89PQQkyTDkv1eCq"

func TestCheckHash(t *testing.T) {
	salt, key := strings.Repeat("A", 22), strings.Repeat("A", 43)
	tests := []struct {
		text, kind string
		want       error
	}{
		{"$2a$10$" + bcryptTail, sync.HashBcrypt, nil},
		{"$2b$04$" + bcryptTail, sync.HashBcrypt, nil},
		{"$2y$15$" + bcryptTail, sync.HashBcrypt, nil},
		{"$2b$03$" + bcryptTail, "", errHashCost},
		{"$2b$16$" + bcryptTail, "", errHashCost},
		{"$2b$1x$" + bcryptTail, "", errHashForm},
		{"$2b$+9$" + bcryptTail, "", errHashForm},
		{"$2b$10$" + bcryptTail[1:], "", errHashForm},
		{"$2b$10$" + bcryptTail + "x", "", errHashForm},
		{"$2b$10$" + bcryptTail[1:] + "=", "", errHashForm},
		{"$2$10$" + bcryptTail, "", errHashForm},
		{"$2x$10$" + bcryptTail, "", errHashForm},
		{"$3a$10$" + bcryptTail, "", errHashForm},
		{"x$2a$10$" + bcryptTail, "", errHashForm},
		{"{SSHA}AAAA", "", errHashForm},
		{"hunter2", "", errHashForm},
		{"$6$rounds=5000$abc$def", "", errHashForm},
		{"$argon2id$v=19$m=65536,t=3,p=4$" + salt + "$" + key, "", errHashForm},
		{"$pbkdf2$f=SHA256,w=600000,l=32$" + salt + "$" + key, sync.HashPBKDF2, nil},
		{"$pbkdf2$f=SHA256,w=1,l=1$AA$AA", sync.HashPBKDF2, nil},
		{"$pbkdf2$f=SHA512,w=600000,l=32$" + salt + "$" + key, "", errHashParts},
		{"$pbkdf2$f=SHA256,w=600000,l=31$" + salt + "$" + key, "", errHashParts},
		{"$pbkdf2$f=SHA256,w=600000,l=+32$" + salt + "$" + key, "", errHashParts},
		{"$pbkdf2$f=SHA256,w=0,l=32$" + salt + "$" + key, "", errHashWork},
		{"$pbkdf2$f=SHA256,w=0600,l=32$" + salt + "$" + key, "", errHashWork},
		{"$pbkdf2$f=SHA256,w=10000001,l=32$" + salt + "$" + key, "", errHashWork},
		{"$pbkdf2$f=SHA256,w=600000,l=32$" + salt + "==$" + key, "", errHashParts},
		{"$pbkdf2$f=SHA256,w=600000,l=32$$" + key, "", errHashParts},
		{"$pbkdf2$f=SHA256,w=600000,l=32$" + salt, "", errHashParts},
		{"$pbkdf2$w=600000,f=SHA256,l=32$" + salt + "$" + key, "", errHashParts},
		{"$pbkdf2-sha256$29000$" + salt + "$" + key, "", errHashForm},
		{"$pbkdf2$f=SHA256,w=600000,l=32$" + strings.Repeat("A", 60) + "$" + key, "", errHashLong},
	}
	for _, tt := range tests {
		kind, err := checkHash(tt.text)
		if err != tt.want || err == nil && kind != tt.kind {
			t.Errorf("%s: got %q, %v; want %q, %v", tt.text, kind, err, tt.kind, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), salt) {
			t.Errorf("the error has the value: %v", err)
		}
	}
}

func onceMapping(t *testing.T, hash, zone string) *Mapping {
	t.Helper()
	m, faults := Compile(Spec{Source: "hr", Anchor: "id", Hash: hash, Timezone: zone, Disabled: `state == "left"`,
		Fields: map[sync.Field]FieldSpec{sync.Username: {From: "login"}, sync.Email: {From: "mail"}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

func person(more Record) Record {
	r := Record{"id": "1", "login": "ann", "mail": "ann@example.org", "pw": "", "tz": "", "state": ""}
	for name, v := range more {
		r[name] = v
	}
	return r
}

// What is wrong with what a new account begins with rejects nobody: it matters
// to nobody who has an account.
func TestOnce(t *testing.T) {
	good := "$2b$10$" + bcryptTail
	tests := []struct {
		name   string
		record Record
		want   *sync.FirstDay
	}{
		{"nothing", nil, nil},
		{"a hash", Record{"pw": " " + good + " "}, &sync.FirstDay{Hash: sync.Hash(good), HashKind: sync.HashBcrypt}},
		{"no hash", Record{"pw": "hunter2"}, &sync.FirstDay{HashFlaw: "mapping.password_hash: " + errHashForm.Error() + " (attribute pw)"}},
		{"damaged", Record{"pw": "hunter\xff2"}, &sync.FirstDay{HashFlaw: "mapping.password_hash: " + errHashRead.Error() + " (attribute pw)"}},
		{"a zone", Record{"tz": "Europe/Berlin"}, &sync.FirstDay{Timezone: "Europe/Berlin"}},
		{"no zone", Record{"tz": "Nowhere/Land"}, &sync.FirstDay{ZoneFlaw: "mapping.timezone: " + errZone.Error() + " (attribute tz)"}},
		{"the machine's", Record{"tz": "Local"}, &sync.FirstDay{ZoneFlaw: "mapping.timezone: " + errZone.Error() + " (attribute tz)"}},
		{"a path", Record{"tz": "../../etc/passwd"}, &sync.FirstDay{ZoneFlaw: "mapping.timezone: " + errZone.Error() + " (attribute tz)"}},
		{"a leaver", Record{"pw": good, "tz": "Europe/Berlin", "state": "left"}, nil},
	}
	m := onceMapping(t, "pw", "tz")
	for _, tt := range tests {
		for range 2 { // zones are remembered
			got := m.Map(person(tt.record), sync.Origin{}, time.Time{})
			if got.Reject != nil || got.Identity.Key == "" {
				t.Fatalf("%s: got %+v", tt.name, got.Reject)
			}
			want := got.Identity
			want.First = tt.want
			if !got.Identity.Equal(want) {
				t.Errorf("%s: got %+v, want %+v", tt.name, got.Identity.First, tt.want)
			}
		}
	}
	if got := onceMapping(t, "", "").Map(person(nil), sync.Origin{}, time.Time{}).Identity.First; got != nil {
		t.Errorf("nothing is configured: got %+v", got)
	}
}

// Nothing that shows how a record was mapped has the hash, nor bytes of a
// damaged one.
func TestConceal(t *testing.T) {
	m := onceMapping(t, `first(pw, "x")`, "")
	for _, value := range []string{"$2b$10$" + bcryptTail, "hunter2", "hunter\xff2"} {
		r := person(Record{"pw": value})
		f := Found{Record: r, Trace: m.Trace(r, sync.Origin{}, time.Time{})}
		m.Conceal(&f)
		text := fmt.Sprintf("%v %+v %v", f.Record, f.Trace.Steps, f.Trace.Mapped)
		for _, part := range []string{"hunt", "hun", "$2b", "abcdef"} {
			if strings.Contains(text, part) {
				t.Errorf("%q shows %q: %s", value, part, text)
			}
		}
		if r["pw"] != value {
			t.Error("the record itself was changed")
		}
	}
	if got := m.Check(person(Record{"pw": "$2b$10$" + bcryptTail}), map[string]string{"password_hash": "bcrypt"}, time.Time{}); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}
