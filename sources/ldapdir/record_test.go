package ldapdir

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

var _ sources.Recorder = (*Source)(nil)

// recorded returns "place: what stands in the way" of each record found.
func recorded(t *testing.T, c Config, who string) ([]string, []sources.Found) {
	t.Helper()
	s, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Record(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		why, _, _ := strings.Cut(f.Out, ":")
		got = append(got, f.Origin.Place+": "+why)
	}
	return got, all
}

func TestRecordOfDirectory(t *testing.T) {
	s := newSlapd(t, person("ann", "title: Chef", "userPassword: hush", "telephoneNumber: 1", "telephoneNumber: 2")+person("bob", "employeeType: left")+
		"dn: uid=cy,ou=other,"+suffix+"\nobjectClass: inetOrgPerson\nuid: cy\ncn: cy\nsn: cy\n\n"+
		"dn: uid=robot,ou=people,"+suffix+"\nobjectClass: account\nuid: robot\n\n"+
		person("ed", "mail: ann@example.org"))
	snapshot, err := read(t, s.config())
	if err != nil {
		t.Fatal(err)
	}
	var ann sync.Identity
	for _, id := range snapshot.Identities {
		if id.Profile[sync.Username] == "ann" {
			ann = id
		}
	}
	const people, base, filter = ",ou=people," + suffix + ": ", "it is not in the base", "the filter does not let it in"
	_, anchor, _ := strings.Cut(string(ann.Key), ":")
	tests := map[string][]string{
		string(ann.Key):                   {"uid=ann" + people},
		anchor:                            {"uid=ann" + people},
		"UID=Ann, ou=People," + suffix:    {"uid=ann" + people},
		"ann":                             {"uid=ann" + people},
		"ann@example.org":                 {"uid=ann" + people, "uid=ed" + people},
		"cy":                              {"uid=cy,ou=other," + suffix + ": " + base},
		"uid=cy,ou=other," + suffix:       {"uid=cy,ou=other," + suffix + ": " + base},
		"robot":                           {"uid=robot" + people + filter},
		"uid=none,ou=people," + suffix:    nil,
		"a=b=c":                           nil,
		"nobody":                          nil,
		"*":                               nil,
		"ldap:" + strings.Repeat("0", 36): nil,
		"":                                nil,
	}
	for who, want := range tests {
		got, _ := recorded(t, s.config(), who)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", who, diff)
		}
	}
	if got, _ := recorded(t, withScope(s.config(), "one"), "ann"); !cmp.Equal(got, []string{"uid=ann" + people}) {
		t.Errorf("got %q, want it in one level", got)
	}
	onlyTop := withScope(s.config(), "one")
	onlyTop.Bases = []string{suffix}
	if got, _ := recorded(t, onlyTop, "ann"); !cmp.Equal(got, []string{"uid=ann" + people + base}) {
		t.Errorf("got %q, want it out of a scope of one level", got)
	}
	_, found := recorded(t, s.config(), "ann")
	if diff := cmp.Diff(found[0].Trace.Mapped.Identity, ann); diff != "" {
		t.Errorf("it is mapped as a read does (-got +want):\n%s", diff)
	}
	r := found[0].Record
	if r["title"] != "Chef" || !cmp.Equal(r["telephoneNumber"], []string{"1", "2"}) || r["entryUUID"] != anchor {
		t.Errorf("got %v, want all attributes, and the anchor as text", r)
	}
}

func withScope(c Config, scope string) Config {
	c.Scope = scope
	return c
}

// Groups count for one record as they do in a read.
func TestRecordKnowsGroups(t *testing.T) {
	s := newSlapd(t, person("ann")+groupLDIF("cn=chat,ou=other,"+suffix, "groupOfNames", "member: uid=ann,ou=people,"+suffix))
	source, err := New(s.config(), groupMapping(t, "chat", "chat"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := source.Record(t.Context(), "ann")
	if err != nil || len(found) != 1 || found[0].Trace.Mapped.Excluded {
		t.Fatalf("got %+v, %v, want her in", found, err)
	}
	if found[0].Record[sources.GroupAttribute("chat")] != "yes" {
		t.Errorf("got %v, want the group among what was read", found[0].Record)
	}
}

func TestRecordOfMany(t *testing.T) {
	s := newSlapd(t, crowd(sources.MaxFound+5)) // their mail is their own, their cn too
	c := s.config()
	c.Page = 3
	if got, _ := recorded(t, c, "user000003"); len(got) != 1 {
		t.Errorf("got %q, want one", got)
	}
	c.Password = password("wrong")
	source, err := New(c, mapping(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := source.Record(t.Context(), "user000003"); err == nil || got != nil {
		t.Errorf("got %v, %v, want an error: a failure is no absence", got, err)
	}
}

func TestOctets(t *testing.T) {
	raw := []byte("\xe2\x18\x21\x3b\x9c\xf3\xec\x40\xaf\x57\x61\x90\x38\x96\x60\xdf")
	for _, name := range Encodings()[1:] {
		text, err := Encoding(name).Encode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Encoding(name).Decode(text); err != nil || string(got) != string(raw) {
			t.Errorf("%s: got %x, %v, want %x", name, got, err, raw)
		}
		if got, err := Encoding(name).Decode("nö!"); err == nil {
			t.Errorf("%s: got %x of a text that is none", name, got)
		}
	}
	if got := escaped([]byte("a*\x00")); got != `\61\2a\00` {
		t.Errorf("got %s", got)
	}
}
