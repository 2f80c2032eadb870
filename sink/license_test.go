package sink_test

import (
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// TestSeatsOfALicense: what the server enforces counts before what the license
// says, and an unlicensed server has the limit of its version.
func TestSeatsOfALicense(t *testing.T) {
	tests := []struct {
		name     string
		config   mmsim.Config
		limit    int
		licensed bool
	}{
		{"5.37", mmsim.Config{Version: "5.37.0"}, 0, false},
		{"5.37, licensed: no server so old enforces it", mmsim.Config{Version: "5.37.0", Licensed: true, LicenseSeats: 7}, 7, true},
		{"11.6", mmsim.Config{Version: "11.6.0"}, 250, false},
		{"11.6, licensed", mmsim.Config{Version: "11.6.0", Licensed: true, LicenseSeats: 7}, 7, true},
		{"11.6, licensed and enforced, with extra users", mmsim.Config{Version: "11.6.0", Licensed: true, SeatLimit: 9, LicenseSeats: 7}, 9, false},
		{"11.6, licensed for any number", mmsim.Config{Version: "11.6.0", Licensed: true}, 0, false},
	}
	for _, tt := range tests {
		_, p := simulate(t, tt.config)
		f, err := p.sink(t).Facts(t.Context())
		if err != nil || f.SeatLimit != tt.limit || f.SeatsLicensed != tt.licensed || f.ActiveUsers != 1 {
			t.Errorf("%s: got %d of %d seats, licensed %v, %v; want 1 of %d, %v", tt.name, f.ActiveUsers, f.SeatLimit, f.SeatsLicensed, err, tt.limit, tt.licensed)
		}
	}
}

// TestLockedFields: what a server does not change for whom, by version and
// license: the plan notes it, and asks for it in vain at no run. A field that is
// not locked is changed, and one that is is refused.
func TestLockedFields(t *testing.T) {
	mapped := map[string]string{"EnableLdap": "true", "LdapFirstNameAttributeSet": "true", "LdapPositionAttributeSet": "true",
		"EnableSaml": "true", "SamlNicknameAttributeSet": "true", "SamlLastNameAttributeSet": "false"}
	oauth := sync.SetOf(sync.Username, sync.Email, sync.FirstName, sync.LastName)
	ldap, saml := sync.SetOf(sync.Username, sync.Email), sync.SetOf(sync.Username)
	tests := []struct {
		name       string
		config     mmsim.Config
		ldap, saml sync.FieldSet
	}{
		{"free", mmsim.Config{}, ldap, saml},
		{"free, with settings of a license that ended", mmsim.Config{Settings: mapped}, ldap, saml},
		{"licensed", mmsim.Config{Licensed: true}, ldap, saml},
		{"licensed and mapped", mmsim.Config{Licensed: true, Settings: mapped}, ldap | sync.SetOf(sync.FirstName, sync.Position), saml | sync.SetOf(sync.Nickname)},
	}
	for _, tt := range tests {
		for _, version := range []string{"5.37.0", "11.6.0"} {
			t.Run(tt.name+" "+version, func(t *testing.T) {
				tt.config.Version, tt.config.SeatLimit = version, -1
				_, p := simulate(t, tt.config)
				s := p.sink(t)
				facts, err := s.Facts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]sync.FieldSet{"ldap": tt.ldap, "saml": tt.saml, "gitlab": oauth, "google": oauth, "office365": oauth, "openid": oauth, "email": 0}
				for service, locked := range want {
					if got := facts.Locked[service]; got != locked {
						t.Errorf("%s: got %v, want %v", service, got, locked)
					}
					who := p.person(service)
					if service != sync.AuthEmail {
						who.Auth = sync.Auth{Service: service, Data: service}
					}
					u := p.mustApply(t, s, create(who))[0]
					for _, f := range sync.Fields() {
						to := u.Profile
						to[f] = map[sync.Field]string{sync.Username: to[f] + "2", sync.Email: "2" + to[f], sync.Locale: "de"}[f]
						r := p.apply(t, s, patch(u, to))[0]
						if got := r.Outcome == sync.Held; got != locked.Has(f) {
							t.Errorf("%s of %s: got %v %v, want locked %v", f, service, r.Outcome, r.Err, locked.Has(f))
						}
						u = r.User
					}
				}
			})
		}
	}
}
