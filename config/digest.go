package config

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/sync"
)

// Digest returns the SHA-256, in hexadecimal, of the file's text and of the
// assignments that win over it. Two daemons with the same digest do the same,
// as far as the configuration says; secrets are outside it.
func (c *Config) Digest() string { return c.digest }

// digestOf puts the length before each part, so that nothing can move from one
// into the next unseen.
func digestOf(text []byte, assignments []string) string {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b)))) // never fails
		h.Write(b)
	}
	part(text)
	for _, a := range assignments {
		part([]byte(a))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Deciding returns the SHA-256, in hexadecimal, of what decides who is in, who
// is who and what may be done to them: sources, filters, mapping, anchors,
// policy, what happens to leavers, who is protected; and of how this version of
// syncd plans. Limits, addresses of the server, secrets, schedule and comments
// are not in it.
func (c *Config) Deciding() string {
	type source struct {
		Name, Type string
		CSV        CSV
		LDAP       LDAP
		Spec       sources.Spec
	}
	all := struct {
		PlanVersion int
		Mode        sync.Mode
		Leavers     Leavers
		Erase       Erase    `json:",omitzero"`
		Allow       []string `json:",omitempty"`
		Protect     []string
		KeepAdmins  int
		Roles       sync.RoleMode `json:",omitzero"` // as it was before there were any
		Sources     []source
		Detours     sync.Detours `json:",omitzero"`
		Share       float64      `json:",omitempty"`
		Pilot       []string     `json:",omitempty"`
	}{
		PlanVersion: sync.PlanVersion, Mode: c.Mode, Leavers: c.Leavers, Erase: c.Erase, Allow: c.Allow, KeepAdmins: c.KeepAdmins, Roles: c.Roles,
		Detours: c.Mattermost.Detours, Share: c.Stage.Share, Pilot: c.Stage.Pilot,
	}
	for _, p := range c.Protect {
		all.Protect = append(all.Protect, p.String())
	}
	for _, s := range c.Sources {
		all.Sources = append(all.Sources, source{s.Name, s.Type, s.CSV, s.LDAP.deciding(), s.Spec})
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic("config: plain values have a JSON form: " + err.Error()) // cannot happen
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// deciding returns what of a directory decides who is read: not how it is
// reached.
func (l LDAP) deciding() LDAP {
	l.Password, l.Kerberos = Secret{}, ldapdir.Kerberos{Principal: l.Kerberos.Principal}
	l.CAFile, l.ServerName, l.MinTLS, l.ClientKey = "", "", "", ""
	l.StartTLS, l.AllowPlain, l.PageSize, l.Timeout = false, false, 0, 0
	return l
}
