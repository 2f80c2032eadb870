package config

import (
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/sync"
)

// read reads where a directory is and who is in it.
func (l *LDAP) read(o *object, kind string) {
	p := ldapdir.PresetOf(kind)
	l.Scope, l.PageSize, l.Timeout = "sub", 1000, 30*time.Second
	l.Filter, l.Encoding, l.IgnoreReferrals = p.Filter, string(p.Encoding), p.Ignored
	l.readServers(o)
	o.object("bind", "directories: who reads; without it the client certificate, or nobody", l.readBind)
	var base string
	o.text("base", &base, "directories: below which everybody is; without it the directory's own")
	o.texts("bases", &l.Bases, "several of them, instead of base")
	if base != "" && len(l.Bases) > 0 {
		o.fault("bases", "base is here too", "keep one of the two")
	} else if base != "" {
		l.Bases = []string{base}
	}
	o.texts("group_bases", &l.GroupBases, "directories: below which the groups are that memberOf names; without it the whole directory")
	l.readNested(o, kind)
	o.choice("scope", &l.Scope, []string{"sub", "one"}, "directories: everybody below the base, or one level")
	o.texts("ignore_referrals", &l.IgnoreReferrals, "directories: places on other servers where nobody is, such as DC=ForestDnsZones; any other one makes the read an error")
	o.whole("page_size", &l.PageSize, span{100, 5000}, "directories: entries asked for at a time")
	o.duration("timeout", &l.Timeout, [2]time.Duration{time.Second, 10 * time.Minute}, "directories: how long connecting and binding may take")
}

// readBind reads a name and a password, or a key table.
func (l *LDAP) readBind(o *object) {
	table := o.values["keytab"]
	if table == nil || table.Value == "" {
		o.require("dn", "password")
	}
	o.text("dn", &l.BindDN, "name of the account: a DN, or name@domain for Active Directory")
	o.secret("password", &l.Password, "its password: cred:NAME (systemd credential), file:PATH or env:NAME")
	k := &l.Kerberos
	k.Krb5Conf = "/etc/krb5.conf"
	o.file("keytab", &k.Keytab, "instead of both, a file with the keys of a Kerberos principal; needs a program built with -tags gssapi")
	o.text("principal", &k.Principal, "the principal: NAME@REALM")
	o.file("krb5_conf", &k.Krb5Conf, "file that says where the realm is; it may not include others")
	o.text("spn", &k.SPN, "the server's name in Kerberos; without it ldap/HOST")
	l.checkKerberos(o)
}

func (l *LDAP) checkKerberos(o *object) {
	k := l.Kerberos
	switch {
	case k.Keytab == "" && k.Principal != "":
		o.fault("principal", "there is no keytab beside it", "")
	case k.Keytab == "" && k.SPN != "":
		o.fault("spn", "there is no keytab beside it", "")
	case k.Keytab == "":
	case !ldapdir.KerberosBuilt:
		o.fault("keytab", "this program was built without Kerberos", "build it with go build -tags gssapi ./cmd/syncd")
	case o.has("dn") || o.has("password"):
		o.fault("keytab", "dn or password are here too", "keep one of the two")
	case !k.HasPrincipal():
		o.fault("principal", "a keytab needs its principal", "write NAME@REALM")
	}
}

// file reads the name of a file, relative to that of the configuration.
func (o *object) file(key string, into *string, meaning string) {
	if o.text(key, into, meaning) && *into != "" {
		*into = under(o.d.dir, *into)
	}
}

func (l *LDAP) readNested(o *object, kind string) {
	l.NestedGroups = "walk"
	o.choice("nested_groups", &l.NestedGroups, []string{"walk", "chain"}, "directories: who follows groups in groups, for memberOf: syncd, which reads all groups, or Active Directory, which is asked for each group that is named")
	if l.NestedGroups == "chain" && kind != ldapdir.ActiveDirectory {
		o.fault("nested_groups", "only Active Directory can follow a chain of groups", "leave the key out: syncd follows them itself")
	}
}

func (l *LDAP) readServers(o *object) {
	o.texts("urls", &l.URLs, "directories: ldaps://HOST or ldap://HOST; the next one is asked when one fails")
	o.text("srv", &l.SRV, "or the domain whose SRV records name the servers")
	o.flag("start_tls", &l.StartTLS, "encrypt on ldap:// addresses, or fail")
	o.flag("allow_plain", &l.AllowPlain, "send the password without encryption to a host that is not this machine")
	o.file("ca_file", &l.CAFile, "directories: PEM file of authorities to trust besides the machine's")
	o.file("client_cert", &l.ClientCert, "directories: PEM file of a certificate to sign in with (EXTERNAL), instead of bind")
	o.file("client_key", &l.ClientKey, "its key")
	o.text("server_name", &l.ServerName, "directories: name in the server's certificate, if it is not the host's")
	l.MinTLS = "1.2"
	o.choice("min_tls", &l.MinTLS, []string{"1.2", "1.3"}, "directories: the oldest TLS that is spoken")
	if o.values != nil && (len(l.URLs) == 0) == (l.SRV == "") {
		o.fault("urls", "name the servers by urls or by srv, one of them", "such as urls: [ldaps://dc1.example.org]")
	}
}

// preset fills in what the kind of directory says and the file does not.
func (s *Source) preset() {
	p := ldapdir.PresetOf(s.Type)
	for _, own := range []struct {
		into       *string
		text, path string
	}{{&s.Spec.Anchor, p.Anchor, ""}, {&s.Spec.Disabled, p.Disabled, "status.disabled"}, {&s.Spec.Expired, p.Expired, "status.expired"}} {
		if strings.TrimSpace(*own.into) == "" {
			*own.into = own.text
			s.LDAP.Preset = append(s.LDAP.Preset, own.path)
		}
	}
	if s.Spec.Fields == nil {
		s.Spec.Fields = make(map[sync.Field]sources.FieldSpec)
	}
	for f, from := range p.Fields {
		if _, given := s.Spec.Fields[f]; !given {
			s.Spec.Fields[f] = sources.FieldSpec{From: from}
			s.LDAP.Preset = append(s.LDAP.Preset, "mapping."+f.String()+".from")
		}
	}
	slices.Sort(s.LDAP.Preset)
}
