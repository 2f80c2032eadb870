package csvfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The encodings that need to be told apart in code.
const (
	utf8Name  = "utf-8"
	utf16Name = "utf-16"
)

var errOddBytes = errors.New("the file ends in the middle of a character: it is cut off, or not UTF-16")

// Encodings returns the encodings a file may have. With auto, a byte order mark
// decides, and without one the file must be valid UTF-8. A byte order mark
// decides in any case, because no text begins with what it would be otherwise.
func Encodings() []string {
	return []string{auto, utf8Name, utf16Name, "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "iso-8859-15"}
}

func knownEncoding(name string) bool { return slices.Contains(Encodings(), name) }

// single returns the encoding with one byte per character of that name, or nil.
func single(name string) encoding.Encoding {
	switch name {
	case "windows-1252":
		return charmap.Windows1252
	case "iso-8859-1":
		return charmap.ISO8859_1
	case "iso-8859-15":
		return charmap.ISO8859_15
	}
	return nil
}

// decode returns a reader of UTF-8 without a byte order mark. Bytes that are
// not valid in a file of UTF-8 are passed on, so that their row can be named.
// Proven says that they mean a broken row and not another encoding.
func decode(r *bufio.Reader, name string) (text io.Reader, proven bool) {
	mark, _ := r.Peek(3) // what cannot be read now is an error at the first read
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, _ = r.Discard(3)
		return r, true
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")), name == utf16Name:
		return utf16(r, unicode.BigEndian, unicode.ExpectBOM), true
	case name == "utf-16le":
		return utf16(r, unicode.LittleEndian, unicode.UseBOM), true
	case name == "utf-16be":
		return utf16(r, unicode.BigEndian, unicode.UseBOM), true
	}
	if e := single(name); e != nil {
		return e.NewDecoder().Reader(r), true
	}
	return r, name == utf8Name
}

func utf16(r io.Reader, order unicode.Endianness, mark unicode.BOMPolicy) io.Reader {
	return unicode.UTF16(order, mark).NewDecoder().Reader(&pairs{r: r})
}

// pairs is a reader whose input must have an even number of bytes.
type pairs struct {
	r   io.Reader
	odd bool
}

func (p *pairs) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.odd = p.odd != (n%2 == 1)
	if err == io.EOF && p.odd {
		err = errOddBytes
	}
	return n, err
}
