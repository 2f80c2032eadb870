package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/directory-sync/syncd/sources"
)

// encodings are those that the CSV source knows (a test compares).
func encodings() []string {
	return []string{"auto", "utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "iso-8859-15"}
}

func (c *CSV) read(o *object) {
	o.require("path")
	c.Encoding, c.Delimiter, c.Quote = "auto", ",", `"`
	c.readPath(o)
	o.choice("encoding", &c.Encoding, encodings(), "how the file is written; auto takes a byte order mark or UTF-8 and refuses the rest")
	o.text("delimiter", &c.Delimiter, "one character between fields, tab, or auto: taken from the first line")
	o.choice("quote", &c.Quote, []string{`"`, "'", none}, "the character around fields that contain the delimiter")
	o.texts("columns", &c.Columns, "names of the columns, for a file without a header line")
	o.text("comment", &c.Comment, "lines that begin with this character are skipped; empty: none are")
	o.text("trailer", &c.Trailer, "first field of the last line, whose second field is the number of records; empty: there is none")
	o.flag("sha256", &c.SHA256, "a file of this name with .sha256 behind it must match, as sha256sum writes it")
	c.check(o)
}

func (c *CSV) readPath(o *object) {
	given := o.text("path", &c.Path, "file, as seen from the configuration's folder; - is standard input")
	switch {
	case !given:
	case c.Path == "":
		o.fault("path", "the path is empty", "")
	case c.Path != Stdin:
		c.Path = under(o.d.dir, c.Path)
	case o.d.file == stdinShown:
		o.fault("path", "the configuration itself is read from standard input", "give one of the two as a file")
	}
}

// check refuses signs that no reader could tell apart.
func (c *CSV) check(o *object) {
	signs := `"` + strings.TrimPrefix(c.Quote, none)
	words := c.Delimiter == "auto" || c.Delimiter == "tab"
	if !words && (!oneSign(c.Delimiter) || strings.Contains(signs, c.Delimiter)) {
		o.fault("delimiter", "want one character that is not the quote, tab or auto", `such as "," or ";"`)
	}
	signs += strings.Replace(c.Delimiter, "tab", "\t", 1)
	if c.Comment != "" && (!oneSign(c.Comment) || strings.Contains(signs, c.Comment)) {
		o.fault("comment", "want one character that is neither delimiter nor quote", `such as "#"`)
	}
	if c.SHA256 && c.Path == Stdin {
		o.fault("sha256", "standard input has no file beside it", "give the path of a file")
	}
}

func oneSign(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && size == len(s) && r != utf8.RuneError && r != '\n' && r != '\r' && r != 0
}

// checkColumns looks for the attributes that the mapping uses among the columns,
// where the configuration says which there are.
func (c *Config) checkColumns(path string, s *Source) {
	if len(s.CSV.Columns) == 0 || s.Mapping == nil {
		return
	}
	for _, attribute := range s.Mapping.Attributes() {
		at := slices.Index(s.CSV.Columns, attribute)
		switch {
		case at < 0:
			what := fmt.Sprintf("there is no column %q", attribute)
			c.doc.misuse(path, sources.Fault{Path: s.Mapping.Uses(attribute)[0], Offset: -1, Message: what, Meant: sources.Nearest(attribute, s.CSV.Columns)})
		case slices.Contains(s.CSV.Columns[at+1:], attribute):
			c.doc.fault(c.doc.find(path+".columns"), path+".columns", fmt.Sprintf("there are two columns %q", attribute), "")
		}
	}
}
