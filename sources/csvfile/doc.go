// Package csvfile reads people from a CSV file or from standard input. It
// implements sync.Source.
//
// It promises:
//
//   - A read is whole or an error. A file that is cut off inside of a quoted
//     field, a gzip stream without its end, a missing or wrong trailer, a wrong
//     checksum, a missing sentinel and a file that changes while it is read are
//     errors.
//   - Every row that holds a value becomes an identity, a reject with its line
//     or, if the filter says so, is left out. The line is the one on which the
//     row begins.
//   - A second look at somebody is a whole read: absent is only whom none of the
//     rows can be, those included that the filter leaves out.
//   - The file is never held in memory, only the identities are.
//
// It will not guess: neither an encoding that the bytes do not prove, nor which
// column is meant, nor how a broken row should have been quoted.
//
// # Broken rows, and the people behind them
//
// A reject with a key holds one person. A reject without one holds everybody
// who is absent, because the row may be theirs. So a key is taken from a broken
// row only when the row cannot hide another one: it stands on one line, the
// anchor is the first column and was read before the row broke, and the line
// has no more delimiters than the header. A lost line break glues two rows into
// one with more delimiters, so the second person is not missed.
//
// A quote that is not closed swallows the rows after it up to the next quote. A
// row that spans lines is therefore a reject without a key when one of its later
// lines has enough delimiters to be a row of its own. If the text of a column
// looks like that, the export must leave out its line breaks. What remains
// unseen is a file that a second mistake repairs by chance, or a row that is
// missing without a trace: against both there are the trailer and the checksum.
package csvfile
