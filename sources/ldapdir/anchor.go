package ldapdir

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
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
			raw = []byte{raw[3], raw[2], raw[1], raw[0], raw[5], raw[4], raw[7], raw[6],
				raw[8], raw[9], raw[10], raw[11], raw[12], raw[13], raw[14], raw[15]}
		}
		return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]), nil
	}
	if !utf8.Valid(raw) {
		return "", fmt.Errorf("the anchor is not text, but %d bytes, the first ones %x: set its encoding", len(raw), raw[:min(len(raw), 32)])
	}
	return string(raw), nil
}
