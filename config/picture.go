package config

import (
	"fmt"
	"slices"
	"time"

	"github.com/directory-sync/syncd/sources"
)

// Pictures says how often pictures are read, and how large one may be.
type Pictures struct {
	Every    time.Duration // 0: in each run
	MaxBytes int
}

func (p *Pictures) read(o *object) {
	o.duration("every", &p.Every, [2]time.Duration{0, 365 * day}, "so long after they were last read, pictures are read again; 0s: in each run. They are most of what a directory sends")
	o.whole("max_bytes", &p.MaxBytes, span{1000, 50_000_000}, "a larger picture is left out; servers make 128 x 128 pixels of it")
}

// readPicture reads where a source has pictures.
func (s *Source) readPicture(o *object) {
	o.text("picture", &s.Spec.Picture, "directories: the attribute with the person's picture, such as thumbnailPhoto. csv: the column with the name of its file, in the folder of the CSV file or below; empty: pictures are left alone")
}

// checkPicture hands the bound down to the source, and looks for the column that has the names of the pictures.
func (c *Config) checkPicture(path string, s *Source) {
	s.MaxPicture = c.Pictures.MaxBytes
	name, at := s.Spec.Picture, path+".picture"
	if name == "" || s.Type != typeCSV {
		return
	}
	switch n := len(s.CSV.Columns); {
	case s.CSV.Path == Stdin:
		c.doc.fault(c.doc.find(at), at, "standard input has no folder in which the pictures could be", "give the path of a file")
	case n > 0 && !slices.Contains(s.CSV.Columns, name):
		c.doc.misuse(path, sources.Fault{Path: "picture", Offset: -1, Message: fmt.Sprintf("there is no column %q", name), Meant: sources.Nearest(name, s.CSV.Columns)})
	}
}
