package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// compile builds the program without a path of this machine in it. The id that
// the linker would make goes, too: it depends on what is in the build cache.
func (r *release) compile(ctx context.Context, goos, arch, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid= -X main.version="+r.version, "-o", to, "./cmd/syncd")
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// program builds for a machine, and returns the path.
func (r *release) program(ctx context.Context, arch string) (string, error) {
	staged := filepath.Join(r.stage, "syncd")
	if err := r.compile(ctx, "linux", arch, staged); err != nil {
		return "", err
	}
	content, err := os.ReadFile(staged)
	if err != nil {
		return "", err
	}
	to := r.name(arch, "")
	return to, os.WriteFile(to, content, 0o755)
}

// papers stages what all machines have in common: manuals, completions, units
// and documents.
func (r *release) papers(ctx context.Context) error {
	native := filepath.Join(r.stage, "native")
	if err := r.compile(ctx, runtime.GOOS, runtime.GOARCH, native); err != nil {
		return err
	}
	for _, page := range []string{"syncd.1", "syncd.yaml.5"} {
		text, err := output(ctx, r.stage, native, "manual", page)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.stage, page+".gz"), zipped(text+"\n"), 0o644); err != nil {
			return err
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		text, err := output(ctx, r.stage, native, "completion", shell)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.stage, "completion."+shell), []byte(text+"\n"), 0o644); err != nil {
			return err
		}
	}
	for _, from := range []string{"LICENSE", "CHANGELOG.md", "config.example.yaml", "docs", "deploy/systemd", "deploy/prometheus", "deploy/grafana"} {
		if err := r.lay(from); err != nil {
			return err
		}
	}
	return nil
}

// lay copies a file or folder of the tree to the stage, under its last name.
func (r *release) lay(from string) error {
	base := filepath.Join(r.root, from)
	return filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(r.stage, filepath.Base(from)+strings.TrimPrefix(path, base))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o644)
	})
}

// zipped compresses as "gzip -n9" does, without a name and a time.
func zipped(text string) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one
	_, _ = w.Write([]byte(text))                          // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
