package config

import (
	"fmt"
	"strings"
)

// A Key describes one key of the file.
type Key struct {
	Path     string // "sources[].path"; "[]" stands for each value of a list
	Type     string
	Default  string // "" if there is none
	Required bool   // in the object around it, if that is there
	Meaning  string
}

// Reference describes every key, in the order of the example file.
func Reference() []Key {
	var all []Key
	d := newDocument("", nil)
	d.reference = true
	d.note = func(k Key) { all = append(all, k) }
	d.object("", nil, defaults(d).read)
	return all
}

// Manual returns the reference as a page of the manual.
func Manual() string {
	var page strings.Builder
	page.WriteString(manualHead)
	for _, k := range Reference() {
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", k.Path, k.Type, manualDefault(k), cell(k.Meaning))
	}
	return page.String()
}

func manualDefault(k Key) string {
	switch {
	case k.Required:
		return "required"
	case k.Default == "":
		return ""
	}
	return "`" + cell(k.Default) + "`"
}

// cell protects the only character that ends a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

const manualHead = `# Configuration

One YAML file, by default ` + "`/etc/syncd/syncd.yaml`" + `. It is read strictly: a key that is not known, a value of the wrong type and a
mistake in an expression are errors, and ` + "`syncd check`" + ` shows all of them at once, each with its line and column.
` + "`config.example.yaml`" + ` shows every key in its place. This page is made from the program (do not edit it).

- Durations are written ` + "`90s`, `15m`, `12h`, `7d` or `1d12h`" + `.
- Secrets never stand in the file. ` + "`cred:NAME`" + ` is a systemd credential, ` + "`file:PATH`" + ` a file that others cannot read, ` + "`env:NAME`" + ` a
  variable of the environment. The text of the file is never expanded.
- Relative paths start at the folder of the file.
- ` + "`--set KEY=VALUE`" + ` wins over the file for one run, for example ` + "`--set limits.create.floor=500`" + ` or ` + "`--set sources[0].path=new.csv`" + `.
- Put expressions into quotes when they contain ` + "`: `, ` #`" + ` or begin with one of ` + "`! & * [ { ' \" % @`" + `. Tags and merge keys are not used.

| key | type | default | meaning |
|---|---|---|---|
`
