package ldapdir

import "github.com/directory-sync/syncd/sync"

// A Preset is what most directories of a kind need, so that a configuration
// says only where they are.
type Preset struct {
	Filter   string
	Anchor   string
	Encoding Encoding
	Disabled string // expressions, as in sources.Spec
	Expired  string
	Fields   map[sync.Field]string
	Ignored  []string // where referrals at the root of the directory point, and where nobody is
}

// PresetOf returns the preset of a kind. Disabled people stay in the filter:
// their record is evidence, and a missing one is not. Somebody whom wrong
// passwords have locked out for a while is not disabled.
func PresetOf(kind string) Preset {
	p := Preset{
		Filter: "(objectClass=inetOrgPerson)", Anchor: "entryUUID", Encoding: Text,
		Disabled: `flag(nsAccountLock) or flag(loginDisabled) or adminLocked(pwdAccountLockedTime)`,
		Expired:  `past(days(shadowExpire))`,
		Fields: map[sync.Field]string{
			sync.Username: `lower(first(uid))`, sync.Email: `first(mail)`, sync.FirstName: `first(givenName)`,
			sync.LastName: `first(sn)`, sync.Position: `first(title)`,
		},
	}
	switch kind {
	case ActiveDirectory:
		p.Filter, p.Anchor, p.Encoding = "(&(objectCategory=person)(objectClass=user))", "objectGUID", GUIDMixed
		p.Disabled, p.Expired = `bit(userAccountControl, 2)`, `past(filetime(accountExpires))`
		p.Fields[sync.Username] = `lower(sAMAccountName)`
		p.Fields[sync.Email] = `first(mail, smtp(proxyAddresses))`
		p.Ignored = []string{"DC=ForestDnsZones", "DC=DomainDnsZones", "CN=Configuration"}
	case FreeIPA:
		p.Filter, p.Anchor = "(objectClass=posixAccount)", "ipaUniqueID"
		p.Disabled, p.Expired = `flag(nsAccountLock)`, `past(date(krbPrincipalExpiration))`
	}
	return p
}

// Kinds returns the kinds of directory that have a preset.
func Kinds() []string { return []string{ActiveDirectory, FreeIPA, LDAP} }
