package config

import (
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/sync"
)

const typeCSV = "csv"

func (c *Config) readSource(o *object, s *Source) {
	o.require("name", "type")
	if o.text("name", &s.Name, "first part of every key; never change it: the links hang on it") && !matches(`[a-z0-9-]{1,32}`, s.Name) {
		o.fault("name", "the name is not usable, want up to 32 small letters, digits and dashes", "")
	}
	o.choice("type", &s.Type, append([]string{typeCSV}, ldapdir.Kinds()...), "kind of the source; all but csv are LDAP directories")
	s.Spec.Source = s.Name
	o.loose = o.has("type") && s.Type == ""
	switch {
	case o.loose:
		s.readSpec(o, c)
	case o.values == nil: // the reference has the keys of both
		s.CSV.read(o)
		s.LDAP.read(o, s.Type)
		s.readSpec(o, c)
	case s.Type == typeCSV:
		o.require("anchor", "mapping")
		s.CSV.read(o)
		s.readSpec(o, c)
	default:
		s.LDAP.read(o, s.Type)
		s.readSpec(o, c)
		s.preset()
	}
}

// readSpec reads how records become people.
func (s *Source) readSpec(o *object, c *Config) {
	csv := s.Type == typeCSV || o.values == nil
	o.object("anchor", "the person's immutable id", func(o *object) {
		if csv {
			o.require("attribute")
		}
		o.text("attribute", &s.Spec.Anchor, "attribute that holds it: an employee number, never a name or e-mail, because those change; directories have one of their own")
		if !csv || o.d.reference {
			o.choice("encoding", &s.LDAP.Encoding, ldapdir.Encodings(), "directories: how its bytes become text; never change it, the links hang on it")
		}
	})
	const meaning = "csv: an expression; records for which it is false are no people. Directories: an LDAP filter"
	if csv {
		o.expression("filter", &s.Spec.Include, meaning)
	} else {
		o.text("filter", &s.LDAP.Filter, meaning)
	}
	if !csv || o.d.reference {
		o.expression("include", &s.Spec.Include, "directories: entries for which it is false are no people, such as memberOf(\"CN=Chat,DC=example,DC=org\")")
	}
	o.object("status", "what the record says of the account; disabled people stay in the source, because evidence beats absence", func(o *object) {
		o.expression("disabled", &s.Spec.Disabled, "true for people whose account is switched off; directories have one of their own")
		o.expression("expired", &s.Spec.Expired, "true for people whose time is over; directories have one of their own")
	})
	s.readExpect(o)
	o.texts("sentinels", &s.Sentinels, "records that must come in every read, lest it is refused: their anchors; of directories also DNs, such as that of the account that reads")
	o.expression("join", &s.Spec.Join, "equal for the records of one person in several sources, such as an employee number; people without one stand alone")
	o.object("mapping", "expressions that make fields of attributes; a field that is not here is left alone. Directories have some of their own", func(o *object) {
		if csv {
			o.require(sync.Username.String(), sync.Email.String())
		}
		c.readMapping(o, &s.Spec)
	})
	s.readPicture(o)
}

// readExpect reads what the source must look like.
func (s *Source) readExpect(o *object) {
	s.Expect.FillFall = 10
	o.object("expect", "what a whole read must look like; a run on another one is refused before the first write", func(o *object) {
		o.whole("min_people", &s.Expect.People, span{0, 10_000_000}, "so many people at least")
		o.number("max_shrink", &s.Expect.MaxShrink, span{0, 100}, "percent that it may lose since the last good run; 0: limits.shrink says")
		o.object("fill", "percent of the people who have a value, by field", func(o *object) {
			for _, f := range sync.Fields() {
				o.number(f.String(), &s.Expect.Fill[f], span{0, 100}, "0: not looked at")
			}
		})
		o.bound("max_fill_fall", &s.Expect.FillFall, 100, "how many of these points a field may lose since the last good run; none: any")
	})
}

// expression reads an expression, which may look like a number or true.
func (o *object) expression(key string, into *string, meaning string) {
	n := o.scalar(key, "an expression", Key{Type: "expression", Meaning: meaning})
	switch {
	case n == nil:
	case strings.TrimSpace(n.Value) == "":
		o.fault(key, "the expression is empty", "leave the key out")
	default:
		*into = n.Value
	}
}

func (c *Config) readMapping(o *object, spec *sources.Spec) {
	spec.Fields = make(map[sync.Field]sources.FieldSpec)
	for _, f := range sync.Fields() {
		if field := o.field(f); field.From != "" {
			spec.Fields[f] = field
		}
	}
	o.rule("role", &spec.Role, "an expression that gives guest, member or admin; nothing leaves the role alone. roles.mode says whether it is taken away too")
	o.object("auth", "how people sign in", func(o *object) { c.readAuth(o, &spec.Auth) })
	o.expression("password_hash", &spec.Hash, "bcrypt or Mattermost's own PBKDF2 hash of the password of a new account with e-mail and password, so that people keep theirs; never shown, never written to an account that exists")
	o.expression("timezone", &spec.Timezone, "time zone of a new account, such as Europe/Berlin; afterwards it is the person's own")
}

// field reads a field's expression, alone or with what an empty value means.
func (o *object) field(f sync.Field) sources.FieldSpec {
	var field sources.FieldSpec
	key := f.String()
	if n := o.values[key]; n != nil && n.Kind != yaml.MappingNode {
		o.expression(key, &field.From, "")
		return field
	}
	o.nested(key, Key{Type: "expression or keys", Meaning: fieldMeaning(f)}, func(o *object) {
		o.require("from")
		o.expression("from", &field.From, "the expression")
		field.OnEmpty = readOnEmpty(o, f)
	})
	return field
}

// rule reads an expression, alone or under from.
func (o *object) rule(key string, into *string, meaning string) {
	if n := o.values[key]; n != nil && n.Kind != yaml.MappingNode {
		o.expression(key, into, "")
		return
	}
	o.nested(key, Key{Type: "expression or keys", Meaning: meaning}, func(o *object) {
		o.require("from")
		o.expression("from", into, "the expression")
	})
}

func readOnEmpty(o *object, f sync.Field) sources.OnEmpty {
	empty, words := sources.Keep, []sources.OnEmpty{sources.Keep, sources.Clear, sources.Hold}
	meaning := "what an empty value means: the field is left alone, is emptied, or the person is held"
	if f == sync.Username || f == sync.Email {
		empty, words = sources.Hold, words[2:]
		meaning = "what an empty value means: the person is held"
	}
	choose(o, "on_empty", &empty, words, meaning)
	return empty
}

func fieldMeaning(f sync.Field) string {
	switch f {
	case sync.Username:
		return "user name"
	case sync.Email:
		return "e-mail"
	case sync.Locale:
		return "language, such as de"
	}
	return strings.ReplaceAll(f.String(), "_", " ")
}

func (c *Config) readAuth(o *object, auth *sources.AuthSpec) {
	o.require("service")
	if n := o.values["service"]; n != nil && n.Kind != yaml.MappingNode {
		o.choice("service", &auth.Service, sources.Services(), "")
	} else {
		o.nested("service", Key{Type: strings.Join(sources.Services(), ", ") + " or keys", Meaning: "the service that people sign in with"}, func(o *object) {
			o.require("from")
			o.expression("from", &auth.ServiceFrom, "an expression that gives one of the services")
		})
	}
	o.expression("data", &auth.Data, "the person's name at that service; needed for all but email")
	choose(o, "when", &auth.When, []sync.AuthMode{sync.AuthNever, sync.AuthOnCreate, sync.AuthMigrate},
		"never: people sign in as they like; create: new accounts only; migrate: existing accounts are moved too")
}

// compile makes the mapping of the spec and puts its faults where they are in
// the file.
func (c *Config) compile(path string, s *Source) {
	s.Spec.Stamp = c.stamps(s.Name)
	m, faults := sources.Compile(s.Spec)
	s.Mapping = m
	for _, f := range faults {
		c.doc.misuse(path, f)
	}
	if m != nil && s.Type == typeCSV && len(m.Groups()) > 0 {
		c.doc.fault(c.doc.find(join(path, "mapping")), join(path, "mapping"), "memberOf needs a directory", "in a file, use has(split(groups, \";\"), \"chat\")")
	}
}

// checkSentinels refuses what no record can be named by.
func (c *Config) checkSentinels(path string, s *Source) {
	for i, text := range s.Sentinels {
		at := indexed(path+".sentinels", i)
		switch {
		case s.Mapping == nil:
		case s.Type == typeCSV && s.Mapping.Key(text) == "":
			c.doc.fault(c.doc.find(at), at, fmt.Sprintf("%q is no anchor", text), "")
		case s.Type != typeCSV:
			if err := ldapdir.CheckSentinel(text, ldapdir.Encoding(s.LDAP.Encoding), s.Mapping); err != nil {
				c.doc.fault(c.doc.find(at), at, err.Error(), "")
			}
		}
	}
}

// stamps returns the attributes of sessions.revoke_on that are those of a source.
func (c *Config) stamps(source string) []string {
	var own []string
	for _, attribute := range c.revokeOn {
		name, rest, _ := strings.Cut(attribute, ":")
		named := slices.ContainsFunc(c.Sources, func(s Source) bool { return s.Name == name && name != "" })
		switch {
		case named && name == source:
			own = append(own, rest)
		case !named:
			own = append(own, attribute)
		}
	}
	return own
}

// misuse records a fault of a mapping.
func (d *document) misuse(source string, f sources.Fault) {
	path := join(source, f.Path)
	if strings.HasPrefix(f.Path, "sessions.") {
		path = f.Path
	}
	if short, ok := strings.CutSuffix(path, ".from"); ok && d.values[path] == nil && d.values[short] != nil {
		path = short
	}
	n := d.values[path]
	if d.told(path, n == nil) {
		return
	}
	at := d.find(path)
	if n != nil && f.Offset >= 0 {
		at = d.inside(n, f.Offset)
	}
	d.fault(at, path, f.Message, ask(f.Meant))
}

// told reports whether a mistake in a key was found before it came to
// compiling, so that nobody reads of it twice. Of a key that is absent the
// objects around it tell, and a value that is wrong deep inside is wrong.
func (d *document) told(path string, absent bool) bool {
	for _, e := range d.faults {
		if e.Key == path || within(path, e.Key) || absent && within(e.Key, path) {
			return true
		}
	}
	return false
}

// within reports whether a path leads into the value of another one.
func within(outer, inner string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && outer != "" && rest != "" && (rest[0] == '.' || rest[0] == '[')
}
