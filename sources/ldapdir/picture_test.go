package ldapdir

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// portrait returns a picture of a shade of gray, with so many bytes.
func portrait(t testing.TB, shade uint8, size int) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String() + strings.Repeat("\x00", max(0, size-b.Len()))
}

// portraits returns a source over a fake whose entries have a picture.
func portraits(t testing.TB, f *fake) *Source {
	t.Helper()
	m, faults := sources.Compile(sources.Spec{
		Source: "ldap", Anchor: "entryUUID", Picture: "jpegPhoto",
		Fields: map[sync.Field]sources.FieldSpec{sync.Username: {From: "uid"}, sync.Email: {From: "mail"}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c := f.config()
	c.Idle, c.Timeout = time.Minute, time.Minute // to make large pictures takes a while
	s, err := New(c, m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sitting is an entry with pictures.
func sitting(id int, uid string, pictures ...string) []byte {
	return somebody(id, "uid="+uid+",ou=people,dc=example,dc=org", attr("UID", uid), attr("mail", uid+"@example.org"),
		attr("entryuuid", "uuid-"+uid), attr("JPEGphoto", pictures...))
}

func TestPicturesAreReadOnlyWhenAskedFor(t *testing.T) {
	one, other := portrait(t, 1, 0), portrait(t, 2, 0)
	f := newFake(t, func(search, id int, c net.Conn) {
		if skipSchema(search, id, c) {
			return
		}
		_, _ = c.Write(sitting(id, "one", one))
		_, _ = c.Write(sitting(id, "two", other, one))
		_, _ = c.Write(sitting(id, "owt", one, other))
		_, _ = c.Write(full(id, "none"))
		_, _ = c.Write(sitting(id, "text", "no picture"))
		_, _ = c.Write(somebody(id, "uid=bin,ou=people,dc=example,dc=org", attr("uid", "bin"), attr("mail", "bin@example.org"),
			attr("entryuuid", "uuid-bin"), attr("jpegPhoto;binary", one)))
		_, _ = c.Write(sitting(id, "huge", portrait(t, 3, 50_000_000)))
		_, _ = c.Write(full(id, "last"))
		_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
	})
	s := portraits(t, f)
	plain, err := s.Read(t.Context())
	if err == nil {
		t.Errorf("got %d people with a message of 50 MB that nobody asked for", len(plain.Identities))
	}
	if f.wasAsked("jpegPhoto") {
		t.Error("pictures were asked for, and nobody wants them")
	}
	all, err := s.ReadPictures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !f.wasAsked("jpegPhoto") || !all.Receipt.Pictures || all.Receipt.Pictured != 5 {
		t.Errorf("got a receipt %+v", all.Receipt)
	}
	least := min(sync.PictureDigest([]byte(one)), sync.PictureDigest([]byte(other)))
	want := map[string][2]string{
		"one": {sync.PictureDigest([]byte(one)), ""}, "bin": {sync.PictureDigest([]byte(one)), ""}, "two": {least, ""}, "owt": {least, ""}, "none": {sync.NoPicture, ""}, "last": {sync.NoPicture, ""},
		"text": {sync.PictureDigest([]byte("no picture")), "it is neither a JPEG nor a PNG"}, "huge": {"", "it has 50000000 bytes, and pictures.max_bytes is 2000000"},
	}
	for _, id := range all.Identities {
		p := id.Shot()
		if w := want[id.Profile[sync.Username]]; p.Digest != w[0] || p.Fault != w[1] || p.Key != id.Key {
			t.Errorf("%s: got %+v, want %q", id.Key, p, w)
		}
	}
	if len(all.Identities) != len(want) {
		t.Errorf("got %d people, want %d", len(all.Identities), len(want))
	}
}

func TestPictureOfOnePerson(t *testing.T) {
	one := portrait(t, 1, 0)
	answers := []string{one, portrait(t, 2, len(one)), "", strings.Repeat("x", 20_000_000)}
	f := newFake(t, func(search, id int, c net.Conn) {
		if search > len(answers) {
			c.Close() // the connection breaks
			return
		}
		if a := answers[search-1]; a != "" {
			_, _ = c.Write(somebody(id, "uid=one,ou=people,dc=example,dc=org", attr("jpegPhoto;binary", a)))
		}
		_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
	})
	open, err := portraits(t, f).Pictures(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	var first []byte
	for i, want := range []string{one, answers[1], "", "", one} { // the last one over a new connection
		got, err := open.Picture(t.Context(), "ldap:uuid-one")
		if i == 0 {
			first = got
		}
		if err != nil || string(got) != want {
			t.Errorf("%d: got %d bytes, %v; want %d", i, len(got), err, len(want))
		}
	}
	if string(first) != one {
		t.Error("the first picture changed while the others were read")
	}
	if !f.wasAsked("entryUUID") {
		t.Error("it was not asked for by the anchor")
	}
}

// Reading 5,000 pictures of 200 kB, a gigabyte, keeps none of them.
func TestPicturesAreNotKept(t *testing.T) {
	const people, size = 5000, 200_000
	picture := portrait(t, 1, size)
	var most uint64
	f := newFake(t, func(search, id int, c net.Conn) {
		if skipSchema(search, id, c) {
			return
		}
		template := sitting(id, "p00000", picture)
		for i := range people {
			if i%500 == 0 {
				most = max(most, heap())
			}
			if _, err := c.Write(bytes.ReplaceAll(template, []byte("p00000"), fmt.Appendf(nil, "p%05d", i))); err != nil {
				return
			}
		}
		_, _ = c.Write(done(id, opSearchDone, 0, paging("")))
	})
	all, err := portraits(t, f).ReadPictures(t.Context())
	if err != nil || all.Receipt.Pictured != people {
		t.Fatalf("got %d pictures, %v", all.Receipt.Pictured, err)
	}
	if before := uint64(100 << 20); most > before {
		t.Errorf("got a heap of %d MB while a gigabyte was read, want less than %d", most>>20, before>>20)
	}
	runtime.KeepAlive(all)
}

// heap returns how much of the heap is in use once all that is garbage is gone.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
