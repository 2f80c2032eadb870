package sources

import (
	"fmt"
	"maps"
	"strings"
	stdsync "sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/directory-sync/syncd/sync"
)

// staffSpec uses everything that a mapping can do.
func staffSpec() Spec {
	return Spec{
		Source: "hr", Anchor: "id", Include: "kind != 'robot' and not bit(flags, 1)",
		Disabled: "state == 'left'", Expired: "past(date(until))",
		Fields: map[sync.Field]FieldSpec{
			sync.Username:  {From: "slug(translit(login))"},
			sync.Email:     {From: "mail"},
			sync.FirstName: {From: "first(nick, given)"},
			sync.LastName:  {From: "name", OnEmpty: Hold},
			sync.Nickname:  {From: "nick", OnEmpty: Clear},
			sync.Position:  {From: "job"},
		},
		Auth:  AuthSpec{ServiceFrom: "sso", Data: "upn"},
		Stamp: []string{"pwd", "cert"},
	}
}

// anna returns a record in order, with changes.
func anna(changes Record) Record {
	r := Record{"id": "1", "kind": "staff", "login": "Anna", "mail": "Anna@Example.org", "given": "Anna", "name": " Müller ", "job": ""}
	maps.Copy(r, changes)
	return r
}

// annaIs returns what becomes of the record, with changes.
func annaIs(change func(*sync.Identity)) Mapped {
	id := sync.Identity{Key: "hr:1", Status: sync.Enabled, Origin: sync.Origin{Source: "f", Place: "line 2"}}
	id.Profile[sync.Username], id.Profile[sync.Email] = "anna", "anna@example.org"
	id.Profile[sync.FirstName], id.Profile[sync.LastName] = "Anna", "Müller"
	id.States = sync.SetOf(sync.Username, sync.Email, sync.FirstName, sync.LastName, sync.Nickname)
	if change != nil {
		change(&id)
	}
	return Mapped{Identity: id}
}

func valueReject(detail string) Mapped {
	return Mapped{Reject: &sync.Reject{Key: "hr:1", Origin: sync.Origin{Source: "f", Place: "line 2"}, Reason: sync.RejectValue, Detail: detail}}
}

func anchorReject(detail string) Mapped {
	return Mapped{Reject: &sync.Reject{Origin: sync.Origin{Source: "f", Place: "line 2"}, Reason: sync.RejectAnchor, Detail: "anchor.attribute: attribute id " + detail}}
}

func gone(status sync.Status) func(*sync.Identity) {
	return func(id *sync.Identity) { id.Profile, id.States, id.Status = sync.Profile{}, 0, status }
}

func TestMap(t *testing.T) {
	tests := []struct {
		name   string
		record Record
		want   Mapped
	}{
		{"in order", nil, annaIs(nil)},
		{"decomposed and in a list of one", Record{"name": []string{"Mu\u0308ller"}}, annaIs(nil)},
		{"kept field with a value", Record{"job": "Cook"}, annaIs(func(id *sync.Identity) {
			id.Profile[sync.Position] = "Cook"
			id.States |= sync.SetOf(sync.Position)
		})},
		{"damaged attribute that nothing reads", Record{"x": "\xff\x00"}, annaIs(nil)},
		{"code points that the server drops", Record{"name": "Mül\u202aler"}, annaIs(nil)},

		{"no anchor", Record{"id": ""}, anchorReject("is empty")},
		{"anchor of spaces", Record{"id": " \t"}, anchorReject("is empty")},
		{"two anchors", Record{"id": []string{"1", "2"}}, anchorReject(errMany.Error())},
		{"long anchor", Record{"id": strings.Repeat("x", 257)}, anchorReject("is longer than 256 bytes")},
		{"anchor with a tab", Record{"id": "1\t2"}, anchorReject(errControl.Error())},
		{"anchor that is not UTF-8", Record{"id": "1\xff"}, anchorReject(`is not valid UTF-8 at byte 2: "1\xff"`)},
		{"anchor that is a number", Record{"id": 1}, anchorReject(errKind.Error())},

		{"excluded", Record{"kind": "robot"}, Mapped{Excluded: true}},
		{"excluded with space around the value", Record{"kind": "robot "}, Mapped{Excluded: true}},
		{"excluded without an anchor", Record{"kind": "robot", "id": ""}, Mapped{Excluded: true}},
		{"excluded with a broken profile", Record{"kind": "robot", "mail": "x", "until": "soon"}, Mapped{Excluded: true}},
		{"filter that fails excludes nobody", Record{"flags": "many"}, valueReject("filter: the value is no whole number (attributes flags, kind)")},
		{"filter over a damaged value", Record{"kind": "robot\xff"}, valueReject(`filter: attribute kind is not valid UTF-8 at byte 6: "robot\xff"`)},
		{"filter that fails, without an anchor", Record{"flags": "many", "id": ""}, anchorReject("is empty")},

		{"disabled", Record{"state": "left"}, annaIs(func(id *sync.Identity) { id.Status = sync.Disabled })},
		{"expired", Record{"until": "2026-11-23"}, annaIs(func(id *sync.Identity) { id.Status = sync.Expired })},
		{"disabled and expired", Record{"state": "left", "until": "2026-11-23"}, annaIs(func(id *sync.Identity) { id.Status = sync.Disabled })},
		{"disabled without an e-mail", Record{"state": "left", "mail": ""}, annaIs(gone(sync.Disabled))},
		{"disabled with a damaged name", Record{"state": "left", "name": "\xff"}, annaIs(gone(sync.Disabled))},
		{"expired with a wrong e-mail", Record{"until": "2026-11-23", "mail": "x"}, annaIs(gone(sync.Expired))},
		{"disabled without a name for the sign-in", Record{"state": "left", "sso": "saml"}, annaIs(func(id *sync.Identity) { id.Status = sync.Disabled })},
		{"disabled without an e-mail, with a sign-in", Record{"state": "left", "mail": "", "sso": "saml", "upn": "a"}, annaIs(func(id *sync.Identity) {
			gone(sync.Disabled)(id)
			id.Auth = sync.Auth{Service: "saml", Data: "a"}
		})},
		{"disabled without an anchor", Record{"state": "left", "id": ""}, anchorReject("is empty")},
		{"status that cannot be told", Record{"until": "soon"}, valueReject("status.expired: " + errNoDate.Error() + " (attribute until)")},
		{"disabled, with an expiry that cannot be told", Record{"state": "left", "until": "soon"}, valueReject("status.expired: " + errNoDate.Error() + " (attribute until)")},
		{"damaged status", Record{"state": "left\x00"}, valueReject(`status.disabled: attribute state contains a NUL at byte 5: "left\x00"`)},

		{"no e-mail", Record{"mail": ""}, valueReject("mapping.email.from: there is no value (attribute mail)")},
		{"wrong e-mail", Record{"mail": "anna"}, valueReject("mapping.email.from: e-mail is not an address (attribute mail)")},
		{"user name that slug empties", Record{"login": "山田"}, valueReject("mapping.username.from: there is no value (attribute login)")},
		{"no value for a field that holds", Record{"name": " "}, valueReject("mapping.last_name.from: there is no value (attribute name)")},
		{"several problems", Record{"mail": "x", "name": "", "sso": "saml"}, valueReject("mapping.email.from: e-mail is not an address (attribute mail); " +
			"mapping.last_name.from: there is no value (attribute name); mapping.auth.data: there is no name for the sign-in (attribute upn)")},
		{"line break in a value", Record{"job": "a\nb"}, valueReject("mapping.position.from: the value contains a control character (attribute job)")},
		{"lost character", Record{"name": "M\ufffdller"}, valueReject("mapping.last_name.from: attribute name " + errLost.Error())},
		{"long value", Record{"job": strings.Repeat("x", 64<<10+1)}, valueReject("mapping.position.from: attribute job is longer than 64 KiB")},
		{"two e-mails", Record{"mail": []string{"a@example.org", "b@example.org"}}, valueReject("mapping.email.from: attribute mail " + errMany.Error())},
		{"damaged value in a list", Record{"nick": []string{"a", "\xff"}}, valueReject(`mapping.first_name.from: attribute nick is not valid UTF-8 at byte 1: "\xff"; mapping.nickname.from: attribute nick is not valid UTF-8 at byte 1: "\xff"`)},

		{"sign-in by e-mail drops the name", Record{"sso": "email", "upn": "a"}, annaIs(func(id *sync.Identity) { id.Auth = sync.Auth{Service: "email"} })},
		{"sign-in with a name", Record{"sso": "saml", "upn": " A "}, annaIs(func(id *sync.Identity) { id.Auth = sync.Auth{Service: "saml", Data: "A"} })},
		{"sign-in not stated", Record{"upn": "a"}, annaIs(nil)},
		{"sign-in that is not known", Record{"sso": "SAML", "upn": "a"}, valueReject("mapping.auth.service.from: the value is no way to sign in that is known (attribute sso)")},
		{"sign-in without a name", Record{"sso": "ldap"}, valueReject("mapping.auth.data: there is no name for the sign-in (attribute upn)")},
		{"sign-in with a long name", Record{"sso": "ldap", "upn": strings.Repeat("x", 129)}, valueReject("mapping.auth.data: the name for the sign-in is longer than 128 bytes (attribute upn)")},
	}
	m := compiled(t, staffSpec())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := m.Map(anna(test.record), sync.Origin{Source: "f", Place: "line 2"}, now())
			if diff := cmp.Diff(got, test.want, withoutHints()); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
			if diff := cmp.Diff(m.Trace(anna(test.record), sync.Origin{Source: "f", Place: "line 2"}, now()).Mapped, test.want, withoutHints()); diff != "" {
				t.Errorf("traced: got -, want +\n%s", diff)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"a@localhost": true, "a+b@example.org": true, "a/b@example.org": true, "'q@example.org": true, "ä@bücher.example": true,
		"a..b@example.org": false, "a@example.org, b@example.org": false, "anna <a@example.org>": false, "<a@example.org>": false,
		"a b@example.org": false, `"@example.org`: false, "a": false, "a@": false, "@example.org": false, "a@b@c": false, `"a@b"@example.org`: false,
		"a@example.org ": false, "": false, "(x)a@example.org": false,
		strings.Repeat("x", 116) + "@example.org": true, strings.Repeat("x", 117) + "@example.org": false,
	} {
		if got := isAddress(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
}

func TestStamp(t *testing.T) {
	m := compiled(t, staffSpec())
	stamp := func(changes Record) string { return m.Map(anna(changes), sync.Origin{}, now()).Identity.Stamp }
	if got := stamp(nil); got != "" {
		t.Errorf("without the attributes: got %q, want none", got)
	}
	seen := map[string]string{}
	for name, r := range map[string]Record{
		"one":           {"pwd": "a"},
		"another value": {"pwd": "b"},
		"other place":   {"cert": "a"},
		"both":          {"pwd": "a", "cert": "b"},
		"glued":         {"pwd": "ab"},
		"list":          {"pwd": []string{"a", "b"}},
		"list of three": {"pwd": []string{"a", "b", "cert"}},
		"two lists":     {"pwd": []string{"a", "b"}, "cert": "cert"},
		"damaged":       {"pwd": "\xff"},
		"other person":  {"pwd": "a", "id": "2"},
	} {
		got := stamp(r)
		if digest, ok := strings.CutPrefix(got, "hr:"); !ok || len(digest) != 16 {
			t.Errorf("%s: got %q, want hr: and 16 digits", name, got)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s have the same stamp", name, other)
		}
		seen[got] = name
	}
	for name, pair := range map[string][2]Record{
		"order of a list": {{"pwd": []string{"b", "a"}}, {"pwd": []string{"a", "b"}}},
		"list of one":     {{"pwd": []string{"a"}}, {"pwd": " a "}},
		"another field":   {{"pwd": "a", "job": "x"}, {"pwd": "a"}},
	} {
		if a, b := stamp(pair[0]), stamp(pair[1]); a != b {
			t.Errorf("%s: got %q and %q, want the same", name, a, b)
		}
	}
}

func TestAttributes(t *testing.T) {
	m := compiled(t, staffSpec())
	want := []string{"cert", "flags", "given", "id", "job", "kind", "login", "mail", "name", "nick", "pwd", "sso", "state", "until", "upn"}
	if diff := cmp.Diff(m.Attributes(), want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	for attr, want := range map[string][]string{
		"id": {"anchor.attribute"}, "nick": {"mapping.first_name.from", "mapping.nickname.from"}, "cert": {"sessions.revoke_on[1]"}, "x": nil,
		"kind": {"filter"}, "until": {"status.expired"}, "sso": {"mapping.auth.service.from"},
	} {
		if diff := cmp.Diff(m.Uses(attr), want); diff != "" {
			t.Errorf("%s: got -, want +\n%s", attr, diff)
		}
	}
}

func TestCompileReportsEveryFault(t *testing.T) {
	_, faults := Compile(Spec{
		Source: "h:r", Include: "kind", Disabled: "lowr(x)", Expired: "until <",
		Fields: map[sync.Field]FieldSpec{
			sync.Username: {From: "1", OnEmpty: Clear},
			sync.Locale:   {From: "", OnEmpty: Clear},
			sync.Nickname: {From: "nick", OnEmpty: 9},
		},
		Auth:  AuthSpec{Service: "sml"},
		Stamp: []string{"pwd", " "},
	})
	want := []string{
		"name: may not contain a colon or white space",
		"anchor.attribute: is required: without an immutable id a renamed person becomes a second one",
		"filter at 0: is text where true or false is needed",
		"status.disabled at 0: lowr is no function, did you mean lower?",
		"status.expired at 6: unexpected end",
		"mapping.email: is required",
		"mapping.username.from at 0: is a number where text is needed",
		"mapping.username.on_empty: no account can be without it, so it cannot be cleared, did you mean hold?",
		"mapping.nickname.on_empty: must be keep, clear or hold",
		"mapping.locale.from: has no expression",
		`mapping.auth.service: "sml" is no way to sign in: there are email, ldap, saml, gitlab, google, office365, openid, did you mean saml?`,
		"sessions.revoke_on[1]: is no attribute",
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.String())
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

func TestAuthFaults(t *testing.T) {
	for _, test := range []struct {
		auth AuthSpec
		want string
	}{
		{AuthSpec{}, ""},
		{AuthSpec{Service: "email"}, ""},
		{AuthSpec{Service: "saml", Data: "login"}, ""},
		{AuthSpec{ServiceFrom: "sso", Data: "login"}, ""},
		{AuthSpec{Service: "saml"}, "mapping.auth.data: is required: it is the person's name at that service"},
		{AuthSpec{ServiceFrom: "sso"}, "mapping.auth.data: is required: it is the person's name at that service"},
		{AuthSpec{Service: "email", Data: "login"}, "mapping.auth.data: has no meaning for people who sign in by e-mail"},
		{AuthSpec{Data: "login"}, "mapping.auth.service: is required beside data"},
		{AuthSpec{Service: "saml", ServiceFrom: "sso", Data: "login"}, "mapping.auth.service: is either a name or an expression, not both"},
	} {
		spec := textSpec("nick")
		spec.Auth = test.auth
		_, faults := Compile(spec)
		got := ""
		for _, f := range faults {
			got += f.String()
		}
		if got != test.want {
			t.Errorf("%+v: got %q, want %q", test.auth, got, test.want)
		}
	}
}

func TestKey(t *testing.T) {
	m := compiled(t, staffSpec())
	for anchor, want := range map[string]sync.Key{" 1 ": "hr:1", "": "", "1\n2": "", "\xff": "", strings.Repeat("x", 257): ""} {
		if got := m.Key(anchor); got != want {
			t.Errorf("%q: got %q, want %q", anchor, got, want)
		}
	}
}

func TestSeveralGoroutines(t *testing.T) {
	m := compiled(t, staffSpec())
	var wg stdsync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for n := range 200 {
				id := fmt.Sprintf("%d-%d", g, n)
				if got := m.Map(anna(Record{"id": id, "login": id}), sync.Origin{}, now()); got.Identity.Profile[sync.Username] != id {
					t.Errorf("got %+v, want the user name %s", got, id)
				}
			}
		})
	}
	wg.Wait()
}

func TestCheck(t *testing.T) {
	m := compiled(t, staffSpec())
	tests := []struct {
		name   string
		record Record
		want   map[string]string
		diffs  []Difference
	}{
		{"all as wanted", Record{"sso": "saml", "upn": "a"}, map[string]string{
			"key": "hr:1", "username": "anna", "email": "anna@example.org", "position": "", "status": "enabled",
			"auth.service": "saml", "auth.data": "a", "rejected": "false", "excluded": "false"}, nil},
		{"another value", nil, map[string]string{"username": "bert", "status": "disabled"},
			[]Difference{{"username", "anna", "bert", ""}, {"status", "enabled", "disabled", ""}}},
		{"rejected", Record{"mail": "x"}, map[string]string{"rejected": "true", "key": "hr:1"}, nil},
		{"rejected with a reason", Record{"mail": "x"}, map[string]string{"rejected": "SYD-H-VALUE"}, nil},
		{"rejected for another reason", Record{"mail": "x"}, map[string]string{"rejected": "SYD-H-ANCHOR"},
			[]Difference{{"rejected", "SYD-H-VALUE", "SYD-H-ANCHOR", "mapping.email.from: e-mail is not an address (attribute mail)"}}},
		{"rejected, not wanted", Record{"mail": "x"}, nil,
			[]Difference{{"rejected", "SYD-H-VALUE", "", "mapping.email.from: e-mail is not an address (attribute mail)"}}},
		{"not rejected", nil, map[string]string{"rejected": "true"}, []Difference{{"rejected", "", "true", ""}}},
		{"excluded", Record{"kind": "robot"}, map[string]string{"excluded": "true"}, nil},
		{"excluded, not wanted", Record{"kind": "robot"}, map[string]string{"username": "anna"},
			[]Difference{{"username", "", "anna", ""}, {"excluded", "true", "", ""}}},
		{"misspelled", nil, map[string]string{"usrname": "anna", "x": "y"}, []Difference{
			{"usrname", "", "anna", "there is no such thing to compare, did you mean username?"}, {"x", "", "y", "there is no such thing to compare"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(m.Check(anna(test.record), test.want, now()), test.diffs); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
		})
	}
}

func TestTally(t *testing.T) {
	m := compiled(t, staffSpec())
	tally := NewTally("hr", "dc1")
	var want []sync.Identity
	for n := range 50 {
		mapped := m.Map(anna(Record{"id": fmt.Sprint(n), "job": "Cook"}), sync.Origin{Source: "f", Place: fmt.Sprint(n)}, now())
		want = append(want, mapped.Identity)
		tally.Add(mapped)
	}
	tally.Add(m.Map(anna(Record{"kind": "robot"}), sync.Origin{}, now()))
	tally.Add(m.Map(anna(Record{"mail": ""}), sync.Origin{}, now()))
	got := tally.Snapshot(7)
	if diff := cmp.Diff(got.Identities, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	if len(got.Rejects) != 1 || got.Receipt.Entries != 52 || got.Receipt.Excluded != 1 || got.Receipt.Filled[sync.Position] != 50 ||
		got.Receipt.Filled[sync.Nickname] != 0 || got.Receipt.Server != "dc1" || got.Receipt.Took != 7 || got.Source != "hr" {
		t.Errorf("got %d rejects and receipt %+v", len(got.Rejects), got.Receipt)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"username", "email", "mail", "kind"}
	for word, want := range map[string]string{"usrname": "username", "emial": "email", "EMAIL": "email", "mails": "mail", "id": "", "": "", "hostname": "", "kidn": "kind"} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestOnEmptyNames(t *testing.T) {
	for _, o := range []OnEmpty{Keep, Clear, Hold} {
		if got, ok := ParseOnEmpty(o.String()); got != o || !ok {
			t.Errorf("%v: got %v, %v", o, got, ok)
		}
	}
	if _, ok := ParseOnEmpty(""); ok {
		t.Error("got a meaning for no name")
	}
}

// withoutHints leaves out what a test of its own looks at.
func withoutHints() cmp.Option { return cmpopts.IgnoreFields(sync.Reject{}, "Hints") }

// TestHints: a broken record brings its short values along, whatever column
// they slipped into, and nothing else.
func TestHints(t *testing.T) {
	m, faults := Compile(Spec{Source: "hr", Anchor: "id", Fields: map[sync.Field]FieldSpec{
		sync.Username: {From: "login"}, sync.Email: {From: "mail"}, sync.Position: {From: "title"},
	}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	r := Record{"id": "Ann", "login": "ann@x.org", "mail": "Lee", "title": strings.Repeat("x", 129), "other": "unused"}
	got := m.Map(r, sync.Origin{}, now())
	if got.Reject == nil || got.Reject.Hints != "ann\nann@x.org\nlee" {
		t.Errorf("got %+v", got.Reject)
	}
}
