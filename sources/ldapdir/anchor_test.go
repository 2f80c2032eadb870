package ldapdir

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpellings(t *testing.T) {
	guid := []byte{0xe2, 0x18, 0x21, 0x3b, 0x9c, 0xf3, 0xec, 0x40, 0xaf, 0x57, 0x61, 0x90, 0x38, 0x96, 0x60, 0xdf}
	tests := []struct {
		raw  []byte
		want []Spelling
	}{
		{[]byte("3b2118e2-f39c-40ec-af57-6190389660df"), []Spelling{{Text, "3b2118e2-f39c-40ec-af57-6190389660df"}}},
		{guid, []Spelling{
			{GUID, "e218213b-9cf3-ec40-af57-6190389660df"}, {GUIDMixed, "3b2118e2-f39c-40ec-af57-6190389660df"},
			{Base64, "4hghO5zz7ECvV2GQOJZg3w=="}, {Hex, "e218213b9cf3ec40af576190389660df"},
		}},
		{guid[:5], []Spelling{{Base64, "4hghO5w="}, {Hex, "e218213b9c"}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(spellings(tt.raw), tt.want); diff != "" {
			t.Errorf("%x (-got +want):\n%s", tt.raw, diff)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for encoding, raw := range map[Encoding]string{GUID: "short", GUIDMixed: "", Text: "\xff"} {
		if got, err := encoding.Encode([]byte(raw)); err == nil {
			t.Errorf("%s of %q: got %q, want an error", encoding, raw, got)
		}
	}
}
