package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/blakesmith/ar"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const root = "../.."

// TestDist builds for this machine twice, from two folders, under two umasks,
// and looks at what came out.
func TestDist(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1795500000")
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	args := func(root, out string) []string {
		return []string{"-root", root, "-out", out, "-arch", runtime.GOARCH, "-version", "v1.2.3"}
	}
	if err := run(t.Context(), args(root, one)); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "elsewhere")
	copyTree(t, other)
	defer syscall.Umask(syscall.Umask(0o077))
	if err := run(t.Context(), args(other, two)); err != nil {
		t.Fatal(err)
	}
	t.Run("the same bytes twice", func(t *testing.T) { sameBytes(t, one, two) })
	t.Run("the sums are right", func(t *testing.T) { sumsHold(t, one) })
	base := filepath.Join(one, "syncd_1.2.3_linux_"+runtime.GOARCH)
	t.Run("the program is static", func(t *testing.T) { isStatic(t, base) })
	t.Run("the package is whole", func(t *testing.T) { debIsWhole(t, base+".deb") })
	t.Run("the image starts as nobody", func(t *testing.T) { imageIsWhole(t, base+".oci.tar") })
	t.Run("the bill names the modules", func(t *testing.T) { billIsWhole(t, base+".cdx.json") })
}

// copyTree copies what git would have of the tree.
func copyTree(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "dist"}, rel):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sameBytes(t *testing.T, one, two string) {
	names := entries(t, one)
	if got := entries(t, two); !slices.Equal(got, names) {
		t.Fatalf("got the files %v, then %v", names, got)
	}
	if len(names) != 7 {
		t.Errorf("got the files %v, want program, three packages, image, bill and sums", names)
	}
	for _, name := range names {
		if a, b := read(t, filepath.Join(one, name)), read(t, filepath.Join(two, name)); !bytes.Equal(a, b) {
			t.Errorf("%s differs: %d and %d bytes", name, len(a), len(b))
		}
	}
}

func sumsHold(t *testing.T, dir string) {
	cmd := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "SHA256SUMS")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Count(out, []byte(": OK\n")) != 6 {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

// isStatic: it needs no loader, names no folder of the machine that built it,
// and knows its version.
func isStatic(t *testing.T, program string) {
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program asks for a loader")
		}
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(read(t, program), []byte(here+"/")) {
		t.Errorf("the program names %s", here)
	}
	if out, err := exec.CommandContext(t.Context(), program, "version").Output(); err != nil || !bytes.HasPrefix(out, []byte("syncd 1.2.3 ")) {
		t.Errorf("got the version %q (%v)", out, err)
	}
}

// debIsWhole compares the contents, their modes and owners with a list.
func debIsWhole(t *testing.T, deb string) {
	got := make(map[string]string)
	for name, h := range members(t, deb, "data.tar.gz") {
		if strings.HasPrefix(name, "/usr/share/doc/syncd/") && h.Mode == 0o644 {
			continue // one is looked at below
		}
		if h.Typeflag == tar.TypeReg || strings.HasPrefix(name, "/etc/syncd") {
			got[name] = fs.FileMode(h.Mode).Perm().String()
		}
		if h.Uid != 0 || h.Gid != 0 || h.ModTime.Unix() != 1795500000 {
			t.Errorf("%s belongs to %d:%d and is of %s", name, h.Uid, h.Gid, h.ModTime)
		}
	}
	const file, program = "-rw-r--r--", "-rwxr-xr-x"
	want := map[string]string{
		"/usr/bin/syncd":                               program,
		"/usr/share/man/man1/syncd.1.gz":               file,
		"/usr/share/man/man5/syncd.yaml.5.gz":          file,
		"/usr/share/bash-completion/completions/syncd": file, "/usr/share/zsh/vendor-completions/_syncd": file, "/usr/share/fish/vendor_completions.d/syncd.fish": file,
		"/usr/lib/systemd/system/syncd.service": file, "/usr/lib/systemd/system/syncd-once.service": file, "/usr/lib/systemd/system/syncd.timer": file,
		"/usr/share/syncd/prometheus/syncd.rules.yml": file, "/usr/share/syncd/grafana/syncd-oncall.json": file, "/usr/share/syncd/grafana/syncd-capacity.json": file,
		"/etc/syncd/": program, "/etc/syncd/credentials/": "-rwx------",
	}
	for name, mode := range want {
		if got[name] != mode {
			t.Errorf("%s: got the mode %q, want %s", name, got[name], mode)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("these are in the package, too: %v", got)
	}
	docs := members(t, deb, "data.tar.gz")
	for _, name := range []string{"copyright", "CHANGELOG.md", "syncd.example.yaml", "commands.md", "configuration.md", "sbom.cdx.json"} {
		if docs["/usr/share/doc/syncd/"+name] == nil {
			t.Errorf("there is no document %s", name)
		}
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		if h := members(t, deb, "control.tar.gz")["/"+script]; h == nil || h.Mode&0o111 == 0 {
			t.Errorf("%s is not there, or cannot be run", script)
		}
	}
}

// members lists a tar inside of a .deb.
func members(t *testing.T, deb, inner string) map[string]*tar.Header {
	t.Helper()
	f, err := os.Open(deb)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := make(map[string]*tar.Header)
	for outer := ar.NewReader(f); ; {
		h, err := outer.Next()
		if err != nil {
			t.Fatalf("%s: %v", inner, err)
		}
		if strings.TrimSuffix(h.Name, "/") != inner {
			continue
		}
		z, err := gzip.NewReader(outer)
		if err != nil {
			t.Fatal(err)
		}
		for r := tar.NewReader(z); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			all[strings.TrimPrefix(h.Name, ".")] = h
		}
	}
}

// imageIsWhole reads the image as an engine would, in both of its forms.
func imageIsWhole(t *testing.T, archive string) {
	old, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tar", "-C", dir, "-xf", archive).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("got %v (%v), want one image", manifest, err)
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := old.ConfigName()
	if b, _ := img.ConfigName(); a != b || a == (v1.Hash{}) {
		t.Errorf("the two forms hold the images %v and %v", a, b)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c := config.Config; c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{"/usr/bin/syncd"}) || config.Architecture != runtime.GOARCH {
		t.Errorf("got the configuration %+v for %s", c, config.Architecture)
	}
	files := make(map[string]*tar.Header)
	flat := mutate.Extract(img)
	defer flat.Close()
	for r := tar.NewReader(flat); ; {
		h, err := r.Next()
		if err != nil {
			break // what is missing shows below
		}
		files[strings.TrimSuffix(h.Name, "/")] = h
	}
	for name, size := range map[string]int64{"usr/bin/syncd": 10_000_000, "etc/ssl/certs/ca-certificates.crt": 100_000, "etc/passwd": 10} {
		if files[name] == nil || files[name].Size < size {
			t.Errorf("the image has no %s, or one that is too small", name)
		}
	}
	if h := files["var/lib/syncd"]; h == nil || h.Uid != nobody || h.Mode&0o777 != 0o700 {
		t.Errorf("got the state's folder %+v", h)
	}
}

func billIsWhole(t *testing.T, file string) {
	var bom cyclonedx.BOM
	if err := json.Unmarshal(read(t, file), &bom); err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`(?m)^\t(\S+) (v\S+)`).FindAllStringSubmatch(string(read(t, filepath.Join(root, "go.mod"))), -1)
	versions := make(map[string]string)
	for _, m := range required {
		versions[m[1]] = m[2]
	}
	seen := 0
	for _, c := range *bom.Components {
		if c.Name == "std" {
			continue
		}
		if versions[c.Name] != c.Version {
			t.Errorf("%s is there as %s, go.mod has %q", c.Name, c.Version, versions[c.Name])
		}
		seen++
	}
	if seen < 25 || bom.Metadata.Component.Version != "1.2.3" {
		t.Errorf("got %d modules of version %s", seen, bom.Metadata.Component.Version)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range found {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
