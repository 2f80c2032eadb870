package csvfile

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
)

var (
	errChanged  = errors.New("the file changed while it was read; try again when it is complete (whoever writes it should write another file and rename it)")
	errTooLarge = errors.New("the file is larger than allowed")
)

// A file is the raw input, watched while it is read.
type file struct {
	path   string
	f      *os.File // nil: standard input
	before os.FileInfo
	read   int64
	sum    hash.Hash // nil: not asked for
	want   string
	from   io.Reader
}

// open opens the input. It does not wait for a writer, as opening a pipe would.
func (s *Source) open() (*file, error) {
	if s.config.Path == stdin {
		return &file{from: s.config.Stdin}, nil
	}
	in := &file{path: s.config.Path}
	if err := in.expect(s.config.SHA256); err != nil {
		return nil, err
	}
	before, err := os.Stat(in.path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file; what comes from a pipe is read with path \"-\"", in.path)
	}
	if in.f, err = os.Open(in.path); err != nil {
		return nil, err
	}
	in.from, in.before = in.f, before
	return in, in.unchanged()
}

// expect reads the checksum beside the file.
func (in *file) expect(checksum bool) error {
	if !checksum {
		return nil
	}
	f, err := os.Open(in.path + ".sha256")
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return err
	}
	if in.want = findSum(string(text), filepath.Base(in.path)); in.want == "" {
		return fmt.Errorf("%s.sha256 has no checksum of %s; write it with sha256sum", in.path, filepath.Base(in.path))
	}
	in.sum = sha256.New()
	return nil
}

// findSum returns the checksum of the named file in what sha256sum wrote, or of
// a text that is nothing but a checksum.
func findSum(text, name string) string {
	for line := range strings.Lines(text) {
		sum, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		listed := strings.TrimPrefix(strings.TrimSpace(rest), "*")
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
			continue
		}
		if listed == "" || filepath.Base(listed) == name {
			return strings.ToLower(sum)
		}
	}
	return ""
}

// Read implements io.Reader.
func (in *file) Read(p []byte) (int, error) {
	n, err := in.from.Read(p)
	in.read += int64(n)
	if in.sum != nil {
		in.sum.Write(p[:n])
	}
	return n, err
}

// progress returns how much was read, and of how much; 0 if that is not known.
func (in *file) progress() (read, size int64) {
	if in.f == nil {
		return in.read, 0
	}
	return in.read, in.before.Size()
}

// unchanged reports an error when the path no longer names what was opened, or
// its contents changed.
func (in *file) unchanged() error {
	if in.f == nil {
		return nil
	}
	open, err := in.f.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(in.path)
	if err != nil {
		return fmt.Errorf("%w: %w", errChanged, err)
	}
	for _, after := range []os.FileInfo{open, named} {
		if !os.SameFile(in.before, after) || after.Size() != in.before.Size() || !after.ModTime().Equal(in.before.ModTime()) {
			return errChanged
		}
	}
	return nil
}

// finish checks the input as a whole once its end was reached.
func (in *file) finish() error {
	if err := in.unchanged(); err != nil {
		return err
	}
	if in.f != nil && in.read != in.before.Size() {
		return errChanged
	}
	if in.sum != nil && hex.EncodeToString(in.sum.Sum(nil)) != in.want {
		return errors.New("the checksum differs from the one in the .sha256 file: the file is damaged, or one of the two is old")
	}
	return nil
}

func (in *file) close() {
	if in.f != nil {
		_ = in.f.Close() // nothing was written
	}
}

// unpack returns the contents, unpacked if they begin as gzip does.
func (in *file) unpack(limit int64) (io.Reader, error) {
	raw := bufio.NewReaderSize(in, 64<<10)
	magic, _ := raw.Peek(2) // what cannot be read now is an error at the first read
	if string(magic) != "\x1f\x8b" {
		return &limited{raw, limit}, nil
	}
	z, err := gzip.NewReader(raw)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return &limited{unpacked{z}, limit}, nil
}

// unpacked says of the errors of a gzip stream where they come from.
type unpacked struct{ r io.Reader }

func (u unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("unpack: %w", err)
	}
	return n, err
}

// limited is a reader that ends in an error where io.LimitReader would end as
// if all were well.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
