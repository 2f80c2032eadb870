package csvfile

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// portrait returns a picture of a shade of gray, with so many bytes.
func portrait(t testing.TB, shade uint8, size int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), make([]byte, max(0, size-b.Len()))...)
}

// portraits returns a source of people with pictures, by login, in a folder of
// its own.
func portraits(t testing.TB, names map[string]string) (*Source, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hr")
	if err := os.MkdirAll(filepath.Join(dir, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "id,login,mail,photo\n"
	for login, name := range names {
		text += fmt.Sprintf("%s,%s,%s@example.org,%q\n", login, login, login, name)
	}
	put(t, filepath.Join(dir, "people.csv"), []byte(text))
	m, faults := sources.Compile(sources.Spec{
		Source: "hr", Anchor: "id", Picture: "photo",
		Fields: map[sync.Field]sources.FieldSpec{sync.Username: {From: "login"}, sync.Email: {From: "mail"}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	s, err := New(Config{Name: "hr", Path: filepath.Join(dir, "people.csv")}, m)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func put(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What a row names is read where it may be, and nowhere else.
func TestPicturesOfRows(t *testing.T) {
	names := map[string]string{
		"good": "photos/good.png", "dot": "./photos/../photos/good.png", "link": "photos/inside.png", "none": "", "blank": "  ",
		"up": "../secret.png", "root": "/etc/passwd", "away": "photos/away.png", "awaydir": "out/secret.png",
		"url": "https://example.org/x.png", "lost": "photos/lost.png", "dir": "photos", "pipe": "photos/pipe", "empty": "photos/empty", "large": "photos/large.png",
	}
	s, dir := portraits(t, names)
	good := portrait(t, 1, 0)
	photos := filepath.Join(dir, "photos")
	put(t, filepath.Join(photos, "good.png"), good)
	put(t, filepath.Join(photos, "empty"), nil)
	put(t, filepath.Join(photos, "large.png"), portrait(t, 2, sources.MaxPicture+1))
	put(t, filepath.Join(dir, "..", "secret.png"), portrait(t, 3, 0))
	for name, to := range map[string]string{"photos/inside.png": "good.png", "photos/away.png": "../../secret.png", "out": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(photos, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := s.ReadPictures(t.Context())
	if err != nil || !all.Receipt.Pictures || all.Receipt.Pictured != 3 {
		t.Fatalf("got %+v, %v", all.Receipt, err)
	}
	want := map[string]string{
		"up": errOutside.Error(), "root": errOutside.Error(), "away": errOutside.Error(), "awaydir": errOutside.Error(),
		"url": errURL.Error(), "lost": errNoFile.Error(), "dir": errIrregular.Error(), "pipe": errIrregular.Error(), "empty": "the file is empty",
		"large": "it has 2000001 bytes, and pictures.max_bytes is 2000000",
	}
	var keys []sync.Key
	for _, id := range all.Identities {
		login, p := id.Profile[sync.Username], id.Shot()
		digest := sync.PictureDigest(good)
		switch {
		case want[login] != "":
			digest = ""
		case login == "none" || login == "blank":
			digest = sync.NoPicture
		}
		if p.Fault != want[login] || p.Digest != digest {
			t.Errorf("%s: got %+v, want %q %s", login, p, want[login], digest)
		}
		if strings.Contains(p.Fault, "secret") {
			t.Errorf("%s: %q names the file", login, p.Fault)
		}
		keys = append(keys, id.Key)
	}
	open, err := s.Pictures(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	for _, key := range keys {
		login := strings.TrimPrefix(string(key), "hr:")
		got, err := open.Picture(t.Context(), key)
		if bad := want[login] != ""; bad != errors.Is(err, sync.ErrPicture) || !bad && len(got) > 0 != (login != "none" && login != "blank") {
			t.Errorf("%s: got %d bytes, %v", login, len(got), err)
		}
	}
	plain, err := s.Read(t.Context())
	if err != nil || plain.Receipt.Pictures || plain.Identities[0].Picture != nil {
		t.Errorf("a plain read: got %+v, %v", plain.Receipt, err)
	}
}

func TestPictureNeedsItsColumn(t *testing.T) {
	s, dir := portraits(t, nil)
	put(t, filepath.Join(dir, "people.csv"), []byte("id,login,mail,photos\n"))
	if _, err := s.Read(t.Context()); err == nil || !strings.Contains(err.Error(), `there is no column "photo" (picture), did you mean "photos"?`) {
		t.Errorf("got %v", err)
	}
}

// Reading pictures of half a gigabyte keeps none of them.
func TestPicturesAreNotKept(t *testing.T) {
	const people, size = 2500, 200_000
	names := make(map[string]string)
	for i := range people {
		names[fmt.Sprint("p", i)] = "photos/one.png"
	}
	s, dir := portraits(t, names)
	put(t, filepath.Join(dir, "photos", "one.png"), portrait(t, 1, size))
	var most uint64
	s.config.OnRead = func(int) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	all, err := s.ReadPictures(t.Context())
	if err != nil || all.Receipt.Pictured != people {
		t.Fatalf("got %d pictures, %v", all.Receipt.Pictured, err)
	}
	if bound := uint64(50 << 20); most > bound || most == 0 {
		t.Errorf("got a heap of %d MB, want less than %d", most>>20, bound>>20)
	}
	runtime.KeepAlive(all)
}
