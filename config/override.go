package config

import (
	"regexp"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// override puts one KEY=VALUE of the command line into the tree. A value that
// begins with [ or { is YAML, every other one is taken as it is written.
func (d *document) override(root *yaml.Node, assignment string) {
	path, text, ok := strings.Cut(assignment, "=")
	steps := pathSteps(path)
	if !ok || len(steps) == 0 {
		d.fault(Position{File: strings.TrimSpace(setting)}, "", "the argument is not of the form KEY=VALUE", "for example limits.create.floor=500")
		return
	}
	name := setting + path
	if what, meant := liftsLimit(steps, text); what != "" {
		d.fault(Position{File: name}, path, what, meant)
		return
	}
	value := d.overrideValue(text, name)
	if value == nil {
		d.fault(Position{File: name}, "", "the value is not correct YAML", "")
		return
	}
	if at := d.place(root, steps, value, name); at != "" {
		d.fault(Position{File: name}, at, "there is no such place to set a value", "")
	}
}

// liftsLimit says why a limit is not changed so from the command line, where
// nobody reviews it: a number may be another for one call, and none may go.
func liftsLimit(steps []string, text string) (what, meant string) {
	if steps[0] != "limits" {
		return "", ""
	}
	text = strings.TrimSpace(text)
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case len(steps) < 3 || strings.HasPrefix(text, "{"):
		what = "limits are not replaced on the command line, want one number of one limit"
	case text == none || text == "" || text == "~" || strings.EqualFold(text, "null"):
		what = "a limit is not lifted on the command line, want a number"
	case steps[2] == "per_24h" && err == nil && n == 0:
		what = "a budget is not lifted on the command line, want a number above 0"
	default:
		return "", ""
	}
	return what, "such as limits.create.floor=500; to let one refused plan through: syncd plan --out FILE, then syncd apply FILE --release CODE"
}

// pathSteps splits "sources[0].path" into "sources", "[0]" and "path".
func pathSteps(path string) []string {
	if !matches(`\w+(\[\d{1,4}\])?(\.\w+(\[\d{1,4}\])?)*`, path) {
		return nil
	}
	return regexp.MustCompile(`\w+|\[\d+\]`).FindAllString(path, -1)
}

// overrideValue makes a node of a value from the command line.
func (d *document) overrideValue(text, name string) *yaml.Node {
	var n yaml.Node
	err := yaml.Load([]byte(text), &n, limits())
	yamlish := strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{")
	if yamlish && (err != nil || len(n.Content) != 1) {
		return nil
	}
	if yamlish {
		d.mark(n.Content[0], name)
		x := expander{d: d, open: make(map[*yaml.Node]bool), alias: 1}
		return x.expand(n.Content[0])
	}
	raw := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if err == nil && len(n.Content) == 1 && n.Content[0].Kind == yaml.ScalarNode &&
		n.Content[0].Style == 0 && n.Content[0].Value == text {
		raw.Tag = n.Content[0].Tag
	}
	d.mark(raw, name)
	return raw
}

// mark remembers that a node and all in it came with --set.
func (d *document) mark(n *yaml.Node, name string) {
	d.set[n] = name
	for _, child := range n.Content {
		d.mark(child, name)
	}
}

// place puts the value where the steps lead, making mappings on the way. It
// returns the path at which there is no way on, or "".
func (d *document) place(n *yaml.Node, steps []string, value *yaml.Node, name string) string {
	walked := ""
	for i, step := range steps {
		walked = join(walked, step)
		child := d.child(n, step, name)
		if child == nil {
			return walked
		}
		if i == len(steps)-1 {
			d.hide(*child) // it may be a secret that nobody looks at any more
			*child = value
			return ""
		}
		if (*child).Tag == "!!null" {
			*child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			d.set[*child] = name
		}
		n = *child
	}
	return walked
}

// child returns where a node keeps one step's value, nil when it cannot have
// one. A key that a mapping lacks is added without a value.
func (d *document) child(n *yaml.Node, step, name string) **yaml.Node {
	if index, ok := strings.CutPrefix(step, "["); ok {
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if n.Kind != yaml.SequenceNode || err != nil || i >= len(n.Content) {
			return nil
		}
		return &n.Content[i]
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return &n.Content[i+1]
		}
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: step}
	d.set[key] = name
	n.Content = append(n.Content, key, d.null(key, 0))
	return &n.Content[len(n.Content)-1]
}
