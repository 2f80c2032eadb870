package ldapdir

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Encoding says how the bytes of an anchor become text. It is part of every
// key, so it never changes once people are linked.
type Encoding string

// The encodings.
const (
	Text      Encoding = "text"              // as it is: entryUUID, nsUniqueId, ipaUniqueID
	GUID      Encoding = "guid"              // 16 bytes in order, as a UUID
	GUIDMixed Encoding = "guid-mixed-endian" // Active Directory's objectGUID, as its tools show it
	Base64    Encoding = "base64"            // as Mattermost stores objectGUID in auth_data
	Hex       Encoding = "hex"
)

// Encodings returns all of them.
func Encodings() []string {
	return []string{string(Text), string(GUID), string(GUIDMixed), string(Base64), string(Hex)}
}

// Encode returns the anchor as text.
func (e Encoding) Encode(raw []byte) (string, error) {
	switch e {
	case Base64:
		return base64.StdEncoding.EncodeToString(raw), nil
	case Hex:
		return hex.EncodeToString(raw), nil
	case GUID, GUIDMixed:
		if len(raw) != 16 {
			return "", fmt.Errorf("the anchor has %d bytes, and %s wants 16", len(raw), e)
		}
		if e == GUIDMixed {
			raw = mixed(raw)
		}
		return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]), nil
	}
	if !utf8.Valid(raw) {
		return "", fmt.Errorf("the anchor is not text, but %d bytes, the first ones %x: set its encoding", len(raw), raw[:min(len(raw), 32)])
	}
	return string(raw), nil
}

// mixed turns the first three parts of a GUID around, and back.
func mixed(g []byte) []byte {
	return []byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]}
}

// Decode returns the bytes of which Encode makes exactly this text.
func (e Encoding) Decode(text string) ([]byte, error) {
	raw, err := []byte(text), error(nil)
	switch e {
	case Base64:
		raw, err = base64.StdEncoding.DecodeString(text)
	case Hex:
		raw, err = hex.DecodeString(text)
	case GUID, GUIDMixed:
		raw, err = hex.DecodeString(strings.ReplaceAll(text, "-", ""))
		if e == GUIDMixed && len(raw) == 16 {
			raw = mixed(raw)
		}
	}
	if again, wrong := e.Encode(raw); err != nil || wrong != nil || again != text || text == "" {
		return nil, fmt.Errorf("%q is no anchor in the encoding %s", text, e)
	}
	return raw, nil
}
