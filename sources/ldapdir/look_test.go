package ldapdir

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

var _ sync.Looker = (*Source)(nil)

// sighted writes a sighting in a line.
func sighted(s sync.Sighting) string {
	switch {
	case s.Err != nil:
		return "error " + s.Err.Error()
	case s.Found:
		return fmt.Sprintf("%s, in %t, at %s", s.Identity.Status, s.In, s.Place)
	}
	return "absent"
}

// look looks for people, and returns what it saw by key.
func look(t testing.TB, s *Source, keys ...sync.Key) map[sync.Key]string {
	t.Helper()
	all, err := s.Look(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	var asked []sync.Key
	got := make(map[sync.Key]string)
	for _, one := range all {
		asked = append(asked, one.Key)
		got[one.Key] = sighted(one)
	}
	if !slices.Equal(asked, keys) {
		t.Errorf("got sightings of %q, want %q", asked, keys)
	}
	return got
}

func newSource(t testing.TB, c Config, m *sources.Mapping) *Source {
	t.Helper()
	s, err := New(c, m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// admin changes the directory.
func (s *slapd) admin(t testing.TB) *ldap.Conn {
	t.Helper()
	c, err := ldap.DialURL(s.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Bind("cn=admin,"+suffix, "admin"); err != nil {
		t.Fatal(err)
	}
	return c
}

// must fails the test for an error of setting it up.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keysOf returns keys by user name.
func keysOf(t testing.TB, s *Source) map[string]sync.Key {
	t.Helper()
	snapshot, err := s.Read(t.Context())
	must(t, err)
	keys := make(map[string]sync.Key)
	for _, id := range snapshot.Identities {
		keys[id.Profile[sync.Username]] = id.Key
	}
	return keys
}

// TestLook: what became of people whom a read no longer has.
func TestLook(t *testing.T) {
	s := newSlapd(t, crowd(30)+person("ann")+person("bob")+person("cy")+person("di", "title: Chef")+person("ed")+person("fay")+person("gus"))
	c := s.config()
	c.Filter = "(&(objectClass=inetOrgPerson)(!(title=Robot)))"
	spec := sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Include: `sn != "excluded"`, Disabled: `employeeType == "left"`, Expired: "past(date(description))",
		Fields: map[sync.Field]sources.FieldSpec{sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"}},
	}
	m, faults := sources.Compile(spec)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	source := newSource(t, c, m)
	key := keysOf(t, source)
	change := s.admin(t)
	dn := func(uid string) string { return "uid=" + uid + ",ou=people," + suffix }
	set := func(uid, attr, value string) {
		r := ldap.NewModifyRequest(dn(uid), nil)
		r.Replace(attr, []string{value})
		must(t, change.Modify(r))
	}
	set("bob", "employeeType", "left")
	must(t, change.ModifyDN(ldap.NewModifyDNRequest(dn("cy"), "cn=cy+uid=cy2", false, "ou=other,"+suffix)))
	set("di", "title", "Robot")
	must(t, change.Del(ldap.NewDelRequest(dn("ed"), nil)))
	set("fay", "sn", "excluded")
	set("gus", "description", "soon")
	want := map[sync.Key]string{
		key["ann"]: "enabled, in true, at " + dn("ann"),
		key["bob"]: "disabled, in true, at " + dn("bob"),
		key["cy"]:  "enabled, in false, at cn=cy+uid=cy2,ou=other," + suffix,
		key["di"]:  "enabled, in false, at " + dn("di"),
		key["ed"]:  "absent",
		key["fay"]: "enabled, in false, at " + dn("fay"),
		key["gus"]: "error " + dn("gus") + ": status.expired: " + `the value is no date in a known form; give the form as in date(x, "02.01.2006") (attribute description)`,
		"ldap:x":   "absent",
		"hr:1":     "error the key is not one of the source ldap",
	}
	asked := []sync.Key{key["ann"], key["bob"], key["cy"], key["di"], key["ed"], key["fay"], key["gus"], "ldap:x", "hr:1"}
	ways := map[string]func(*Config){
		"as it is":  func(*Config) {},
		"one level": func(c *Config) { c.Scope = "one" },
		"no base":   func(c *Config) { c.Bases = nil; c.Filter = "(&" + c.Filter + "(!(ou:dn:=other)))" },
		"two bases": func(c *Config) {
			c.Bases = append(c.Bases, "ou=services,"+suffix)
			c.Filter = "(|(objectClass=applicationProcess)" + c.Filter + ")"
		},
		"base in capitals":    func(c *Config) { c.Bases = []string{"OU = People, DC=Example,DC=ORG"} },
		"pages of one":        func(c *Config) { c.Page = 1 },
		"the second server":   func(c *Config) { c.URLs = []string{"ldap://" + freePort(t), s.url} },
		"an invalid referral": func(c *Config) { c.Ignored = []string{"ou=nowhere"} },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			c := c
			way(&c)
			if diff := cmp.Diff(look(t, newSource(t, c, m), asked...), want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
		})
	}
}

// TestLookAtMany: as many as there are, in searches of a few.
func TestLookAtMany(t *testing.T) {
	s := newSlapd(t, crowd(170))
	source := newSource(t, s.config(), mapping(t))
	key := keysOf(t, source)
	var asked []sync.Key
	for i := range 170 {
		asked = append(asked, key[fmt.Sprintf("user%06d", i)], sync.Key(fmt.Sprintf("ldap:%08d-0000-0000-0000-000000000000", i)))
	}
	found := 0
	for k, what := range look(t, source, asked...) {
		if there := !strings.HasPrefix(string(k), "ldap:0000"); there != strings.HasPrefix(what, "enabled, in true, at uid=user") || !there && what != "absent" {
			t.Errorf("%s: got %s", k, what)
		}
		if what != "absent" {
			found++
		}
	}
	if found != 170 {
		t.Errorf("got %d, want 170", found)
	}
}

// TestLookIsRefused: whatever keeps a search for anchors from finding those who
// are there is an error, and nobody is absent.
func TestLookIsRefused(t *testing.T) {
	s := newSlapd(t, crowd(30))
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"may not search by anchor": {func(c *Config) { c.BindDN, c.Password = mute, password("mute") }, "but a search for its entryUUID does not: check the anchor's encoding, and whether"},
		"sees nobody":              {func(c *Config) { c.BindDN, c.Password = blind, password("blind") }, "may not see it"},
		"wrong password":           {func(c *Config) { c.Password = password("nonsense") }, "code 49"},
		"no such base":             {func(c *Config) { c.Bases = []string{"ou=nowhere," + suffix} }, "code 32"},
		"a base that is elsewhere": {func(c *Config) { c.Bases = []string{"ou=people,dc=example,dc=com"} }, "does not say which of its parts holds ou=people,dc=example,dc=com"},
		"nobody found":             {func(c *Config) { c.Filter = "(uid=nobody)" }, "found nobody"},
		"unknown attribute":        {func(c *Config) { c.Filter = "(unknownThing=1)" }, "does not know the attribute unknownThing"},
		"nobody there":             {func(c *Config) { c.URLs = []string{"ldap://" + freePort(t)} }, "connection refused"},
		"another encoding":         {func(c *Config) { c.Anchor = Hex }, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := s.config()
			tt.change(&c)
			got, err := newSource(t, c, mapping(t)).Look(t.Context(), []sync.Key{"ldap:00000000-0000-0000-0000-000000000000"})
			if tt.want == "" {
				if err != nil || len(got) != 1 || got[0].Err == nil {
					t.Errorf("got %+v and error %v, want an error for the key", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || got != nil {
				t.Errorf("got %+v and error %v, want one with %q", got, err, tt.want)
			}
		})
	}
	source := newSource(t, s.config(), mapping(t))
	if got, err := source.Look(t.Context(), nil); got != nil || err != nil {
		t.Errorf("nobody: got %+v, %v", got, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("somebody pressed Ctrl-C")
	cancel(why)
	if got, err := source.Look(ctx, []sync.Key{"ldap:x"}); !errors.Is(err, why) || got != nil {
		t.Errorf("canceled: got %+v, %v", got, err)
	}
}

// TestLookTellsGroups: a status that depends on groups is told from them.
func TestLookTellsGroups(t *testing.T) {
	s := newSlapd(t, person("ann")+person("bob")+groupLDIF("cn=chat,ou=other,"+suffix, "groupOfNames", "member: uid=ann,ou=people,"+suffix))
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Disabled: `not memberOf("chat")`,
		Fields: map[sync.Field]sources.FieldSpec{sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	source := newSource(t, s.config(), m)
	key := keysOf(t, source)
	want := map[sync.Key]string{
		key["ann"]: "enabled, in true, at uid=ann,ou=people," + suffix,
		key["bob"]: "disabled, in true, at uid=bob,ou=people," + suffix,
	}
	if diff := cmp.Diff(look(t, source, key["ann"], key["bob"]), want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

// lookFake answers as a server does that a second look asks: for its parts, for
// its schema, for a witness, for the anchors, and for those of them who are
// inside.
func lookFake(t *testing.T, answer func(step string, id int) [][]byte) *fake {
	return newFake(t, func(search, id int, c net.Conn) {
		steps := []string{"parts", "schema", "witness", "anchors", "inside"}
		step := steps[min(search, len(steps))-1]
		parts := answer(step, id)
		if parts == nil {
			switch step {
			case "parts":
				parts = [][]byte{somebody(id, "", attr("namingContexts", "cn=log", "DC=Example,DC=Org")), done(id, opSearchDone, 0)}
			case "schema":
				parts = [][]byte{done(id, opSearchDone, 0)}
			default:
				parts = [][]byte{full(id, "wit"), done(id, opSearchDone, 0, paging(""))}
			}
		}
		for _, p := range parts {
			if p == nil {
				c.Close()
				return
			}
			_, _ = c.Write(p)
		}
	})
}

// TestLookBelievesNoServer: what a server may say in a second look, for one key
// and another one.
func TestLookBelievesNoServer(t *testing.T) {
	end := func(id int, code byte) []byte { return done(id, opSearchDone, code, paging("")) }
	at := func(uid, place string) string { return "uid=" + uid + "," + place }
	named := func(id int, dn, anchor string) []byte {
		return somebody(id, dn, attr("uid", "ann"), attr("mail", "ann@example.org"), attr("entryUUID", anchor))
	}
	const people = "ou=people,dc=example,dc=org"
	tests := map[string]struct {
		answer func(step string, id int) [][]byte
		want   string // of uuid-ann
		other  string // of uuid-bob
		err    string
	}{
		"nobody": {want: "absent", other: "absent"},
		"there": {answer: func(step string, id int) [][]byte {
			if step == "anchors" || step == "inside" {
				return [][]byte{full(id, "wit"), full(id, "ann"), end(id, 0)}
			}
			return nil
		}, want: "enabled, in true, at " + at("ann", people), other: "absent"},
		"inside under a name in capitals": {answer: func(step string, id int) [][]byte {
			switch step {
			case "anchors":
				return [][]byte{full(id, "wit"), full(id, "ann"), end(id, 0)}
			case "inside":
				return [][]byte{somebody(id, strings.ToUpper(at("ann", people)), attr("entryUUID", "uuid-ann")), end(id, 0)}
			}
			return nil
		}, want: "enabled, in true, at " + at("ann", people), other: "absent"},
		"outside": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), named(id, "uid=ann,ou=old,dc=example,dc=org", "uuid-ann"), end(id, 0)}
			}
			return nil
		}, want: "enabled, in false, at uid=ann,ou=old,dc=example,dc=org", other: "absent"},
		"the witness is asked for": {answer: func(step string, id int) [][]byte {
			if step != "parts" && step != "schema" {
				return [][]byte{full(id, "ann"), end(id, 0)}
			}
			return nil
		}, want: "enabled, in true, at " + at("ann", people), other: "absent"},
		"two entries": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), full(id, "ann"), named(id, "uid=ann,ou=old,dc=example,dc=org", "uuid-ann"), end(id, 0)}
			}
			return nil
		}, want: "error two records have this key: " + at("ann", people) + " and uid=ann,ou=old,dc=example,dc=org", other: "absent"},
		"another spelling": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), named(id, at("ann", people), "UUID-ANN"), end(id, 0)}
			}
			return nil
		}, want: "error the directory takes the anchor of " + at("ann", people) + " for one of those that were asked for, and it is another one",
			other: "error the directory takes the anchor of " + at("ann", people) + " for one of those that were asked for, and it is another one"},
		"an anchor that is not shown": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), full(id, "bob"), somebody(id, at("ann", people), attr("uid", "ann")), end(id, 0)}
			}
			return nil
		}, want: "error a record may be theirs: " + at("ann", people) + ": anchor.attribute: attribute entryUUID is empty",
			other: "enabled, in false, at " + at("bob", people)},
		"two anchors": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), somebody(id, at("ann", people), attr("entryUUID", "uuid-ann", "uuid-x")), end(id, 0)}
			}
			return nil
		}, want: "error a record may be theirs: " + at("ann", people) + ": anchor.attribute: attribute entryUUID has 2 values",
			other: "error a record may be theirs: " + at("ann", people) + ": anchor.attribute: attribute entryUUID has 2 values"},

		"no parts": {answer: func(step string, id int) [][]byte {
			if step == "parts" {
				return [][]byte{somebody(id, "", attr("vendorName", "x")), done(id, opSearchDone, 0)}
			}
			return nil
		}, err: "does not say which of its parts holds"},
		"no root": {answer: func(step string, id int) [][]byte {
			if step == "parts" {
				return [][]byte{done(id, opSearchDone, 32)}
			}
			return nil
		}, err: "code 32"},
		"no witness": {answer: func(step string, id int) [][]byte {
			if step == "witness" {
				return [][]byte{end(id, 0)}
			}
			return nil
		}, err: "found nobody"},
		"a witness without an anchor": {answer: func(step string, id int) [][]byte {
			if step == "witness" {
				return [][]byte{somebody(id, at("wit", people), attr("uid", "wit")), end(id, 0)}
			}
			return nil
		}, err: "has an anchor that can be read"},
		"a witness that is not found": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "ann"), end(id, 0)}
			}
			return nil
		}, err: "the filter finds ldap:uuid-wit, but a search for its entryUUID does not"},
		"half of a witness": {answer: func(step string, id int) [][]byte {
			if step == "witness" {
				return [][]byte{full(id, "wit"), end(id, 3)}
			}
			return nil
		}, err: "code 3"},
		"time limit": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), end(id, 3)}
			}
			return nil
		}, err: "code 3"},
		"look-through limit inside": {answer: func(step string, id int) [][]byte {
			if step == "inside" {
				return [][]byte{full(id, "wit"), end(id, 11)}
			}
			return nil
		}, err: "code 11"},
		"a part on another server": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), envelope(id, tlv(opReference, octets("ldap://dc2/dc=sales,dc=example,dc=org"))), end(id, 0)}
			}
			return nil
		}, err: "part of DC=Example,DC=Org is on another server"},
		"lost connection": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), nil}
			}
			return nil
		}, err: "EOF"},
		"silence": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit")}
			}
			return nil
		}, err: "silent for 300ms"},
		"a page without an end": {answer: func(step string, id int) [][]byte {
			if step == "anchors" {
				return [][]byte{full(id, "wit"), done(id, opSearchDone, 0)}
			}
			return nil
		}, err: "without saying whether there are more"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.answer == nil {
				tt.answer = func(string, int) [][]byte { return nil }
			}
			f := lookFake(t, tt.answer)
			source := newSource(t, f.config(), mapping(t))
			if tt.err != "" {
				got, err := source.Look(t.Context(), []sync.Key{"ldap:uuid-ann"})
				if err == nil || !strings.Contains(err.Error(), tt.err) || got != nil {
					t.Errorf("got %+v and error %v, want one with %q", got, err, tt.err)
				}
				return
			}
			want := map[sync.Key]string{"ldap:uuid-ann": tt.want, "ldap:uuid-bob": tt.other}
			if diff := cmp.Diff(look(t, source, "ldap:uuid-ann", "ldap:uuid-bob"), want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
			if !f.wasAsked("uuid-ann") || name != "the witness is asked for" && !f.wasAsked("uuid-wit") {
				t.Error("the server was not asked for the anchors")
			}
		})
	}
}

// TestLookMendsTornEntries: a status behind values that a server holds back is
// not told without them.
func TestLookMendsTornEntries(t *testing.T) {
	who := "uid=ann,ou=people,dc=example,dc=org"
	f := newFake(t, func(search, id int, c net.Conn) {
		end := done(id, opSearchDone, 0, paging(""))
		switch search {
		case 1:
			_, _ = c.Write(somebody(id, "", attr("namingContexts", "dc=example,dc=org")))
		case 3:
			_, _ = c.Write(full(id, "wit"))
		case 4:
			_, _ = c.Write(somebody(id, who, attr("entryUUID", "uuid-ann"), attr("employeeType;range=0-0", "staff")))
			_, _ = c.Write(full(id, "wit"))
		case 5:
			_, _ = c.Write(somebody(id, who, attr("employeeType;range=1-*", "left")))
		}
		_, _ = c.Write(end)
	})
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Disabled: `has(employeeType, "left")`,
		Fields: map[sync.Field]sources.FieldSpec{sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	got := look(t, newSource(t, f.config(), m), "ldap:uuid-ann")["ldap:uuid-ann"]
	if want := "disabled, in false, at " + who; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestLookSearchesForBytes: an anchor is asked for by its bytes, whatever they
// are; one that is none of the encoding is not asked for.
func TestLookSearchesForBytes(t *testing.T) {
	raw := "\xe2\x18\x21\x3b\x9c\xf3\xec\x40\xaf\x57\x61\x90\x38\x96\x00*"
	const key, wrong = "ldap:3b2118e2-f39c-40ec-af57-61903896002a", "ldap:3b2118e2"
	wit := func(id int) []byte { return somebody(id, "uid=wit", attr("entryUUID", "0123456789abcdef")) }
	f := lookFake(t, func(step string, id int) [][]byte {
		switch step {
		case "witness":
			return [][]byte{wit(id), done(id, opSearchDone, 0, paging(""))}
		case "anchors":
			return [][]byte{wit(id), somebody(id, "uid=ann", attr("entryUUID", raw)), done(id, opSearchDone, 0, paging(""))}
		}
		return nil
	})
	c := f.config()
	c.Anchor = GUIDMixed
	want := map[sync.Key]string{
		key:   "enabled, in false, at uid=ann",
		wrong: `error "3b2118e2" is no anchor in the encoding guid-mixed-endian: was it another one when the account was linked?`,
	}
	if diff := cmp.Diff(look(t, newSource(t, c, mapping(t)), key, wrong), want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	if !f.wasAsked(raw) {
		t.Error("the server was not asked for the bytes")
	}
}

// TestLookDoubtsSpellings: text that Unicode can write in several ways may be
// there in another one.
func TestLookDoubtsSpellings(t *testing.T) {
	f := lookFake(t, func(string, int) [][]byte { return nil })
	got := look(t, newSource(t, f.config(), mapping(t)), "ldap:zoë", "ldap:zoe")
	want := map[sync.Key]string{"ldap:zoë": "error " + errSpelling.Error(), "ldap:zoe": "absent"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

// TestLookEndsWithItsContext, also in the middle of a search that is slow.
func TestLookEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("somebody pressed Ctrl-C")
	f := lookFake(t, func(step string, id int) [][]byte {
		if step == "anchors" {
			cancel(why)
			return [][]byte{full(id, "wit")}
		}
		return nil
	})
	c := f.config()
	c.Idle, c.URLs = time.Hour, append(c.URLs, c.URLs...)
	if got, err := newSource(t, c, mapping(t)).Look(ctx, []sync.Key{"ldap:uuid-ann"}); !errors.Is(err, why) || got != nil {
		t.Errorf("got %+v, %v, want %v", got, err, why)
	}
}

// TestLookInPartsOfEachOther: whoever is found in two parts of the directory by
// one name is one entry; and one witness is enough.
func TestLookInPartsOfEachOther(t *testing.T) {
	f := lookFake(t, func(step string, id int) [][]byte {
		switch step {
		case "parts":
			return [][]byte{somebody(id, "", attr("namingContexts", "dc=org", "dc=example,dc=org", "DC=example, DC=org")), done(id, opSearchDone, 0)}
		case "schema":
			return nil
		}
		return [][]byte{full(id, "wit"), full(id, "ann"), full(id, "zoe"), done(id, opSearchDone, 0, paging(""))}
	})
	source := newSource(t, f.config(), mapping(t))
	got := look(t, source, "ldap:uuid-ann", "ldap:uuid-zoe")
	for key, uid := range map[sync.Key]string{"ldap:uuid-ann": "ann", "ldap:uuid-zoe": "zoe"} {
		if want := "enabled, in true, at uid=" + uid + ",ou=people,dc=example,dc=org"; got[key] != want {
			t.Errorf("got %s, want %s", got[key], want)
		}
	}
	_ = look(t, newSource(t, f.config(), mapping(t)), "ldap:uuid-ann")
	f.mu.Lock()
	defer f.mu.Unlock()
	last := f.asked[len(f.asked)-1]
	if strings.Contains(last, "uuid-zoe") || !strings.Contains(last, "uuid-wit") {
		t.Errorf("got the search %q, want one witness in it", last)
	}
	if n := len(f.asked); n != 14 {
		t.Errorf("got %d requests for two looks, want 14: bind, parts, schema, witness, two parts, base", n)
	}
}
