package sources

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/expr-lang/expr/vm"
)

// A frame holds one record while it is mapped.
type frame struct {
	env     map[string]any
	broken  map[string]error // attributes that hold no clean text
	many    map[string]error // attributes with more than one value
	machine vm.VM
	notes   *[]TraceStep // nil: nobody asks how
}

func newFrame(attributes int) *frame {
	return &frame{env: make(map[string]any, 2*attributes+1), broken: map[string]error{}, many: map[string]error{}}
}

// load puts the wanted attributes into the environment. What is wrong with one
// of them matters only to the expressions that read it.
func (f *frame) load(wanted []attribute, r Record, now time.Time) {
	clear(f.broken)
	clear(f.many)
	f.env[theNow] = now
	for _, a := range wanted {
		raw := r[a.name]
		switch v := raw.(type) {
		case nil:
			f.set(a, "", nil)
		case string:
			f.one(a, v, raw)
		case []string:
			f.several(a, v)
		default:
			f.broken[a.name] = errKind
			f.set(a, "", nil)
		}
	}
}

// set stores a value; one is a string.
func (f *frame) set(a attribute, one any, all []string) {
	f.env[a.one] = one
	if a.all != "" {
		f.env[a.all] = all
	}
}

// one loads a single value. Boxed is the same value, which spares an
// allocation where it is clean already.
func (f *frame) one(a attribute, value string, boxed any) {
	s, err := clean(value)
	if err != nil {
		f.broken[a.name] = err
	}
	if s != value {
		boxed = s
	}
	if s == "" || a.all == "" {
		f.set(a, boxed, nil)
		return
	}
	f.set(a, boxed, []string{s})
}

// several loads the values of an attribute without the empty ones, each once,
// in the order of their bytes: directories return them in any order.
func (f *frame) several(a attribute, raw []string) {
	values := make([]string, 0, len(raw))
	for _, v := range raw {
		s, err := clean(v)
		if err != nil {
			f.broken[a.name] = err
		}
		if s != "" {
			values = append(values, s)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	switch len(values) {
	case 0:
		f.set(a, "", nil)
	case 1:
		f.set(a, values[0], values)
	default:
		f.many[a.name] = errMany
		f.set(a, values[0], values)
	}
}

// hints returns values of a broken record by which its person may be known. A
// cell may have slipped into another column, so all of them count.
func (f *frame) hints() string {
	var hints []string
	for name, v := range f.env {
		s, ok := v.(string)
		if ok && strings.HasPrefix(name, oneOf) && s != "" && !strings.Contains(s, "\n") && len(s) <= maxHint && len(hints) < maxHints {
			hints = append(hints, strings.ToLower(s))
		}
	}
	slices.Sort(hints)
	return strings.Join(slices.Compact(hints), "\n")
}

// Bounds of what is kept of a broken record: no user name is longer, and an
// e-mail hardly.
const (
	maxHint  = 128
	maxHints = 32
)

// read returns the one value of an attribute.
func (f *frame) read(attr string) (string, error) {
	if err := f.broken[attr]; err != nil {
		return "", err
	}
	if err := f.many[attr]; err != nil {
		return "", err
	}
	return f.env[oneOf+attr].(string), nil
}

// evaluate returns what an expression gives for the record. Its errors name the
// path and the attributes, never a value.
func (f *frame) evaluate(e *expression) (any, error) {
	v, err := f.work(e)
	f.note(e, v, err)
	return v, err
}

func (f *frame) work(e *expression) (any, error) {
	for _, a := range e.ones {
		if _, err := f.read(a); err != nil {
			return nil, fmt.Errorf("%s: attribute %s %w", e.path, a, err)
		}
	}
	for _, a := range e.lists {
		if err := f.broken[a]; err != nil {
			return nil, fmt.Errorf("%s: attribute %s %w", e.path, a, err)
		}
	}
	if e.bare != "" {
		return f.env[oneOf+e.bare], nil
	}
	v, err := f.machine.Run(e.program, f.env)
	if err != nil {
		return nil, e.problem(known(err))
	}
	return v, nil
}

var (
	errEvaluate   = errors.New("the expression cannot be evaluated")
	errNoAnchor   = errors.New("is empty")
	errLongAnchor = errors.New("is longer than 256 bytes")
)

// known returns an error of ours, whose text is free of values. The library's
// own words may quote one.
func known(err error) error {
	for _, ours := range []error{errNoDate, errNumber, errGrown, errNoFiletime, errNoDays, errNoFlag, errNoLock} {
		if errors.Is(err, ours) {
			return ours
		}
	}
	return errEvaluate
}

// problem says where an error was met.
func (e *expression) problem(err error) error {
	names := e.attributes()
	switch len(names) {
	case 0:
		return fmt.Errorf("%s: %w", e.path, err)
	case 1:
		return fmt.Errorf("%s: %w (attribute %s)", e.path, err, names[0])
	}
	return fmt.Errorf("%s: %w (attributes %s)", e.path, err, strings.Join(names, ", "))
}

// truth evaluates a condition; without one it is absent.
func (f *frame) truth(e *expression, absent bool) (bool, error) {
	if e == nil {
		return absent, nil
	}
	v, err := f.evaluate(e)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, e.problem(errEvaluate)
	}
	return b, nil
}

// text evaluates an expression to the text that goes into an identity.
func (f *frame) text(e *expression) (string, error) {
	if e == nil {
		return "", nil
	}
	v, err := f.evaluate(e)
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", e.problem(errEvaluate)
	}
	if s, err = finish(s); err != nil {
		err = e.problem(fmt.Errorf("the value %w", err))
	}
	f.settle(s, err)
	return s, err
}

// anchor returns the immutable id of the record.
func (f *frame) anchor(attr string) (string, error) {
	s, err := f.read(attr)
	if err == nil {
		err = checkAnchor(s)
	}
	if err != nil {
		s, err = "", fmt.Errorf("anchor.attribute: attribute %s %w", attr, err)
	}
	f.noteAnchor(attr, s, err)
	return s, err
}

// checkAnchor says why a clean text is no anchor.
func checkAnchor(s string) error {
	switch {
	case s == "":
		return errNoAnchor
	case len(s) > maxAnchor:
		return errLongAnchor
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return errControl
	}
	return nil
}
