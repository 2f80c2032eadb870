package csvfile

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/directory-sync/syncd/sources"
)

// A Config says where the file is and how it is written. Everything but Name
// and Path may be left out.
type Config struct {
	Name      string    // of the source, as in the mapping
	Path      string    // "-" is standard input
	Stdin     io.Reader // what "-" reads
	Encoding  string    // one of Encodings; "" is auto
	Delimiter string    // one character, "tab", or "auto": the one the first line has most of; "" is a comma
	Quote     string    // `"`, "'" or "none"; "" is `"`
	Columns   []string  // names of the columns, when the first row is not their header
	Comment   string    // one character: lines that begin with it are skipped; "" is none
	Trailer   string    // first cell of the last row, whose second cell is the number of rows; "" is none
	Sentinels []string  // anchors of rows without which no file is whole
	SHA256    bool      // PATH.sha256 must hold the checksum of the file, as sha256sum writes it

	MaxPicture  int   // bytes of a picture that are taken; 0 is 2,000,000
	MaxRowBytes int64 // a longer row is an error; 0 is 1 MiB
	MaxBytes    int64 // a larger file, once unpacked, is an error; 0 is 4 GiB

	Now    func() time.Time // nil is time.Now
	OnRead func(rows int)   // is told now and then how many rows were read; may be nil
}

const (
	defaultMaxRowBytes = 1 << 20
	defaultMaxBytes    = 4 << 30
	stdin              = "-"
	auto               = "auto"
)

// New returns a source that reads the file anew each time it is asked. (Standard
// input can be read once.)
func New(c Config, m *sources.Mapping) (*Source, error) {
	d, err := c.dialect()
	if err != nil {
		return nil, fmt.Errorf("csvfile: %w", err)
	}
	s := &Source{config: c, dialect: d, mapping: m, shown: filepath.Base(c.Path)}
	if c.Path == stdin {
		s.shown = "stdin"
	}
	if s.config.MaxRowBytes <= 0 {
		s.config.MaxRowBytes = defaultMaxRowBytes
	}
	if s.config.MaxPicture <= 0 {
		s.config.MaxPicture = sources.MaxPicture
	}
	if s.config.MaxBytes <= 0 {
		s.config.MaxBytes = defaultMaxBytes
	}
	if c.Now == nil {
		s.config.Now = time.Now
	}
	if c.OnRead == nil {
		s.config.OnRead = func(int) {}
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("csvfile: %w", err)
	}
	return s, nil
}

// check finds what can be wrong before the file is opened.
func (s *Source) check() error {
	c := s.config
	switch {
	case c.Path == "":
		return errors.New("path is required")
	case c.Path == stdin && c.Stdin == nil:
		return errors.New("path is standard input, but there is none")
	case c.Path == stdin && s.mapping.Picture() != "":
		return errors.New("picture needs a file: standard input has no folder in which the pictures could be")
	case c.Path == stdin && c.SHA256:
		return errors.New("sha256 needs a file: standard input has no checksum beside it")
	case c.Name != s.mapping.Source():
		return fmt.Errorf("the source is named %q, but its mapping makes keys of %q", c.Name, s.mapping.Source())
	}
	for _, anchor := range c.Sentinels {
		if s.mapping.Key(anchor) == "" {
			return fmt.Errorf("the sentinel %q is no anchor", anchor)
		}
	}
	if len(c.Columns) > 0 {
		_, err := newColumns(c.Columns, s.mapping)
		return err
	}
	return nil
}

// A dialect is a checked way of writing CSV.
type dialect struct {
	encoding string
	comma    rune // 0: look at the first line
	comment  rune // 0: none
	quote    byte // 0: none
}

func (c Config) dialect() (dialect, error) {
	d := dialect{encoding: strings.ToLower(c.Encoding)}
	var err error
	if d.encoding == "" {
		d.encoding = auto
	}
	if !knownEncoding(d.encoding) {
		return d, fmt.Errorf("encoding %q is not known: there are %s", c.Encoding, strings.Join(Encodings(), ", "))
	}
	if d.comma, err = c.comma(); err != nil {
		return d, err
	}
	if d.comment, err = character("comment", c.Comment); err != nil {
		return d, err
	}
	switch c.Quote {
	case "", `"`:
		d.quote = '"'
	case "'":
		d.quote = '\''
	case "none":
	default:
		return d, fmt.Errorf("quote %q is not known: there are \", ' and none", c.Quote)
	}
	return d, d.clash()
}

func (c Config) comma() (rune, error) {
	switch strings.ToLower(c.Delimiter) {
	case "":
		return ',', nil
	case "tab":
		return '\t', nil
	case auto:
		return 0, nil
	}
	return character("delimiter", c.Delimiter)
}

// character returns the one character that s is, or 0 when it is empty.
func character(key, s string) (rune, error) {
	if s == "" {
		return 0, nil
	}
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) || r == utf8.RuneError || r == '\n' || r == '\r' || r == 0 {
		return 0, fmt.Errorf("%s %q must be one character", key, s)
	}
	return r, nil
}

// clash says which two signs are the same.
func (d dialect) clash() error {
	quote := rune(d.quote)
	switch {
	case d.comma == '"' || d.comma == quote && quote != 0:
		return errors.New("delimiter and quote are the same character")
	case d.comment != 0 && (d.comment == d.comma || d.comment == quote || d.comment == '"'):
		return errors.New("comment is the same character as delimiter or quote")
	}
	return nil
}
