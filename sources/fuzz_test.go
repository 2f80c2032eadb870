package sources

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// FuzzMap maps any record: one of three things must come of it, and what is an
// identity must be one that can be written.
func FuzzMap(f *testing.F) {
	f.Add("1", "staff", "anna", "a@example.org", "Anna", "left", "2026-11-23", "saml")
	f.Add("", "robot", "Щ\xff", "@", "\x00", "", "soon", "x")
	m := compiled(f, staffSpec())
	f.Fuzz(func(t *testing.T, id, kind, login, mail, name, state, until, sso string) {
		r := Record{"id": id, "kind": kind, "login": login, "mail": mail, "name": name, "state": state, "until": until, "sso": sso, "upn": login, "nick": []string{name, mail}}
		got := m.Map(r, sync.Origin{Source: "f"}, now())
		if got.Reject != nil && got.Excluded {
			t.Fatalf("got both: %+v", got)
		}
		if got.Reject != nil || got.Excluded {
			if got.Identity != (sync.Identity{}) {
				t.Errorf("got an identity beside: %+v", got)
			}
			return
		}
		i := got.Identity
		if i.Key == "hr:" || i.Status == sync.StatusNone {
			t.Errorf("got no key or no status: %+v", i)
		}
		if i.Status == sync.Enabled && (!isAddress(i.Profile[sync.Email]) || i.Profile[sync.Username] == "") {
			t.Errorf("got %+v, which cannot be written", i)
		}
		for _, field := range sync.Fields() {
			v := i.Profile[field]
			if s, err := finish(v); err != nil || s != v {
				t.Errorf("%v: got %q, which is not clean: %v", field, v, err)
			}
		}
		if again := m.Map(r, sync.Origin{Source: "f"}, now()); again.Identity != i {
			t.Errorf("got %+v and then %+v", i, again.Identity)
		}
	})
}

// FuzzCompile compiles any expression, and runs it when there is no fault.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"slug(translit(lower(login)))", "split(a,'@')[0]", "matches(a, 'x') ? 'a' : b", "first(a, attr('x-y'))", "'a' in b ? c : d", "a | left(1..2)", "not not matches(", "date(a) == date(b) ? a : b"} {
		f.Add(s, "value")
	}
	f.Fuzz(func(t *testing.T, src, value string) {
		m, faults := Compile(textSpec(src))
		if (m == nil) != (len(faults) > 0) {
			t.Fatalf("got mapping %v and faults %v", m, faults)
		}
		for _, fault := range faults {
			if fault.Message == "" || fault.Offset > len(src) {
				t.Errorf("got fault %+v", fault)
			}
		}
		if m == nil {
			return
		}
		r := Record{}
		for _, a := range m.Attributes() {
			r[a] = value
		}
		r["id"] = "1"
		got := m.Map(r, sync.Origin{}, now())
		if diff := cmp.Diff(m.Trace(r, sync.Origin{}, now()).Mapped, got); diff != "" {
			t.Errorf("traced, it is another one (-got +want):\n%s", diff)
		}
		if got.Excluded || got.Reject != nil && len(value) > 8 && slices.Contains(strings.Fields(got.Reject.Detail), value) {
			t.Errorf("got %+v", got)
		}
	})
}

func BenchmarkMap(b *testing.B) {
	m := compiled(b, staffSpec())
	r := anna(Record{"login": "Änne.Müller", "sso": "saml", "upn": "anne", "pwd": "20260101", "job": "Cook"})
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Map(r, sync.Origin{}, now()); got.Reject != nil {
			b.Fatal(got.Reject)
		}
	}
}
