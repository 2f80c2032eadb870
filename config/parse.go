package config

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	maxText  = 1 << 20 // bytes of a file
	maxDepth = 64      // levels of nesting
	maxNodes = 200_000 // values, after aliases are replaced by what they stand for
)

// parse returns the root of the text's only document, without aliases, or nil
// after recording why there is none.
func (d *document) parse(text []byte) *yaml.Node {
	switch {
	case len(text) > maxText:
		d.fault(d.at(nil), "", "the file is larger than 1 MiB", "")
		return nil
	case !utf8.Valid(text):
		d.fault(d.at(nil), "", "the file is not UTF-8 text", "")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text), limits())
	if err != nil {
		d.fault(d.at(nil), "", err.Error(), "")
		return nil
	}
	root := d.first(loader)
	if root == nil || !d.last(loader) {
		return nil
	}
	x := expander{d: d, open: make(map[*yaml.Node]bool)}
	if root = x.expand(root); x.full {
		return nil
	}
	return root
}

// limits bound the nesting of what is parsed.
func limits() yaml.Option {
	return yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth)))
}

// first returns the root of the first document.
func (d *document) first(loader *yaml.Loader) *yaml.Node {
	var n yaml.Node
	switch err := loader.Load(&n); {
	case errors.Is(err, io.EOF), err == nil && len(n.Content) == 0:
		d.fault(d.at(nil), "", "the file is empty", "start from config.example.yaml")
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	return n.Content[0]
}

// last reports whether nothing follows the first document.
func (d *document) last(loader *yaml.Loader) bool {
	var n yaml.Node
	switch err := loader.Load(&n); {
	case errors.Is(err, io.EOF):
		return true
	case err != nil:
		d.syntax(err)
	default:
		d.fault(d.at(&n), "", "a second document begins here", "a configuration is one document")
	}
	return false
}

// syntax records a mistake in the YAML itself.
func (d *document) syntax(err error) {
	var bad *yaml.LoadError
	if !errors.As(err, &bad) {
		d.fault(d.at(nil), "", "the YAML cannot be read", "")
		return
	}
	at := Position{d.file, max(bad.Mark.Line, 1), max(bad.Mark.Column, 1)}
	if bad.Stage == yaml.ReaderStage {
		at = d.unreadable()
	}
	what, meant := bad.Message, ""
	for _, s := range syntaxes() {
		if strings.Contains(what, s.says) {
			what, meant = s.what, s.meant
		}
	}
	d.fault(at, "", "YAML: "+what, meant)
}

// unreadable returns where the first character is that YAML does not allow,
// because its parser does not say.
func (d *document) unreadable() Position {
	for i, line := range d.lines {
		for j, r := range []rune(line) {
			if r != '\t' && unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
				return Position{d.file, i + 1, j + 1}
			}
		}
	}
	return d.at(nil)
}

// syntaxes puts the parser's words into an operator's. What the parser says of
// an alias contains its name, which may be a secret that begins with a star.
func syntaxes() []struct{ says, what, meant string } {
	return []struct{ says, what, meant string }{
		{"mapping values are not allowed", "a colon followed by a space is not allowed here", "put the value into quotes"},
		{"cannot start any token", "a value or key cannot begin with this character", "indent with spaces, and put a value that begins with @, ` or % into quotes"},
		{"control characters", "the character is not allowed", "remove it"},
		{"unknown anchor", "the alias has no anchor", "put a value that begins with * into quotes"},
		{"did not find expected key", "a key is expected here", "put a value that contains quotes, brackets or # into quotes"},
		{"could not find expected ':'", "the colon after the key is missing", "write KEY: VALUE, with a space"},
	}
}

// An expander replaces aliases by copies of what they stand for, so that no
// node is in two places, and refuses what a configuration does not need.
type expander struct {
	d     *document
	open  map[*yaml.Node]bool // anchors around the node at hand
	nodes int
	full  bool
	alias int // depth of aliases around the node at hand
}

func (x *expander) expand(n *yaml.Node) *yaml.Node {
	if x.nodes++; x.nodes > maxNodes {
		if !x.full {
			x.d.fault(x.d.at(n), "", "there are too many values", "aliases count as what they stand for")
		}
		x.full = true
		return x.d.null(n, yaml.TaggedStyle)
	}
	if n.Kind == yaml.AliasNode {
		return x.follow(n)
	}
	if x.alias == 0 {
		x.d.order = append(x.d.order, x.d.at(n))
	}
	if n.Style&yaml.TaggedStyle != 0 {
		x.d.fault(x.d.at(n), "", "a value that begins with ! is a tag in YAML, and tags are not used here", "put the value into quotes, or write not instead of !")
		x.d.hide(n)
		return x.d.null(n, yaml.TaggedStyle)
	}
	return x.inside(n)
}

// follow expands what an alias stands for.
func (x *expander) follow(n *yaml.Node) *yaml.Node {
	x.d.order = append(x.d.order, x.d.at(n))
	if n.Alias == nil || x.open[n.Alias] {
		x.d.fault(x.d.at(n), "", "the alias stands for a value that contains it", "")
		return x.d.null(n, yaml.TaggedStyle)
	}
	x.alias++
	defer func() { x.alias-- }()
	return x.expand(n.Alias)
}

// inside copies a node and expands what it contains.
func (x *expander) inside(n *yaml.Node) *yaml.Node {
	x.open[n] = true
	defer delete(x.open, n)
	twin := *n
	twin.Content = nil
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Tag == "!!merge" {
			x.d.fault(x.d.at(child), "", "merge keys (<<) are not used here", "write the keys out")
		}
		twin.Content = append(twin.Content, x.expand(child))
	}
	x.d.moved(n, &twin)
	return &twin
}

// null returns a node without a value in the place of another one. The tagged
// style marks it as void.
func (d *document) null(n *yaml.Node, style yaml.Style) *yaml.Node {
	twin := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Style: style, Line: n.Line, Column: n.Column}
	d.moved(n, twin)
	return twin
}

// void reports whether a place is empty only because a mistake there was told.
func void(n *yaml.Node) bool { return n.Tag == "!!null" && n.Style&yaml.TaggedStyle != 0 }

// moved remembers of a node's twin what is known of the node.
func (d *document) moved(n, twin *yaml.Node) {
	if name := d.set[n]; name != "" {
		d.set[twin] = name
	}
}
