package sources

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// TestLook: nobody is left out, and whoever has a status is not unknown.
func TestLook(t *testing.T) {
	bare := func(status sync.Status) Mapped {
		return annaIs(func(id *sync.Identity) { gone(status)(id); id.Stamp = "" })
	}
	tests := []struct {
		name   string
		record Record
		want   Mapped
		in     bool
	}{
		{"in order", nil, annaIs(nil), true},
		{"excluded", Record{"kind": "robot"}, annaIs(nil), false},
		{"excluded and disabled", Record{"kind": "robot", "state": "left"}, annaIs(func(id *sync.Identity) { id.Status = sync.Disabled }), false},
		{"excluded and expired, without an e-mail", Record{"kind": "robot", "until": "2026-11-23", "mail": ""}, bare(sync.Expired), false},
		{"enabled without an e-mail", Record{"mail": ""}, bare(sync.Enabled), true},
		{"excluded and enabled, with a damaged name", Record{"kind": "robot", "name": "\xff"}, bare(sync.Enabled), false},
		{"disabled without an e-mail", Record{"state": "left", "mail": ""}, bare(sync.Disabled), true},
		{"enabled with a wrong sign-in", Record{"sso": "SAML"}, bare(sync.Enabled), true},
		{"filter that fails lets nobody in", Record{"flags": "many"}, annaIs(nil), false},
		{"filter that fails, disabled", Record{"flags": "many", "state": "left"}, annaIs(func(id *sync.Identity) { id.Status = sync.Disabled }), false},

		{"status that cannot be told", Record{"until": "soon"}, valueReject("status.expired: " + errNoDate.Error() + " (attribute until)"), false},
		{"excluded, with a status that cannot be told", Record{"kind": "robot", "until": "soon"}, valueReject("status.expired: " + errNoDate.Error() + " (attribute until)"), false},
		{"no anchor", Record{"id": ""}, anchorReject("is empty"), false},
		{"excluded without an anchor", Record{"id": "", "kind": "robot"}, anchorReject("is empty"), false},
	}
	m := compiled(t, staffSpec())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, in := m.Look(anna(test.record), sync.Origin{Source: "f", Place: "line 2"}, now())
			if diff := cmp.Diff(got, test.want, withoutHints()); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
			if in != test.in {
				t.Errorf("got in %t, want %t", in, test.in)
			}
		})
	}
}

// TestLookWithBrokenJoin: who somebody is in other sources has no part in
// whether they are there.
func TestLookWithBrokenJoin(t *testing.T) {
	spec := staffSpec()
	spec.Join = "number"
	got, in := compiled(t, spec).Look(anna(Record{"number": []string{"1", "2"}}), sync.Origin{Source: "f", Place: "line 2"}, now())
	if diff := cmp.Diff(got, annaIs(gone(sync.Enabled))); diff != "" || !in {
		t.Errorf("in %t, got -, want +\n%s", in, diff)
	}
}

func TestLookout(t *testing.T) {
	someone := func(key sync.Key) Mapped { return Mapped{Identity: sync.Identity{Key: key, Status: sync.Enabled}} }
	reject := func(key sync.Key) Mapped { return Mapped{Reject: &sync.Reject{Key: key, Detail: "is broken"}} }
	tests := map[string]struct {
		see  []Mapped
		want string
	}{
		"nobody":                       {nil, "absent"},
		"somebody else":                {[]Mapped{someone("hr:2"), reject("hr:3")}, "absent"},
		"there":                        {[]Mapped{someone("hr:1")}, "found a"},
		"broken":                       {[]Mapped{reject("hr:1")}, "a: is broken"},
		"a record without a key":       {[]Mapped{reject("")}, "a record may be theirs: a: is broken"},
		"two records without a key":    {[]Mapped{reject(""), reject("")}, "a record may be theirs: a: is broken"},
		"there, and one without a key": {[]Mapped{reject(""), someone("hr:1")}, "found b"},
		"two records":                  {[]Mapped{someone("hr:1"), someone("hr:1")}, "two records have this key: a and b"},
		"three records":                {[]Mapped{someone("hr:1"), someone("hr:1"), someone("hr:1")}, "two records have this key: a and c"},
		"a good one and a broken one":  {[]Mapped{someone("hr:1"), reject("hr:1")}, "two records have this key: a and b"},
		"a broken one and a good one":  {[]Mapped{reject("hr:1"), someone("hr:1")}, "two records have this key: a and b"},
		"two records and one without":  {[]Mapped{someone("hr:1"), someone("hr:1"), reject("")}, "two records have this key: a and b"},
		"broken, and one without":      {[]Mapped{reject("hr:1"), reject("")}, "a: is broken"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := NewLookout("hr", []sync.Key{"hr:1"})
			for i, m := range test.see {
				l.See(m, true, string(rune('a'+i)))
			}
			got := l.Sightings()
			if len(got) != 1 || got[0].Key != "hr:1" || sighted(got[0]) != test.want {
				t.Errorf("got %+v, want %s", got, test.want)
			}
		})
	}
}

// sighted says in a word what a sighting says.
func sighted(s sync.Sighting) string {
	switch {
	case s.Err != nil:
		return s.Err.Error()
	case s.Found:
		return "found " + s.Place
	}
	return "absent"
}

// TestLookoutAnswersForItsSource: one answer for each key, and none about
// people of other sources.
func TestLookoutAnswersForItsSource(t *testing.T) {
	l := NewLookout("hr", []sync.Key{"hr:2", "ad:1", "hr:1", "hr:2"})
	l.See(Mapped{Identity: sync.Identity{Key: "hr:2"}}, false, "a")
	var got []string
	for _, s := range l.Sightings() {
		got = append(got, string(s.Key)+" "+sighted(s))
	}
	want := []string{"hr:2 found a", "ad:1 the key is not one of the source hr", "hr:1 absent", "hr:2 found a"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	if l.Wants("hr:3") || !l.Wants("hr:1") {
		t.Error("it wants others than those it was asked for")
	}
}
