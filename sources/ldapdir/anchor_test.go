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

// TestDecode: only what Encode writes is an anchor, and its bytes come back.
func TestDecode(t *testing.T) {
	raw := []byte{0xe2, 0x18, 0x21, 0x3b, 0x9c, 0xf3, 0xec, 0x40, 0xaf, 0x57, 0x61, 0x90, 0x38, 0x96, 0x60, 0xdf}
	for _, name := range Encodings() {
		e, bytes := Encoding(name), raw
		if e == Text {
			bytes = []byte("Zoë (*)\\")
		}
		text, err := e.Encode(bytes)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.Decode(text); err != nil || string(got) != string(bytes) {
			t.Errorf("%s: got %x, %v, want %x", e, got, err, bytes)
		}
	}
	for _, wrong := range []struct {
		e    Encoding
		text string
	}{
		{Text, ""}, {Text, "\xff"}, {Hex, ""}, {Hex, "AB"}, {Hex, "abc"}, {Base64, ""}, {Base64, "4hg"}, {Base64, "QR=="}, {Base64, "QQ=\n="},
		{GUID, "3b2118e2-f39c-40ec-af57-6190389660"}, {GUID, "3B2118E2-F39C-40EC-AF57-6190389660DF"},
		{GUID, "3b2118e2f39c40ecaf576190389660df"}, {GUIDMixed, "{3b2118e2-f39c-40ec-af57-6190389660df}"}, {GUIDMixed, ""},
	} {
		if got, err := wrong.e.Decode(wrong.text); err == nil {
			t.Errorf("%s %q: got %x, want an error", wrong.e, wrong.text, got)
		}
	}
}
