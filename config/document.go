package config

import (
	"path/filepath"
	"regexp"

	yaml "go.yaml.in/yaml/v4"
)

// A document is the text of one configuration, its tree, and the mistakes
// found in it so far.
type document struct {
	file   string
	dir    string // where relative paths start
	lines  []string
	order  []Position            // where the nodes begin, in the order of the text
	keys   map[string]*yaml.Node // by path
	values map[string]*yaml.Node
	set    map[*yaml.Node]string // nodes that came with --set: its name for errors
	hidden []Position            // where what no snippet may show begins
	faults Errors

	reference bool // nothing is read: each key is described to note
	note      func(Key)
}

// stdinShown is what errors call the file when it is standard input.
const stdinShown = "stdin"

// breaks are what YAML takes for the end of a line.
const breaks = "\r\n|[\n\r\u0085\u2028\u2029]"

func newDocument(path string, text []byte) *document {
	d := &document{
		file:   path,
		dir:    filepath.Dir(path),
		lines:  regexp.MustCompile(breaks).Split(string(text), -1),
		keys:   make(map[string]*yaml.Node),
		values: make(map[string]*yaml.Node),
		set:    make(map[*yaml.Node]string),
		note:   func(Key) {},
	}
	if path == Stdin {
		d.file, d.dir = stdinShown, "."
	}
	return d
}

// at returns where a node begins.
func (d *document) at(n *yaml.Node) Position {
	switch {
	case n == nil:
		return Position{d.file, 1, 1}
	case d.set[n] != "":
		return Position{File: d.set[n]}
	}
	return Position{d.file, n.Line, n.Column}
}

// find returns the position of a path's value, or of its nearest parent that
// is in the file.
func (d *document) find(path string) Position {
	for ; path != ""; path = parent(path) {
		if n := d.values[path]; n != nil {
			return d.at(n)
		}
	}
	return d.at(nil)
}

// findKey is find for the key.
func (d *document) findKey(path string) Position {
	for ; path != ""; path = parent(path) {
		if n := d.keys[path]; n != nil {
			return d.at(n)
		}
	}
	return d.at(nil)
}

// parent returns the path without its last step: "a.b[0]" and "a.b" have the
// parents "a.b" and "a".
func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// fault records a mistake at a position.
func (d *document) fault(at Position, key, what, meant string) {
	d.faults = append(d.faults, Error{Position: at, Key: key, What: what, Meant: meant})
}

// errors returns what was found, with the lines of the file.
func (d *document) errors() Errors {
	cuts := d.cuts()
	for i := range d.faults {
		d.faults[i].Snippet = d.snippet(d.faults[i].Position, cuts)
	}
	return d.faults.sorted()
}
