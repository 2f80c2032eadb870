package ldapdir

import (
	"slices"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// TestFilterIsRefusedByTheSchema: OpenLDAP finds nobody with these, or everybody
// but them, and with success.
func TestFilterIsRefusedByTheSchema(t *testing.T) {
	s := newSlapd(t, person("ann", "initials: aa")+person("bob", "initials: bb"))
	for filter, want := range map[string]string{
		"(uid>=b)": "no order for the values of uid, so (uid>=b) would fit nobody",
		"(&(objectClass=inetOrgPerson)(!(uid<=b)))": "no order for the values of uid",
		"(2.5.4.3>=b)":        "no order for the values of 2.5.4.3",
		"(objectClass=inet*)": "does not look into the values of objectClass, so (objectClass=inet*) would fit nobody",
		"(entryUUID=*-*)":     "does not look into the values of entryUUID",
		"(maiil=*)":           "does not know the attribute maiil, so the filter would find too few or too many: did you mean mail?",
		"(unlikely=1)":        "the filter would find too few or too many",
		"(uid=a*)":            "",
		"(initials=a*)":       "", // a kind of name
		"(2.5.4.3=a*)":        "",
		"(userid=*n*)":        "",
		"(&(uid=ann)(createTimestamp>=20000101000000Z))": "",
		"(&(uid=ann)(entryUUID>=0))":                     "filter: ", // not this syntax, but an order there is
		`(|(uid=ann)(cn=\28x\29*))`:                      "",
		"(|(uid=ann)(uid:caseExactMatch:=b))":            "",
	} {
		c := s.config()
		c.Filter = filter
		got, err := read(t, c)
		switch {
		case filter == "(&(uid=ann)(entryUUID>=0))":
			if err == nil || strings.Contains(err.Error(), "no order") {
				t.Errorf("%s: got %v, want nobody found", filter, err)
			}
		case want == "" && (err != nil || len(got.Identities) == 0):
			t.Errorf("%s: got %v", filter, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(got.Identities) > 0):
			t.Errorf("%s: got %v, want %q", filter, err, want)
		}
	}
}

// TestMappingIsRefusedByTheSchema: an attribute with a slip would be empty for
// everybody. What the preset reads may be unknown.
func TestMappingIsRefusedByTheSchema(t *testing.T) {
	s := newSlapd(t, person("ann"))
	p := PresetOf(LDAP) // OpenLDAP has no nsAccountLock
	good := sources.Spec{Source: "ldap", Anchor: "entryUUID", Disabled: p.Disabled, Expired: p.Expired, Fields: map[sync.Field]sources.FieldSpec{
		sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"}, sync.Position: {From: `attr("title;lang-de")`},
	}}
	tests := map[string]struct {
		change func(*sources.Spec)
		want   []string
	}{
		"nothing":   {func(*sources.Spec) {}, nil},
		"mapping":   {func(s *sources.Spec) { s.Fields[sync.Email] = sources.FieldSpec{From: "first(mali)"} }, []string{"mapping.email: the directory does not know the attribute mali: did you mean mail?"}},
		"include":   {func(s *sources.Spec) { s.Include = `employeType == "staff"` }, []string{"include: the directory does not know the attribute employeType: did you mean employeeType?"}},
		"join":      {func(s *sources.Spec) { s.Join = `employeNumber` }, []string{"join: the directory does not know the attribute employeNumber: did you mean employeeNumber?"}},
		"anchor":    {func(s *sources.Spec) { s.Anchor = "objectGUID" }, []string{"anchor.attribute: the directory does not know the attribute objectGUID"}},
		"status":    {func(s *sources.Spec) { s.Disabled = "flag(nsAccountLock)" }, []string{"status.disabled: the directory does not know the attribute nsAccountLock"}},
		"stamp":     {func(s *sources.Spec) { s.Stamp = []string{"userPasword"} }, []string{"sessions.revoke_on[0]: the directory does not know the attribute userPasword: did you mean userPassword?"}},
		"two":       {func(s *sources.Spec) { s.Join, s.Include = "aaaaaaaaa", "bbbbbbbbb == ''" }, []string{"join: ", "include: "}},
		"an option": {func(s *sources.Spec) { s.Fields[sync.Position] = sources.FieldSpec{From: `attr("titel;lang-de")`} }, []string{"does not know the attribute titel;lang-de: did you mean title?"}},
	}
	for name, tt := range tests {
		spec := good
		spec.Fields = map[sync.Field]sources.FieldSpec{}
		for f, from := range good.Fields {
			spec.Fields[f] = from
		}
		tt.change(&spec)
		m, faults := sources.Compile(spec)
		if len(faults) > 0 {
			t.Fatal(name, faults)
		}
		c := s.config()
		for _, path := range []string{"status.disabled", "status.expired"} {
			if name != "status" || path != "status.disabled" {
				c.Preset = append(c.Preset, path)
			}
		}
		source, err := New(c, m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := source.Read(t.Context())
		if (err == nil) != (tt.want == nil) || err == nil && len(got.Identities) != 1 {
			t.Errorf("%s: got %v", name, err)
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
	}
}

// TestSchemas: definitions as servers write them.
func TestSchemas(t *testing.T) {
	s := newSchema([]string{
		`( 1.2.3 NAME ( 'one' 'uno' ) DESC 'no ORDERING rule SUP two' SUBSTR a SYNTAX 9 )`,
		`(4.5.6 NAME 'two' DESC 'x' SUP one ORDERING b)`,
		`( three-oid NAME 'three' SUP three )`,
	})
	order := func(a *attributeType) bool { return a.ordering }
	inside := func(a *attributeType) bool { return a.substring }
	got := []bool{s.has("one", order), s.has("UNO", inside), s.has("two", order), s.has("two", inside), s.has("1.2.3", inside), s.has("three", order), s.has("four", order)}
	if want := []bool{false, true, true, true, true, false, false}; !slices.Equal(got, want) || !s.tells {
		t.Errorf("got %v, want %v", got, want)
	}
	ad := newSchema([]string{`( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )`})
	if err := ad.checkFilter("(&(userPrincipalName>=a)(userPrincipalName=*x))"); err != nil {
		t.Errorf("got %v, want none: Active Directory does not tell its rules", err)
	}
}
