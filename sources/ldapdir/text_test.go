package ldapdir

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/directory-sync/syncd/sync"
)

// TestDamagedEntries: what should be text and is not makes a reject that shows
// the bytes, wherever it is; what nobody reads may be anything.
func TestDamagedEntries(t *testing.T) {
	guid := "\xe2\x18\x21\x3b\x9c\xf3\xec\x40\xaf\x57\x61\x90\x38\x96\x60\xdf"
	f := newFake(t, func(search, id int, c net.Conn) {
		if skipSchema(search, id, c) {
			return
		}
		for _, e := range [][]byte{
			somebody(id, "cn=anchor", attr("uid", "a"), attr("mail", "a@example.org"), attr("entryUUID", guid)),
			somebody(id, "cn=mapped", attr("uid", "b"), attr("mail", "b@example.org"), attr("entryUUID", "uuid-b"), attr("sn", "M\xfcller")),
			somebody(id, "cn=status", attr("uid", "c"), attr("mail", "c@example.org"), attr("entryUUID", "uuid-c"), attr("employeeType", "\xffleft")),
			somebody(id, "cn=several", attr("uid", "d"), attr("mail", "d@example.org", "d\xe9@example.org"), attr("entryUUID", "uuid-d")),
			somebody(id, "cn=unmapped", attr("uid", "e"), attr("mail", "e@example.org"), attr("entryUUID", "uuid-e"), attr("jpegPhoto", "\xff\xd8\xff"), attr("\xff", "\xff")),
			somebody(id, "cn=J\xf6rg \u00e4\\2C,ou=\xff", attr("uid", "f"), attr("mail", "f@example.org"), attr("entryUUID", "uuid-f")),
		} {
			_, _ = c.Write(e)
		}
		_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
	})
	got, err := read(t, f.config())
	if err != nil {
		t.Fatal(err)
	}
	reject := func(key, cn string, reason sync.Reason, detail string) sync.Reject {
		return sync.Reject{Key: sync.Key(key), Origin: sync.Origin{Source: "ldap", Place: "cn=" + cn}, Reason: reason, Detail: detail}
	}
	want := []sync.Reject{
		reject("", "anchor", sync.RejectAnchor, "anchor.attribute: attribute entryUUID: the anchor is not text, but 16 bytes, the first ones e218213b9cf3ec40af576190389660df: set its encoding"),
		reject("ldap:uuid-b", "mapped", sync.RejectValue, `mapping.last_name.from: attribute sn is not valid UTF-8 at byte 2: "M\xfcller"`),
		reject("ldap:uuid-c", "status", sync.RejectValue, `status.disabled: attribute employeeType is not valid UTF-8 at byte 1: "\xffleft"`),
		reject("ldap:uuid-d", "several", sync.RejectValue, `mapping.email.from: attribute mail is not valid UTF-8 at byte 2: "d\xe9@example.org"`),
	}
	if diff := cmp.Diff(got.Rejects, want, cmpopts.IgnoreFields(sync.Reject{}, "Hints")); diff != "" {
		t.Errorf("got (-) and want (+):\n%s", diff)
	}
	if names := strings.Join(usernames(got), " "); names != "e f" {
		t.Errorf("got %q, want e and f", names)
	}
	if place := got.Identities[len(got.Identities)-1].Origin.Place; place != `cn=J\f6rg ä\2C,ou=\ff` {
		t.Errorf("got the place %q", place)
	}
}

// TestLongAnchorIsNotShownWhole: a photo is no anchor, and nobody needs to see
// it all.
func TestLongAnchorIsNotShownWhole(t *testing.T) {
	_, err := Text.Encode([]byte("\xff" + strings.Repeat("x", 99)))
	if err == nil || !strings.Contains(err.Error(), "100 bytes") || strings.Count(err.Error(), "78") != 31 {
		t.Errorf("got %v, want the first 32 of 100 bytes", err)
	}
}
