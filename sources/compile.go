package sources

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/directory-sync/syncd/sync"
)

// Compile checks a spec and makes a mapping of it. It returns every fault at
// once, in a fixed order; there is a mapping only when there is none.
func Compile(spec Spec) (*Mapping, []Fault) {
	c := specCompiler{m: &Mapping{source: spec.Source, anchor: spec.Anchor, stamp: slices.Clone(spec.Stamp), picture: spec.Picture, uses: map[string][]string{}}}
	c.names(spec)
	c.m.include = c.expression("filter", spec.Include, reflect.Bool)
	c.m.disabled = c.expression("status.disabled", spec.Disabled, reflect.Bool)
	c.m.expired = c.expression("status.expired", spec.Expired, reflect.Bool)
	c.m.join = c.expression("join", spec.Join, reflect.String)
	c.fields(spec.Fields)
	c.auth(spec.Auth)
	c.m.role = c.expression("mapping.role.from", spec.Role, reflect.String)
	c.m.hash = c.expression(pathHash, spec.Hash, reflect.String)
	c.m.zone = c.expression(pathZone, spec.Timezone, reflect.String)
	c.stamps(spec.Stamp)
	c.secrets()
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	c.m.prepare()
	return c.m, nil
}

// A specCompiler gathers a mapping and what is wrong with it.
type specCompiler struct {
	m      *Mapping
	faults []Fault
}

func (c *specCompiler) fault(path, meant, format string, args ...any) {
	c.faults = append(c.faults, Fault{path, -1, fmt.Sprintf(format, args...), meant})
}

func (c *specCompiler) use(attr, path string) {
	if !slices.Contains(c.m.uses[attr], path) {
		c.m.uses[attr] = append(c.m.uses[attr], path)
	}
}

// names checks what is taken by name.
func (c *specCompiler) names(spec Spec) {
	switch {
	case spec.Source == "":
		c.fault("name", "", "is required: it is the first part of every key")
	case strings.ContainsFunc(spec.Source, func(r rune) bool { return r == ':' || unicode.IsSpace(r) || unicode.IsControl(r) }):
		c.fault("name", "", "may not contain a colon or white space")
	}
	if strings.TrimSpace(spec.Anchor) == "" {
		c.fault("anchor.attribute", "", "is required: without an immutable id a renamed person becomes a second one")
		return
	}
	c.use(spec.Anchor, "anchor.attribute")
}

// expression compiles src, or returns nil if it is empty or faulty.
func (c *specCompiler) expression(path, src string, want reflect.Kind) *expression {
	if strings.TrimSpace(src) == "" {
		return nil
	}
	e, faults := newExpression(path, src, want)
	c.faults = append(c.faults, faults...)
	if e != nil {
		for _, a := range e.attributes() {
			c.use(a, path)
		}
	}
	return e
}

func (c *specCompiler) fields(specs map[sync.Field]FieldSpec) {
	for _, f := range []sync.Field{sync.Username, sync.Email} {
		if _, ok := specs[f]; !ok {
			c.fault("mapping."+f.String(), "", "is required")
		}
	}
	for _, f := range sync.Fields() {
		spec, ok := specs[f]
		if !ok {
			continue
		}
		path := "mapping." + f.String()
		if strings.TrimSpace(spec.From) == "" {
			c.fault(path+".from", "", "has no expression")
			continue
		}
		value := c.expression(path+".from", spec.From, reflect.String)
		c.m.fields = append(c.m.fields, fieldRule{f, value, c.onEmpty(f, path, spec.OnEmpty)})
	}
}

func (c *specCompiler) onEmpty(f sync.Field, path string, o OnEmpty) OnEmpty {
	required := f == sync.Username || f == sync.Email
	switch {
	case o == OnEmptyDefault && required:
		return Hold
	case o == OnEmptyDefault:
		return Keep
	case o == Clear && required:
		c.fault(path+".on_empty", "hold", "no account can be without it, so it cannot be cleared")
	case o > Hold:
		c.fault(path+".on_empty", "", "must be keep, clear or hold")
	}
	return o
}

func (c *specCompiler) auth(spec AuthSpec) {
	c.m.service, c.m.when = spec.Service, spec.When
	c.m.serviceFrom = c.expression("mapping.auth.service.from", spec.ServiceFrom, reflect.String)
	c.m.data = c.expression("mapping.auth.data", spec.Data, reflect.String)
	switch from := strings.TrimSpace(spec.ServiceFrom) != ""; {
	case spec.Service != "" && from:
		c.fault("mapping.auth.service", "", "is either a name or an expression, not both")
	case spec.Service != "" && !slices.Contains(Services(), spec.Service):
		c.fault("mapping.auth.service", Nearest(spec.Service, Services()), "%q is no way to sign in: there are %s", spec.Service, strings.Join(Services(), ", "))
	case spec.Service == "" && !from && spec.Data != "":
		c.fault("mapping.auth.service", "", "is required beside data")
	case spec.Service == sync.AuthEmail && spec.Data != "":
		c.fault("mapping.auth.data", "", "has no meaning for people who sign in by e-mail")
	case spec.Service != sync.AuthEmail && (spec.Service != "" || from) && strings.TrimSpace(spec.Data) == "":
		c.fault("mapping.auth.data", "", "is required: it is the person's name at that service")
	}
}

func (c *specCompiler) stamps(attrs []string) {
	for i, a := range attrs {
		path := fmt.Sprintf("sessions.revoke_on[%d]", i)
		if strings.TrimSpace(a) == "" {
			c.fault(path, "", "is no attribute")
			continue
		}
		c.use(a, path)
	}
}
