// Dist builds what is handed out: static programs, packages, images, a list of
// what is inside, and checksums.
//
// The same commit gives the same bytes, whoever builds it where: no path of the
// machine, no clock, no order of a map is in them, and what others have written
// is pinned in go.sum. It runs at the root of the tree:
//
//	go run -C tools ./dist -root .. -out ../dist
//
// Nothing is signed: whoever hands it out signs SHA256SUMS.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// A release is what is built: from which tree, as which version, into which
// folder.
type release struct {
	root, out, stage string
	version          string
	at               time.Time // what every file says of its age
	formats          []string  // deb, rpm, apk
	images           bool
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("dist", flag.ContinueOnError)
	root := flags.String("root", ".", "the tree")
	out := flags.String("out", "dist", "the folder that gets the files; what is in it goes")
	version := flags.String("version", "", "such as 1.2.3; without it the tag of the commit, or a version from its time")
	archs := flags.String("arch", "amd64,arm64", "for which machines")
	formats := flags.String("formats", "deb,rpm,apk", "which packages")
	images := flags.Bool("images", true, "images, too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	r := &release{root: *root, out: *out, formats: strings.Split(*formats, ","), images: *images}
	syscall.Umask(0o022) // the modes of what is packed must not depend on who builds
	var err error
	if r.at, err = commitTime(ctx, *root); err != nil {
		return err
	}
	if r.version = strings.TrimPrefix(*version, "v"); r.version == "" {
		r.version = versionOf(ctx, *root, r.at)
	}
	if r.stage, err = os.MkdirTemp("", "syncd-dist-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.stage)
	return r.build(ctx, strings.Split(*archs, ","))
}

// build makes everything, and then the checksums of it.
func (r *release) build(ctx context.Context, archs []string) error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if err := r.papers(ctx); err != nil {
		return err
	}
	for _, arch := range archs {
		if err := r.buildFor(ctx, arch); err != nil {
			return fmt.Errorf("%s: %w", arch, err)
		}
	}
	return writeSums(r.out)
}

func (r *release) buildFor(ctx context.Context, arch string) error {
	program, err := r.program(ctx, arch)
	if err != nil {
		return err
	}
	if err := r.bill(program, arch); err != nil {
		return err
	}
	for _, format := range r.formats {
		if err := r.pack(format, arch); err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
	}
	if !r.images {
		return nil
	}
	return r.image(program, arch)
}

// name returns the path of a file that is handed out.
func (r *release) name(arch, rest string) string {
	return filepath.Join(r.out, "syncd_"+r.version+"_linux_"+arch+rest)
}

// commitTime returns $SOURCE_DATE_EPOCH, or the time of the commit.
func commitTime(ctx context.Context, root string) (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		out, err := output(ctx, root, "git", "log", "-1", "--format=%ct")
		if err != nil {
			return time.Time{}, fmt.Errorf("%w; outside of git set SOURCE_DATE_EPOCH", err)
		}
		text = out
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// versionOf returns the version of a tagged commit, and of another one its time
// in a form that all package formats sort before the next release.
func versionOf(ctx context.Context, root string, at time.Time) string {
	if tag, err := output(ctx, root, "git", "describe", "--tags", "--exact-match", "--match", "v[0-9]*"); err == nil {
		return strings.TrimPrefix(tag, "v")
	}
	return "0.0.0-git" + at.Format("20060102150405")
}

// output runs a program and returns what it prints.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
