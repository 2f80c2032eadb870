package csvfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// What is wrong with the file that a row names. The name itself may be somebody's.
var (
	errURL       = errors.New("it is an address: syncd fetches nothing, so name a file")
	errOutside   = errors.New("the file is not below the folder of the CSV file")
	errNoFile    = errors.New("there is no such file")
	errNoAccess  = errors.New("the file may not be read")
	errIrregular = errors.New("it is no regular file")
	errUnread    = errors.New("the file cannot be read")
)

// A folder is where the pictures are that rows name: that of the CSV file, and
// what is below it. Nothing leads out of it, no symbolic link either.
type folder struct {
	root *os.Root
	most int // bytes of a picture
}

func (s *Source) openFolder() (*folder, error) {
	root, err := os.OpenRoot(filepath.Dir(s.config.Path))
	if err != nil {
		return nil, fmt.Errorf("csvfile: open the folder of the pictures: %w", err)
	}
	return &folder{root, s.config.MaxPicture}, nil
}

// read returns the bytes of a picture, or says what is wrong with its file. It
// reads no more than is taken, and does not wait for a writer, as opening a pipe
// would.
func (f *folder) read(name string) ([]byte, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return nil, nil
	case strings.Contains(name, "://"):
		return nil, errURL
	case !filepath.IsLocal(name):
		return nil, errOutside
	}
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoFile
	case errors.Is(err, fs.ErrPermission):
		return nil, errNoAccess
	case err != nil:
		return nil, errOutside // what os.Root refuses has no error of its own
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, errUnread
	case !info.Mode().IsRegular():
		return nil, errIrregular
	case info.Size() > int64(f.most):
		return nil, errors.New(sources.TooLarge(info.Size(), f.most))
	case info.Size() == 0:
		return nil, errors.New("the file is empty") // it may be just being written
	}
	picture, err := io.ReadAll(io.LimitReader(file, int64(f.most)+1))
	if err != nil {
		return nil, errUnread
	}
	return picture, nil
}

// picture returns what is to be known of the picture that a row names.
func (f *folder) picture(key sync.Key, name string) sync.Picture {
	picture, err := f.read(name)
	if err != nil {
		return sync.Picture{Key: key, Fault: err.Error()}
	}
	return sources.NewPicture(key, picture, f.most)
}

// ReadPictures implements [sync.Gallery]. Of each picture only its digest is
// kept.
func (s *Source) ReadPictures(ctx context.Context) (sync.Snapshot, error) {
	f, err := s.openFolder()
	if err != nil {
		return sync.Snapshot{}, err
	}
	defer f.root.Close()
	return s.read(ctx, f)
}

// pictured states the picture of somebody whose row is the next one.
func (r *reading) pictured(m sources.Mapped, next row) sources.Mapped {
	if r.folder != nil && m.Reject == nil && !m.Excluded {
		shot := r.folder.picture(m.Identity.Key, next.cells[r.columns.picture])
		m.Identity.Picture = &shot
	}
	return m
}

// Pictures implements [sync.Gallery]. It reads the file again, for the names of
// the pictures of those who are asked for.
func (s *Source) Pictures(ctx context.Context, keys []sync.Key) (sync.Pictures, error) {
	p := &pictures{names: make(map[sync.Key]string, len(keys))}
	for _, k := range keys {
		p.names[k] = ""
	}
	r := s.newReading()
	r.each = func(next row) {
		if key := r.key(next); next.fault == "" {
			if _, wanted := p.names[key]; wanted {
				p.names[key] = strings.Clone(next.cells[r.columns.picture])
			}
		}
	}
	if err := r.whole(ctx); err != nil {
		return nil, err
	}
	var err error
	p.folder, err = s.openFolder()
	return p, err
}

// pictures are the pictures that rows name.
type pictures struct {
	folder *folder
	names  map[sync.Key]string
}

// Picture implements [sync.Pictures].
func (p *pictures) Picture(ctx context.Context, key sync.Key) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	picture, err := p.folder.read(p.names[key])
	if err != nil {
		return nil, fmt.Errorf("csvfile: picture of %s: %w: %w", key, sync.ErrPicture, err)
	}
	return picture, nil
}

// Close implements [sync.Pictures].
func (p *pictures) Close() error { return p.folder.root.Close() }
