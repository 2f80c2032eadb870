package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A Secret refers to a secret outside the configuration file: cred:NAME (a
// systemd credential), file:PATH or env:NAME. Whatever prints it prints
// "<secret>". The zero value refers to nothing.
type Secret struct {
	ref *reference // a pointer, for what prints fields without asking their type
}

type reference struct {
	kind string
	name string // of files: the whole path
}

// String returns the reference as it is written; it is for errors that say what
// cannot be read.
func (r reference) String() string { return r.kind + ":" + r.name }

// credentials is where the units take what systemd hands them. Whoever works by
// hand beside the daemon, as root, has no other credentials than it has.
const credentials = "/etc/syncd/credentials"

const (
	secretShown = "<secret>"
	secretMax   = 64 << 10
)

const (
	fromCredential  = "cred"
	fromFile        = "file"
	fromEnvironment = "env"
)

var errNoReference = errors.New("no reference to a secret")

// parseSecret reads a reference. Its error does not contain the text, which
// may be the secret itself.
func parseSecret(text, dir string) (Secret, error) {
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case kind == fromCredential && matches(`[A-Za-z0-9._-]+`, name) && name != "." && name != "..":
	case kind == fromEnvironment && matches(`[A-Za-z_][A-Za-z0-9_]*`, name):
	case kind == fromFile && name != "":
		name = under(dir, name)
	default:
		return Secret{}, errNoReference
	}
	return Secret{&reference{kind, name}}, nil
}

// ParseSecret reads a reference that a flag has, as the configuration has them:
// file:PATH, env:NAME or cred:NAME. Its error does not contain the text, which
// may be the secret itself.
func ParseSecret(text string) (Secret, error) { return parseSecret(text, "") }

func matches(pattern, text string) bool {
	ok, err := regexp.MatchString(`^(?:`+pattern+`)$`, text)
	return ok && err == nil
}

// under returns a path of the configuration as seen from its folder.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Resolve returns the secret. One line break at its end does not belong to it.
func (s Secret) Resolve() (string, error) {
	if s.ref == nil {
		return "", errNoReference
	}
	text, err := s.ref.read()
	if err != nil {
		return "", fmt.Errorf("secret %v: %w", s.ref, err)
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case text == "":
		return "", fmt.Errorf("secret %v: it is empty", s.ref)
	case len(text) > secretMax:
		return "", fmt.Errorf("secret %v: it is longer than 64 KiB", s.ref)
	}
	return text, nil
}

func (r *reference) read() (string, error) {
	switch r.kind {
	case fromCredential:
		return readCredential(r.name)
	case fromFile:
		return readPrivate(r.name)
	case fromEnvironment:
		if text, ok := os.LookupEnv(r.name); ok {
			return text, nil
		}
		return "", errors.New("the environment has no such variable")
	}
	return "", errNoReference
}

func readCredential(name string) (string, error) {
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		return readFile(filepath.Join(dir, name))
	}
	text, err := readPrivate(filepath.Join(credentials, name))
	if err != nil {
		return "", fmt.Errorf("$CREDENTIALS_DIRECTORY is not set, and %s/%s: %w; run it as root there, or under systemd with LoadCredential=%s:PATH, or refer to file:PATH", credentials, name, err, name)
	}
	return text, nil
}

// readPrivate reads a file that not everybody on the machine may read.
func readPrivate(path string) (string, error) {
	stat, err := os.Stat(path)
	switch {
	case err != nil:
		return "", bare(err)
	case !stat.Mode().IsRegular():
		return "", errors.New("it is not a regular file")
	case stat.Mode().Perm()&0o006 != 0:
		return "", fmt.Errorf("everybody may read or write it (mode %04o): chmod 600, in Kubernetes defaultMode: 0400", stat.Mode().Perm())
	}
	return readFile(path)
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", bare(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, secretMax+3)) // room for a line break and one byte too many
	return string(text), bare(err)
}

// bare drops the path from an error of the file system: whoever wraps it has
// named it.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// String returns "<secret>".
func (s Secret) String() string { return secretShown }

// GoString returns "<secret>".
func (s Secret) GoString() string { return secretShown }

// Format prints "<secret>" for every verb.
func (s Secret) Format(state fmt.State, _ rune) { io.WriteString(state, secretShown) }

// MarshalText returns "<secret>".
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretShown), nil }

// MarshalJSON returns "<secret>" as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(secretShown) }

// LogValue returns "<secret>".
func (s Secret) LogValue() slog.Value { return slog.StringValue(secretShown) }
