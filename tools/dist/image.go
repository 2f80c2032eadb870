package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// nobody is who the program is in a container: a number, because Kubernetes
// asks for one to know that it is not root.
const nobody = 65532

// image writes an image as an archive that both "podman load" and "docker load"
// take: an OCI layout, with the list that older ones look for beside it.
func (r *release) image(program, arch string) error {
	layer, err := r.layer(program)
	if err != nil {
		return err
	}
	img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	img = mutate.ConfigMediaType(img, types.OCIConfigJSON)
	img, err = mutate.Append(img, mutate.Addendum{
		Layer: layer, MediaType: types.OCILayer,
		History: v1.History{Created: v1.Time{Time: r.at}, CreatedBy: "tools/dist"},
	})
	if err != nil {
		return err
	}
	if img, err = mutate.ConfigFile(img, r.imageConfig(img, arch)); err != nil {
		return err
	}
	dir := filepath.Join(r.stage, "image-"+arch)
	if err := r.layOut(dir, img, arch); err != nil {
		return err
	}
	return r.archive(dir, r.name(arch, ".oci.tar"))
}

// imageConfig says how the program is started.
func (r *release) imageConfig(img v1.Image, arch string) *v1.ConfigFile {
	c, _ := img.ConfigFile() // made above, from memory
	c = c.DeepCopy()
	c.Architecture, c.OS = arch, "linux"
	c.Created = v1.Time{Time: r.at}
	c.Config = v1.Config{
		User:         fmt.Sprintf("%d:%d", nobody, nobody),
		Entrypoint:   []string{"/usr/bin/syncd"},
		Cmd:          []string{"run", "--web.listen-address=:9494"},
		Env:          []string{"PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
		ExposedPorts: map[string]struct{}{"9494/tcp": {}},
		Volumes:      map[string]struct{}{"/var/lib/syncd": {}},
		WorkingDir:   "/var/lib/syncd",
		StopSignal:   "SIGTERM",
		Labels: map[string]string{
			"org.opencontainers.image.title":       "syncd",
			"org.opencontainers.image.description": "Keeps a Mattermost server's accounts in step with a company's directory",
			"org.opencontainers.image.licenses":    "Apache-2.0",
			"org.opencontainers.image.source":      "https://github.com/directory-sync/syncd",
			"org.opencontainers.image.version":     r.version,
		},
	}
	return c
}

// layer holds the program and the little that it needs around it.
func (r *release) layer(program string) (v1.Layer, error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	license, err := os.ReadFile(filepath.Join(r.root, "LICENSE"))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := &layerWriter{tar.NewWriter(&b), r}
	for _, dir := range []string{"etc/", "etc/ssl/", "etc/ssl/certs/", "etc/syncd/", "usr/", "usr/bin/", "usr/share/", "usr/share/doc/", "usr/share/doc/syncd/", "var/", "var/lib/"} {
		w.add(tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}, nil)
	}
	w.add(tar.Header{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777}, nil)
	w.add(tar.Header{Name: "var/lib/syncd/", Typeflag: tar.TypeDir, Mode: 0o700, Uid: nobody, Gid: nobody}, nil)
	w.add(tar.Header{Name: "etc/passwd", Mode: 0o644}, fmt.Appendf(nil, "root:x:0:0::/:/nologin\nsyncd:x:%d:%d::/var/lib/syncd:/nologin\n", nobody, nobody))
	w.add(tar.Header{Name: "etc/group", Mode: 0o644}, fmt.Appendf(nil, "root:x:0:\nsyncd:x:%d:\n", nobody))
	w.add(tar.Header{Name: "etc/ssl/certs/ca-certificates.crt", Mode: 0o644}, roots())
	w.add(tar.Header{Name: "usr/share/doc/syncd/copyright", Mode: 0o644}, license)
	w.add(tar.Header{Name: "usr/bin/syncd", Mode: 0o755}, content)
	_ = w.Close() // into memory
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
}

// roots returns Mozilla's authorities as of the version in go.sum: those of the
// machine that builds would be others each time.
func roots() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // into memory
		}
	}
	return b.Bytes()
}

type layerWriter struct {
	*tar.Writer
	r *release
}

// add writes a file; into memory, so that nothing can go wrong but a header
// that makes no sense.
func (w *layerWriter) add(h tar.Header, content []byte) {
	h.Size, h.ModTime, h.Format = int64(len(content)), w.r.at, tar.FormatUSTAR
	if h.Typeflag == 0 {
		h.Typeflag = tar.TypeReg
	}
	if err := w.WriteHeader(&h); err != nil {
		panic(err)
	}
	if _, err := w.Write(content); err != nil {
		panic(err)
	}
}

// layOut writes the OCI layout, and manifest.json for what loaded images before
// there was one.
func (r *release) layOut(dir string, img v1.Image, arch string) error {
	l, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	name := "syncd:" + strings.ReplaceAll(r.version, "+", "-")
	err = l.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: arch}),
		layout.WithAnnotations(map[string]string{"io.containerd.image.name": name, "org.opencontainers.image.ref.name": r.version}))
	if err != nil {
		return err
	}
	config, err := img.ConfigName()
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	digest, err := layers[0].Digest()
	if err != nil {
		return err
	}
	list := fmt.Sprintf(`[{"Config":%q,"RepoTags":[%q],"Layers":[%q]}]`, blob(config), name, blob(digest))
	return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(list+"\n"), 0o644)
}

func blob(h v1.Hash) string { return path.Join("blobs", h.Algorithm, h.Hex) }

// archive writes a folder as a tar, in the order of the names.
func (r *release) archive(dir, to string) error {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	sort.Strings(names)
	var b bytes.Buffer
	w := &layerWriter{tar.NewWriter(&b), r}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		w.add(tar.Header{Name: filepath.ToSlash(inside), Mode: 0o644}, content)
	}
	_ = w.Close() // into memory
	return os.WriteFile(to, b.Bytes(), 0o644)
}
