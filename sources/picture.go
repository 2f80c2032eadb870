package sources

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/directory-sync/syncd/sync"
)

// MaxPixels is how many pixels a picture may have: no server takes more, unless
// it is told to.
const MaxPixels = 7680 * 4320

// MaxPicture is how many bytes of a picture are taken unless the configuration
// says another number. Servers make 128 x 128 pixels of it.
const MaxPicture = 2_000_000

var (
	errFormat = errors.New("it is neither a JPEG nor a PNG")
	errBroken = errors.New("it begins as a picture does, and is broken")
)

// NewPicture returns what is to be known of the picture of somebody: whether it
// can be used, and its digest. It looks at the head of the picture only, and
// keeps none of its bytes. No bytes are no picture.
func NewPicture(key sync.Key, bytes []byte, most int) sync.Picture {
	p := sync.Picture{Key: key}
	switch {
	case len(bytes) == 0:
		p.Digest = sync.NoPicture
	case len(bytes) > most:
		p.Fault = TooLarge(int64(len(bytes)), most)
	default:
		p.Digest = sync.PictureDigest(bytes)
		if err := checkPicture(bytes); err != nil {
			p.Fault = err.Error()
		}
	}
	return p
}

// TooLarge says that a picture has more bytes than are taken.
func TooLarge(size int64, most int) string {
	return fmt.Sprintf("it has %d bytes, and pictures.max_bytes is %d", size, most)
}

// checkPicture says why no server would take a picture. The format is told from
// the bytes.
func checkPicture(b []byte) error {
	var c image.Config
	var err error
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		c, err = jpeg.DecodeConfig(bytes.NewReader(b))
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		c, err = png.DecodeConfig(bytes.NewReader(b))
	default:
		return errFormat
	}
	switch {
	case err != nil, c.Width <= 0, c.Height <= 0:
		return errBroken
	case int64(c.Width)*int64(c.Height) > MaxPixels:
		return fmt.Errorf("it has %d x %d pixels, and servers take %d in all", c.Width, c.Height, MaxPixels)
	}
	return nil
}

// OnePicture returns which of several pictures of a person counts: the one with
// the smallest digest, whatever their order.
func OnePicture(pictures [][]byte) []byte {
	var one []byte
	for _, b := range pictures {
		if len(b) > 0 && (one == nil || sync.PictureDigest(b) < sync.PictureDigest(one)) {
			one = b
		}
	}
	return one
}
