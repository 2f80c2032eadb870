package sink

import (
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// run gives a pace n windows of steps that take so long.
func (p *pace) run(n int, took time.Duration) {
	for range n * paceWindow {
		p.note(sync.Patch, took)
	}
}

func TestPace(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		most int
		run  func(*pace)
		want int
	}{
		{"begins with one", 8, func(*pace) {}, 1},
		{"doubles while latency holds", 8, func(p *pace) { p.run(2, 40*ms) }, 4},
		{"never above the most", 6, func(p *pace) { p.run(20, 40*ms) }, 6},
		{"halves on trouble", 8, func(p *pace) { p.run(3, 40*ms); p.strained() }, 4},
		{"hears the trouble of one burst once", 8, func(p *pace) { p.run(3, 40*ms); p.strained(); p.strained(); p.strained() }, 4},
		{"hears the next burst", 8, func(p *pace) { p.run(3, 40*ms); p.strained(); p.run(1, 40*ms); p.strained() }, 2},
		{"never under one", 8, func(p *pace) { p.strained(); p.run(1, ms); p.strained() }, 1},
		{"halves on rising latency", 8, func(p *pace) { p.run(3, 40*ms); p.run(2, 225*ms) }, 4},
		{"one slow window may be chance", 8, func(p *pace) { p.run(3, 40*ms); p.run(1, 225*ms); p.run(1, 40*ms); p.run(1, 225*ms) }, 8},
		{"bears latency that pays", 8, func(p *pace) { p.run(3, 40*ms); p.run(2, 195*ms) }, 8},
		{"does not care for small latencies", 8, func(p *pace) { p.run(3, ms/10); p.run(2, 19*ms) }, 8},
		{"rests after a step back", 8, func(p *pace) { p.run(3, 40*ms); p.strained(); p.run(paceRest, 40*ms) }, 4},
		{"then adds one", 8, func(p *pace) { p.run(3, 40*ms); p.strained(); p.run(paceRest+1, 40*ms) }, 5},
		{"a slow kind does not count against a fast one", 8, func(p *pace) {
			p.run(1, 40*ms)
			for range paceWindow {
				p.note(sync.Create, 900*ms)
			}
		}, 4},
	}
	for _, tt := range tests {
		p := newPace(tt.most)
		tt.run(p)
		if p.limit != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, p.limit, tt.want)
		}
	}
}

func TestSecrets(t *testing.T) {
	a, b := newPassword(), newPassword()
	if a == b || len(a) < 30 || len(a) > 64 || strings.ToLower(a) == a || !strings.ContainsAny(a, "0123456789") || !strings.Contains(a, "!") {
		t.Errorf("got passwords of %d bytes, or ones too weak", len(a))
	}
	h := newHash()
	if h == newHash() || len(h) != 60 || !strings.HasPrefix(h, "$2a$10$") {
		t.Errorf("got a hash of %d bytes", len(h))
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string][2]bool{ // before 10.2, before 11.0
		"5.37.0": {true, true}, "9.11.3": {true, true}, "10.1.9": {true, true}, "10.2.0": {false, true},
		"10.11.0": {false, true}, "11.0.0": {false, false}, "11.6.0": {false, false}, "": {true, true},
	} {
		v := parseVersion(text)
		if got := [2]bool{v.before(10, 2), v.before(11, 0)}; got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestLockedByLicense(t *testing.T) {
	config := map[string]string{"EnableLdap": "true", "LdapFirstNameAttributeSet": "true", "EnableSaml": "true", "SamlPositionAttributeSet": "true"}
	got := locked(config, map[string]string{"LDAP": "true"})
	if want := sync.SetOf(sync.Username, sync.Email, sync.FirstName); got["ldap"] != want {
		t.Errorf("ldap: got %v, want %v", got["ldap"], want)
	}
	if want := sync.SetOf(sync.Username); got["saml"] != want {
		t.Errorf("saml: got %v, want %v", got["saml"], want)
	}
}
