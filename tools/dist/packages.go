package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/apk"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/rpm"
)

// packagers are the forms of packages that are made.
func packagers() map[string]nfpm.Packager {
	return map[string]nfpm.Packager{"deb": deb.Default, "rpm": rpm.DefaultRPM, "apk": apk.Default}
}

// pack makes a package of what is staged, as deploy/packages/nfpm.yaml says.
func (r *release) pack(format, arch string) error {
	info, err := r.contents(format, arch)
	if err != nil {
		return err
	}
	f, err := os.Create(r.name(arch, "."+format))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := packagers()[format].Package(info, f); err != nil {
		return err
	}
	return f.Close()
}

// contents says what is in a package.
func (r *release) contents(format, arch string) (*nfpm.Info, error) {
	values := map[string]string{"ARCH": arch, "VERSION": r.version, "STAGE": r.stage}
	c, err := nfpm.ParseFileWithEnvMapping(filepath.Join(r.root, "deploy/packages/nfpm.yaml"), func(name string) string { return values[name] })
	if err != nil {
		return nil, err
	}
	info, err := c.Get(format)
	if err != nil {
		return nil, err
	}
	info.MTime = r.at
	for _, script := range []*string{&info.Scripts.PostInstall, &info.Scripts.PreRemove, &info.Scripts.PostRemove} {
		if *script != "" {
			*script = filepath.Join(r.root, *script)
		}
	}
	for _, f := range info.Contents {
		if f.FileInfo == nil {
			continue
		}
		f.FileInfo.MTime = r.at
	}
	return info, r.age()
}

// age gives everything on the stage the time of the commit: what a whole folder
// brings keeps its own.
func (r *release) age() error {
	return filepath.WalkDir(r.stage, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, r.at, r.at)
	})
}
