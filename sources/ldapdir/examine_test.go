package ldapdir

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// TestDoctorSaysWhatToDo: each mistake ends with its remedy, at the step that it
// belongs to.
func TestDoctorSaysWhatToDo(t *testing.T) {
	s := newSlapd(t, account("paged")+person("ann")+person("bob")+person("cy"))
	ad := PresetOf(ActiveDirectory)
	tests := map[string]struct {
		config func(*Config)
		spec   func(*sources.Spec)
		steps  string
		want   string
	}{
		"all well": {nil, nil, "resolve connect bind root DSE base filter paging anchor mapping read status people",
			"paging: 3 entries on the first page|anchor: entryUUID of 3 of 3 entries, as text, such as "},
		"small pages": {func(c *Config) { c.BindDN, c.Password = paged, password("paged") }, nil,
			"resolve connect bind root DSE base filter paging anchor mapping read status people", "pages of 1000 are too large for this server, set page_size: 125"},
		"more pages": {func(c *Config) { c.Page = 2 }, nil,
			"resolve connect bind root DSE base filter paging anchor mapping read status people", "paging: 2 entries on the first page, more follow"},
		"wrong preset": {func(c *Config) { c.Filter = ad.Filter }, nil, "resolve connect bind root DSE base filter",
			"filter WRONG: filter: the directory does not know the attribute objectCategory, so the filter would find too few or too many; is type: right for this directory?"},
		"wrong anchor": {nil, func(s *sources.Spec) { s.Anchor = "objectGUID" }, "resolve connect bind root DSE base filter paging anchor",
			"anchor WRONG: none of the 3 entries has the attribute objectGUID, but all have entryUUID: set anchor: { attribute: entryUUID, encoding: text }; is type: right"},
		"no anchor at all": {func(c *Config) { c.Filter = "(objectClass=organizationalUnit)" }, func(s *sources.Spec) { s.Anchor = "mail" }, "resolve connect bind root DSE base filter paging anchor",
			"but all have entryUUID"},
		"wrong encoding": {func(c *Config) { c.Anchor = GUIDMixed }, nil, "resolve connect bind root DSE base filter paging anchor",
			"anchor WRONG: attribute entryUUID: the anchor has 36 bytes, and guid-mixed-endian wants 16: set anchor.encoding to one of text"},
		"a slip in the mapping": {nil, func(s *sources.Spec) { s.Join = "employeNumber" }, "resolve connect bind root DSE base filter paging anchor mapping",
			"mapping WRONG: join: the directory does not know the attribute employeNumber: did you mean employeeNumber?"},
		"nobody": {func(c *Config) { c.Filter = "(uid=nobody)" }, nil, "resolve connect bind root DSE base filter paging", "paging WRONG: search ou=people,dc=example,dc=org: the search found nobody: check base and filter"},
		"a reject each": {nil, func(s *sources.Spec) { s.Fields[sync.Email] = sources.FieldSpec{From: "title"} }, "resolve connect bind root DSE base filter paging anchor mapping read status reject reject reject people",
			"people WRONG: every entry is a reject: change what the first one names (mapping.email"},
		"nobody let in": {nil, func(s *sources.Spec) { s.Include = "uid == 'x'" }, "resolve connect bind root DSE base filter paging anchor mapping read status people", "people WRONG: include leaves everybody out"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spec := sources.Spec{Source: "ldap", Anchor: "entryUUID", Fields: map[sync.Field]sources.FieldSpec{
				sync.Username: {From: "uid"}, sync.Email: {From: "first(mail)"},
			}}
			c := s.config()
			if tt.config != nil {
				tt.config(&c)
			}
			if tt.spec != nil {
				tt.spec(&spec)
			}
			m, faults := sources.Compile(spec)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			source, err := New(c, m)
			if err != nil {
				t.Fatal(err)
			}
			var steps, texts []string
			well := source.Diagnose(t.Context(), func(f Finding) {
				steps = append(steps, f.Step)
				if f.Err != nil {
					texts = append(texts, f.Step+" WRONG: "+f.Err.Error())
				} else {
					texts = append(texts, f.Step+": "+f.Text)
				}
			})
			all := strings.Join(texts, "\n")
			for want := range strings.SplitSeq(tt.want, "|") {
				if !strings.Contains(all, want) {
					t.Errorf("got\n%s\nwant %q", all, want)
				}
			}
			if got := strings.Join(steps, " "); got != tt.steps || well == slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, " WRONG: ") }) {
				t.Errorf("got the steps %q, well %t, want %q", got, well, tt.steps)
			}
		})
	}
}

func TestRenewal(t *testing.T) {
	for hours, want := range map[int]string{0: "within a day", 23: "within a day", 30: "only 1 day is left", 480: "only 20 days are left"} {
		if got := adviseRenewal(time.Duration(hours) * time.Hour); !strings.Contains(got, want) {
			t.Errorf("%d hours: got %q, want %q", hours, got, want)
		}
	}
	if got := adviseRenewal(soon); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}
