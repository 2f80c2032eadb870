package config

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestRoles: both forms of the rule, the mode, and what is wrong with either.
func TestRoles(t *testing.T) {
	with := func(mapping, top string) string {
		return strings.Replace(strings.Replace(minimal, "username: login", "username: login, "+mapping, 1), "version: 1", "version: 1\n"+top, 1)
	}
	for _, tt := range []struct {
		mapping, top string
		rule         string
		mode         sync.RoleMode
	}{
		{"role: may", "", "may", sync.RolesAdditive},
		{"role: { from: may }", "roles: {}", "may", sync.RolesAdditive},
		{"role: may", "roles: { mode: authoritative }", "may", sync.RolesAuthoritative},
		{"first_name: x", "", "", sync.RolesAdditive},
	} {
		c, err := Parse("syncd.yaml", []byte(with(tt.mapping, tt.top)), nil)
		if err != nil {
			t.Fatalf("%s %s: %+v", tt.mapping, tt.top, err)
		}
		if c.Sources[0].Spec.Role != tt.rule || c.Roles != tt.mode || c.Policy().Roles != tt.mode {
			t.Errorf("%s %s: got %q, %v", tt.mapping, tt.top, c.Sources[0].Spec.Role, c.Roles)
		}
	}
	for _, tt := range [][3]string{
		{"role: ''", "", "sources[0].mapping.role: the expression is empty"},
		{"role: { on_empty: hold }", "", "sources[0].mapping.role.on_empty"},
		{"role: {}", "", "sources[0].mapping.role.from"},
		{"role: len(login)", "", "sources[0].mapping.role"},
		{"role: may", "roles: { mode: both }", "roles.mode"},
		{"role: may", "roles: additive", "roles"},
	} {
		_, err := Parse("syncd.yaml", []byte(with(tt[0], tt[1])), nil)
		if err == nil || !strings.Contains(err.Error(), tt[2]) {
			t.Errorf("%s %s: got %v, want %q", tt[0], tt[1], err, tt[2])
		}
	}
}
