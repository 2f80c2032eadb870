package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	yaml "go.yaml.in/yaml/v4"
)

// An object is a mapping of the file while its keys are read. Each method that
// reads a key takes where the value goes, which holds the default, and what the
// key means, for the reference. The order of the calls is the order of the
// reference.
type object struct {
	d        *document
	path     string
	values   map[string]*yaml.Node // nil: the object is absent, the defaults stay
	known    []string
	required []string
	loose    bool // nobody knows which keys there are, so none is unknown
}

// join returns the path of a step: a key, or an index such as "[0]".
func join(path, step string) string {
	if path == "" || strings.HasPrefix(step, "[") {
		return path + step
	}
	return path + "." + step
}

// indexed returns the path of a list's value.
func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// object reads the mapping in n with the given function. A nil n is an object
// that is absent: the function still says which keys there are.
func (d *document) object(path string, n *yaml.Node, read func(*object)) {
	o := &object{d: d, path: path}
	if n != nil && d.isMapping(path, n) {
		o.values = make(map[string]*yaml.Node, len(n.Content)/2)
		d.values[path] = n
		for i := 0; i+1 < len(n.Content); i += 2 {
			o.take(n.Content[i], n.Content[i+1])
		}
	}
	read(o)
	o.leftover(n)
}

func (d *document) isMapping(path string, n *yaml.Node) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	if !void(n) {
		d.hide(n)
		d.fault(d.at(n), path, is(n)+", want keys and values", "")
	}
	return false
}

// take accepts one key and its value.
func (o *object) take(key, value *yaml.Node) {
	path := join(o.path, key.Value)
	if key.Kind != yaml.ScalarNode {
		o.d.fault(o.d.at(key), o.path, "a key is text", "put a value that begins with [ or { into quotes")
		return
	}
	if _, twice := o.values[key.Value]; twice {
		o.d.hide(value)
		o.d.fault(o.d.at(key), join(o.path, shown(key.Value)), fmt.Sprintf("the key is here twice, first on line %d", o.d.keys[path].Line), "")
		return
	}
	o.values[key.Value] = value
	o.d.keys[path], o.d.values[path] = key, value
}

// leftover records the keys that nobody asked for and the ones that are
// missing.
func (o *object) leftover(n *yaml.Node) {
	if o.values == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || slices.Contains(o.known, key.Value):
		case o.values[key.Value] != value: // the second of two, which was told
		case o.loose, key.Tag == "!!merge":
			o.d.hide(value)
		default:
			o.unknown(key, value)
		}
	}
	for _, key := range o.required {
		if o.values[key] == nil {
			o.d.fault(o.here(), join(o.path, key), "the key is missing", "")
		}
	}
}

// unknown records a key that nobody knows. Somebody who forgot the key or the
// colon has a value there, perhaps a secret, so only a plain word with a value
// is shown.
func (o *object) unknown(key, value *yaml.Node) {
	o.d.hide(value)
	word := shown(key.Value)
	meant := didYouMean(key.Value, o.known)
	if word != key.Value || value.Tag == "!!null" {
		o.d.hide(key)
	}
	if strings.ContainsAny(key.Value, ":= ") {
		meant = "write KEY: VALUE, with a space"
	}
	if value.Tag == "!!null" {
		word = cut
	}
	o.d.fault(o.d.at(key), join(o.path, word), "unknown key", meant)
}

// shown returns the word with which a key begins, and a mark if there is more.
func shown(key string) string {
	const most = 60
	word := key
	if i := strings.IndexFunc(key, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '.'
	}); i >= 0 {
		word = key[:i]
	}
	if runes := []rune(word); len(runes) > most {
		word = string(runes[:most])
	}
	if word != key {
		word += cut
	}
	return word
}

// here is where the object begins: at its own key, if it has one.
func (o *object) here() Position {
	if strings.HasSuffix(o.path, "]") || o.path == "" {
		return o.d.find(o.path)
	}
	return o.d.findKey(o.path)
}

// require names the keys that must be there.
func (o *object) require(keys ...string) { o.required = append(o.required, keys...) }

// fault records a mistake in the value of one key, or where the object begins
// when the key is absent.
func (o *object) fault(key, what, meant string) {
	path := join(o.path, key)
	if o.values[key] == nil {
		o.d.fault(o.here(), path, what, meant)
		return
	}
	o.d.fault(o.d.find(path), path, what, meant)
}

// has reports whether the key is in the file.
func (o *object) has(key string) bool { return o.values[key] != nil }

// look returns the value of a key, nil if it is absent, and adds the key to
// the known ones and to the reference.
func (o *object) look(key string, k Key) *yaml.Node {
	o.known = append(o.known, key)
	k.Path, k.Required = join(o.path, key), slices.Contains(o.required, key)
	o.d.note(k)
	n := o.values[key]
	if n != nil && n.Tag == "!!null" {
		if !void(n) {
			o.d.hide(n) // an anchor may be here, which was meant to be a value
			o.fault(key, "the key has no value", "give it one or leave it out")
		}
		return nil
	}
	return n
}

// object reads a mapping in the value of a key.
func (o *object) object(key, meaning string, read func(*object)) {
	o.nested(key, Key{Type: "keys", Meaning: meaning}, read)
}

// nested is object for a value that may be something else than a mapping.
func (o *object) nested(key string, k Key, read func(*object)) {
	o.d.object(join(o.path, key), o.look(key, k), read)
}

// each reads the mappings in a list.
func (o *object) each(key, meaning string, read func(*object)) {
	n := o.look(key, Key{Type: "list", Meaning: meaning})
	path := join(o.path, key)
	switch {
	case n != nil:
		for i, one := range o.list(key, n) {
			o.d.object(indexed(path, i), one, read)
		}
	case o.d.reference:
		o.d.object(path+"[]", nil, read)
	}
}

// list returns the values of a list.
func (o *object) list(key string, n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		o.d.hide(n)
		o.fault(key, is(n)+", want a list", "")
		return nil
	}
	path := join(o.path, key)
	for i, one := range n.Content {
		o.d.values[indexed(path, i)] = one
	}
	return n.Content
}

// is says what a value is, without the value.
func is(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "this is keys and values"
	case n.Kind == yaml.SequenceNode:
		return "this is a list"
	case n.Tag == "!!null":
		return "this is no value"
	case n.Tag == "!!bool":
		return "this is true or false"
	case n.Tag == "!!int", n.Tag == "!!float":
		return "this is a number"
	case n.Tag == "!!timestamp":
		return "this is a date"
	}
	return "this is text"
}
