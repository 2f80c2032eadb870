package main

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
)

// bill writes which modules, in which versions, are in a program: read from the
// program itself, so that it cannot say anything else.
func (r *release) bill(program, arch string) error {
	built, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	bom := cyclonedx.NewBOM()
	self := component(built.Main.Path, r.version)
	self.Type = cyclonedx.ComponentTypeApplication
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.at.Format(time.RFC3339), Component: &self}
	parts := []cyclonedx.Component{component("std", built.GoVersion)}
	refs := []string{parts[0].BOMRef}
	for _, dep := range built.Deps {
		c := component(dep.Path, dep.Version)
		if dep.Replace != nil {
			c = component(dep.Replace.Path, dep.Replace.Version)
		}
		parts, refs = append(parts, c), append(refs, c.BOMRef)
	}
	bom.Components = &parts
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: self.BOMRef, Dependencies: &refs}}
	var b bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_5); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.stage, "sbom.cdx.json"), b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(r.name(arch, ".cdx.json"), b.Bytes(), 0o644)
}

// component is a Go module.
func component(path, version string) cyclonedx.Component {
	url := "pkg:golang/" + path + "@" + version
	return cyclonedx.Component{
		Type: cyclonedx.ComponentTypeLibrary, BOMRef: url, PackageURL: url,
		Name: path, Version: version,
	}
}
