package sources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

// TestRole: one of three words, or nothing; anything else makes a reject, but
// of somebody who left.
func TestRole(t *testing.T) {
	spec := staffSpec()
	spec.Role = "job == 'Chef' ? 'admin' : may"
	m := compiled(t, spec)
	for _, tt := range []struct {
		record Record
		want   sync.Role
		reject string
	}{
		{Record{"may": "guest"}, sync.Guest, ""},
		{Record{"may": " member "}, sync.Member, ""},
		{Record{"may": "guest", "job": "Chef"}, sync.Admin, ""},
		{Record{"may": ""}, sync.RoleNone, ""},
		{Record{"may": "owner"}, sync.RoleNone, "mapping.role.from: the value is no role: want guest, member or admin, or nothing (attributes job, may)"},
		{Record{"may": "Admin"}, sync.RoleNone, "mapping.role.from: the value is no role: want guest, member or admin, or nothing (attributes job, may)"},
		{Record{"may": "\xff"}, sync.RoleNone, `mapping.role.from: attribute may is not valid UTF-8 at byte 1: "\xff"`},
		{Record{"may": "owner", "mail": "x"}, sync.RoleNone, "mapping.email.from: e-mail is not an address (attribute mail); mapping.role.from: " + errRole.Error() + " (attributes job, may)"},
		{Record{"may": "owner", "state": "left"}, sync.RoleNone, ""},
	} {
		got := m.Map(anna(tt.record), sync.Origin{}, now())
		switch {
		case tt.reject != "" && (got.Reject == nil || got.Reject.Detail != tt.reject || got.Reject.Reason != sync.RejectValue):
			t.Errorf("%v: got %+v, want a reject: %s", tt.record, got.Reject, tt.reject)
		case tt.reject == "" && (got.Reject != nil || got.Identity.Role != tt.want):
			t.Errorf("%v: got %v and %+v, want %v", tt.record, got.Identity.Role, got.Reject, tt.want)
		}
	}
	if diff := cmp.Diff(m.Uses("may"), []string{"mapping.role.from"}); diff != "" {
		t.Errorf("uses (-got +want):\n%s", diff)
	}
	if diffs := m.Check(anna(Record{"may": "guest"}), map[string]string{"role": "member"}, now()); len(diffs) != 1 || diffs[0].Got != "guest" {
		t.Errorf("got %+v, want one difference", diffs)
	}
	trace := m.Trace(anna(Record{"may": "guest"}), sync.Origin{}, now())
	if last := trace.Steps[len(trace.Steps)-1]; last.Path != "mapping.role.from" || last.Result != "guest" {
		t.Errorf("got %+v", last)
	}
	spec.Role = "len(job)"
	if _, faults := Compile(spec); len(faults) != 1 || !strings.HasPrefix(faults[0].String(), "mapping.role.from") {
		t.Errorf("got %v, want a fault: a number is no role", faults)
	}
}
