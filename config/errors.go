package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Position is a place in a configuration file. Lines and columns count from
// one, columns in characters. Line is zero where there is no text to point at,
// as for a value given with --set.
type Position struct {
	File   string
	Line   int
	Column int
}

// setting begins the name of an assignment on the command line, which has its
// key behind it.
const setting = "--set "

// String returns the position as "syncd.yaml:12:7".
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func (p Position) compare(q Position) int {
	return cmp.Or(
		cmp.Compare(min(p.Line, 1), min(q.Line, 1))*-1, // the file first, then --set
		cmp.Compare(p.Line, q.Line),
		cmp.Compare(p.Column, q.Column),
		cmp.Compare(p.File, q.File),
	)
}

// An Error is one mistake in a configuration.
type Error struct {
	Position
	Key     string // the path of the key, "sources[0].mapping.email"; "" for the whole file
	What    string // what is wrong
	Meant   string // what was probably meant or what to do; may be ""
	Snippet string // the line of the file, without what may be a secret; may be ""
}

// Error returns the mistake on one line.
func (e Error) Error() string {
	parts := []string{e.Position.String()}
	if e.Key != "" && e.File != setting+e.Key {
		parts = append(parts, e.Key)
	}
	what := e.What
	if e.Meant != "" {
		what += ", " + e.Meant
	}
	return strings.Join(append(parts, what), ": ")
}

// explain returns the mistake with the line it is in and a caret below it.
func (e Error) explain() string {
	if e.Snippet == "" {
		return e.Error() + "\n"
	}
	line, column := window(e.Snippet, e.Column)
	number := fmt.Sprintf("%5d", e.Line)
	text := fmt.Sprintf("%s\n%s | %s\n", e.Error(), number, line)
	if column == 0 {
		return text
	}
	return text + strings.Repeat(" ", len(number)) + " | " + strings.Repeat(" ", column-1) + "^\n"
}

// Errors are all the mistakes in a configuration, in the order of the file.
type Errors []Error

// Error returns the mistakes, one on each line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets [errors.As] find each [Error].
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// Explain returns the mistakes for a person at a terminal: each with its line
// of the file and a caret below the place.
func (e Errors) Explain() string {
	var text strings.Builder
	for _, one := range e {
		text.WriteString(one.explain())
	}
	return text.String()
}

// sorted returns the errors in the order of the file, each once.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b Error) int {
		return cmp.Or(a.Position.compare(b.Position), cmp.Compare(a.Key, b.Key))
	})
	return slices.Compact(e)
}
