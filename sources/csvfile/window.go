package csvfile

import (
	"bytes"
	"errors"
	"io"
)

var errLongRow = errors.New("a row is longer than allowed; is a quote left open there?")

// A window stands before the CSV reader. It remembers the bytes since the end
// of the last row, so that a broken row can be looked at as it was written, and
// it ends a row that does not end.
type window struct {
	r     io.Reader
	limit int64
	kept  []byte
	start int64 // position in the input of kept[0]
	mark  int64 // where the row being read begins
}

// Read implements io.Reader.
func (w *window) Read(p []byte) (int, error) {
	if done := w.mark - w.start; done > 0 {
		w.kept = w.kept[:copy(w.kept, w.kept[done:])]
		w.start = w.mark
	}
	if int64(len(w.kept)) > w.limit {
		return 0, errLongRow
	}
	n, err := w.r.Read(p)
	w.kept = append(w.kept, p[:n]...)
	return n, err
}

// row returns what was read between the end of the last row and the given
// position, which becomes the end of this one. It may be preceded by lines that
// were skipped. The bytes are valid until the next read.
func (w *window) row(end int64) []byte {
	row := w.kept[w.mark-w.start : end-w.start]
	w.mark = end
	return row
}

// lastLine returns the last line without its end.
func lastLine(row []byte) []byte {
	row = bytes.TrimSuffix(row, []byte("\n"))
	row = bytes.TrimSuffix(row, []byte("\r"))
	return row[bytes.LastIndexByte(row, '\n')+1:]
}
