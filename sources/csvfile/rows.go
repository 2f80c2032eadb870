package csvfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

var (
	errUnclosed = errors.New("the file ends inside of a quoted field that begins on this line: it is cut off, or the quote is never closed")
	errEncoding = errors.New("the text is not valid UTF-8; set encoding: windows-1252 (or what the file is in), or encoding: utf-8 to have only the broken rows rejected")
)

// A row is one row of the file that holds a value.
type row struct {
	line  int      // on which it begins
	cells []string // of a broken row, those before it broke
	fault string   // why it is no record; "" if it is one
	whole bool     // all its cells were read
	alone bool     // it is broken, but cannot hide another row
}

// rows reads a file row by row.
type rows struct {
	csv    *csv.Reader
	in     *window
	back   *[256]byte // see quotes.go; nil: nothing is replaced
	proven bool       // the encoding is known, so bytes that are not text mean a broken row
	width  int        // number of columns; 0: not known yet
	line   int        // on which the last row began
}

// rows returns a reader of the rows of the input.
func (s *Source) rows(in *file) (*rows, error) {
	raw, err := in.unpack(s.config.MaxBytes)
	if err != nil {
		return nil, err
	}
	text, proven := decode(bufio.NewReaderSize(raw, 64<<10), s.dialect.encoding)
	comma := s.dialect.comma
	if comma == 0 {
		peeked := bufio.NewReaderSize(text, 64<<10)
		comma, text = guessComma(peeked, s.dialect), peeked
	}
	there, back := s.dialect.trade()
	if there != nil {
		text = traded{text, there}
	}
	w := &window{r: text, limit: s.config.MaxRowBytes}
	r := csv.NewReader(w)
	r.Comma, r.Comment, r.ReuseRecord = comma, s.dialect.comment, true
	return &rows{csv: r, in: w, back: back, proven: proven}, nil
}

// guessComma returns the delimiter that the first line has most of, outside of
// quotes.
func guessComma(text *bufio.Reader, d dialect) rune {
	start, _ := text.Peek(64 << 10) // what cannot be read now is an error at the first read
	best, most := ',', 0
	line := firstLine(start, d)
	for _, c := range ",;\t|" {
		n, quoted := 0, false
		for _, r := range string(line) {
			if d.quote != 0 && r == rune(d.quote) {
				quoted = !quoted
			}
			if r == c && !quoted {
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// firstLine returns the first line that is neither blank nor a comment.
func firstLine(text []byte, d dialect) []byte {
	for line := range bytes.Lines(text) {
		first, _ := utf8.DecodeRune(line)
		if len(bytes.TrimSpace(line)) > 0 && (d.comment == 0 || first != d.comment) {
			return line
		}
	}
	return nil
}

// setWidth says how many columns a row must have.
func (r *rows) setWidth(n int) { r.width, r.csv.FieldsPerRecord = n, n }

// next returns the next row that is not blank, or io.EOF. Any other error means
// that the file cannot be read whole.
func (r *rows) next() (row, error) {
	for {
		cells, err := r.csv.Read()
		raw := r.in.row(r.csv.InputOffset())
		if err == io.EOF {
			return row{}, io.EOF
		}
		next, err := r.examine(cells, raw, err)
		if err != nil {
			return row{}, err
		}
		r.line = next.line
		if !next.blank() {
			return next, nil
		}
	}
}

// examine finds out whether what the reader returned is a record.
func (r *rows) examine(cells []string, raw []byte, err error) (row, error) {
	next := row{cells: r.restored(cells), whole: true}
	if err != nil {
		if err := r.diagnose(&next, raw, err); err != nil {
			return next, err
		}
	} else {
		next.line, _ = r.csv.FieldPos(0)
		next.fault = r.swallows(cells, raw)
	}
	if !r.proven && !valid(next.cells) {
		return next, fmt.Errorf("line %d: %w", next.line, errEncoding)
	}
	return next, nil
}

// diagnose says what is wrong with a row, or returns an error when the file
// cannot be read on.
func (r *rows) diagnose(next *row, raw []byte, err error) error {
	var broken *csv.ParseError
	if !errors.As(err, &broken) {
		return r.after(err)
	}
	next.line = broken.StartLine
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		next.fault = fmt.Sprintf("the row has %d columns, the header %d", len(next.cells), r.width)
		next.alone = lines(next.cells) == 1 && r.single(raw)
	case broken.Column > len(lastLine(raw)):
		return fmt.Errorf("line %d: %w", next.line, errUnclosed)
	default:
		next.fault = fmt.Sprintf("a quote stands in the wrong place on line %d, byte %d", broken.Line, broken.Column)
		next.whole = false
		next.alone = broken.StartLine == broken.Line && r.single(raw)
	}
	return nil
}

// after says where an error was met that is not one of a row.
func (r *rows) after(err error) error {
	if r.line == 0 {
		return err
	}
	return fmt.Errorf("after line %d: %w", r.line, err)
}

// swallows says why a row that spans lines may hide others, or "".
func (r *rows) swallows(cells []string, raw []byte) string {
	n := lines(cells)
	if n == 1 {
		return ""
	}
	all := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	for i, line := range all[max(len(all)-n+1, 0):] {
		if r.delimiters(line) >= r.width-1 {
			return fmt.Sprintf("the row spans %d lines, and the %s of them looks like a row of its own: is a quote left open before it?", n, ordinal(i+2))
		}
	}
	return ""
}

func ordinal(n int) string {
	switch {
	case n%100 >= 11 && n%100 <= 13:
		return fmt.Sprintf("%dth", n)
	case n%10 == 1:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}

// single reports whether a line has too few delimiters for two rows.
func (r *rows) single(raw []byte) bool { return r.delimiters(lastLine(raw)) < r.width }

func (r *rows) delimiters(line []byte) int {
	return bytes.Count(line, utf8.AppendRune(nil, r.csv.Comma))
}

// restored undoes what quotes.go does.
func (r *rows) restored(cells []string) []string {
	if r.back == nil {
		return cells
	}
	for i := range cells {
		cells[i] = replaced(cells[i], r.back)
	}
	return cells
}

// blank reports whether the row holds no value at all, as the rows that
// spreadsheets leave at the end.
func (r row) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return r.whole
}

// lines returns on how many lines the cells stand.
func lines(cells []string) int {
	n := 1
	for _, c := range cells {
		n += strings.Count(c, "\n")
	}
	return n
}

func valid(cells []string) bool {
	for _, c := range cells {
		if !utf8.ValidString(c) {
			return false
		}
	}
	return true
}
