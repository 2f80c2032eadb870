package sources

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
)

// The size in pixels is told from the head: nothing is unpacked to know it.
func TestTooManyPixels(t *testing.T) {
	for _, tt := range []struct {
		width, height int
		fault         string
	}{
		{7680, 4320, ""},
		{7680, 4321, "it has 7680 x 4321 pixels"},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, tt.width, tt.height))); err != nil {
			t.Fatal(err)
		}
		if got := NewPicture("hr:1", b.Bytes(), MaxPicture).Fault; !strings.HasPrefix(got, tt.fault) || (got == "") != (tt.fault == "") {
			t.Errorf("%d x %d: got %q, want %q", tt.width, tt.height, got, tt.fault)
		}
	}
}
