package csvfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/directory-sync/syncd/sources"
)

var (
	errNoHeader   = errors.New("the file is empty: there is not even a header")
	errReturns    = errors.New("the header holds a bare carriage return: lines must end with LF or CR LF")
	errHeaderNUL  = errors.New("the header holds a NUL: the file looks like UTF-16; set encoding: utf-16le or utf-16be")
	errLongHeader = errors.New("the header spans lines: is a quote left open in it?")
)

// columns says where in a row the mapping finds what it reads.
type columns struct {
	used    []column
	anchor  int // index
	picture int // index of the name of the picture's file; 0 where there is none
	width   int
}

type column struct {
	name  string
	index int
}

// newColumns finds the columns that the mapping reads, and reports all that are
// missing or there twice.
func newColumns(names []string, m *sources.Mapping) (columns, error) {
	c := columns{width: len(names)}
	var faults []error
	for _, attr := range m.Attributes() {
		at := slices.Index(names, attr)
		switch {
		case at < 0:
			faults = append(faults, missing(attr, names, m))
			continue
		case slices.Contains(names[at+1:], attr):
			faults = append(faults, fmt.Errorf("there are two columns %q (%s)", attr, strings.Join(m.Uses(attr), ", ")))
		}
		c.used = append(c.used, column{attr, at})
		if attr == m.Anchor() {
			c.anchor = at
		}
	}
	if name := m.Picture(); name != "" {
		c.picture = slices.Index(names, name)
		switch {
		case c.picture < 0:
			faults = append(faults, noPicture(name, names))
		case slices.Contains(names[c.picture+1:], name):
			faults = append(faults, fmt.Errorf("there are two columns %q (picture)", name))
		}
	}
	if len(faults) > 0 {
		return c, fmt.Errorf("%s; the columns are: %s", oneLine(faults), strings.Join(names, ", "))
	}
	return c, nil
}

func noPicture(name string, names []string) error {
	meant := ""
	if near := sources.Nearest(name, names); near != "" {
		meant = fmt.Sprintf(", did you mean %q?", near)
	}
	return fmt.Errorf("there is no column %q (picture)%s", name, meant)
}

func missing(attr string, names []string, m *sources.Mapping) error {
	meant := ""
	if near := sources.Nearest(attr, names); near != "" {
		meant = fmt.Sprintf(", did you mean %q?", near)
	} else if len(names) == 1 && strings.ContainsAny(names[0], ",;\t|") {
		meant = ": is the delimiter right?"
	}
	return fmt.Errorf("there is no column %q (%s)%s", attr, strings.Join(m.Uses(attr), ", "), meant)
}

func oneLine(faults []error) string {
	parts := make([]string, len(faults))
	for i, f := range faults {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}

// headerNames returns the names in the first row.
func headerNames(first row) ([]string, error) {
	names := make([]string, len(first.cells))
	for i, c := range first.cells {
		names[i] = strings.TrimSpace(c)
		switch {
		case strings.Contains(c, "\x00"):
			return nil, errHeaderNUL
		case strings.Contains(c, "\r"):
			return nil, errReturns
		case strings.Contains(c, "\n"):
			return nil, errLongHeader
		}
	}
	if first.fault != "" {
		return nil, fmt.Errorf("the header cannot be read: %s", first.fault)
	}
	return names, nil
}

// load puts the cells of a row into a record.
func (c columns) load(r sources.Record, cells []string) {
	for _, col := range c.used {
		r[col.name] = cells[col.index]
	}
}
