package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	yaml "go.yaml.in/yaml/v4"
)

const planted = "s3cr3t"

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretResolves(t *testing.T) {
	dir := filepath.Dir(write(t, "mm-token", planted+"\n", 0o444))
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	t.Setenv("SYNCD_TEST_SECRET", planted)
	private := write(t, "token", planted+"\r\n", 0o640)
	for _, test := range []struct{ name, reference, dir string }{
		{"a systemd credential", "cred:mm-token", ""},
		{"a variable", "env:SYNCD_TEST_SECRET", ""},
		{"a file", "file:" + private, "/elsewhere"},
		{"a file beside the configuration", "file:token", filepath.Dir(private)},
	} {
		s, err := parseSecret(test.reference, test.dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Resolve(); err != nil || got != planted {
			t.Errorf("%s: got %q, error %v, want %q", test.name, got, err, planted)
		}
	}
}

func TestSecretKeepsAllButOneLineBreak(t *testing.T) {
	for text, want := range map[string]string{"a\n": "a", "a\r\n": "a", "a\n\n": "a\n", " a ": " a ", strings.Repeat("a", secretMax) + "\n": strings.Repeat("a", secretMax)} {
		s, err := parseSecret("file:"+write(t, "token", text, 0o600), "")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Resolve(); err != nil || got != want {
			t.Errorf("%.10q: got %.10q, error %v, want %.10q", text, got, err, want)
		}
	}
}

func TestSecretDoesNotResolve(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	t.Setenv("SYNCD_TEST_EMPTY", "")
	missing := filepath.Join(t.TempDir(), "missing")
	for _, test := range []struct{ name, reference, want string }{
		{"outside systemd", "cred:mm-token", "$CREDENTIALS_DIRECTORY is not set"},
		{"no such variable", "env:SYNCD_TEST_NO_SUCH", "no such variable"},
		{"an empty variable", "env:SYNCD_TEST_EMPTY", "it is empty"},
		{"no such file", "file:" + missing, "no such file"},
		{"a folder", "file:" + t.TempDir(), "not a regular file"},
		{"only a line break", "file:" + write(t, "t", "\n", 0o600), "it is empty"},
		{"everybody may read it", "file:" + write(t, "t", planted, 0o604), "mode 0604"},
		{"everybody may write it", "file:" + write(t, "t", planted, 0o602), "mode 0602"},
		{"too long", "file:" + write(t, "t", strings.Repeat("a", secretMax+1), 0o600), "longer than 64 KiB"},
		{"far too long", "file:" + write(t, "t", strings.Repeat("a\n", secretMax), 0o600), "longer than 64 KiB"},
	} {
		s, err := parseSecret(test.reference, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Resolve()
		if got != "" || err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), planted) {
			t.Errorf("%s: got %.10q, error %v, want an error with %q", test.name, got, err, test.want)
		}
		if strings.Count(fmt.Sprint(err), test.reference) != 1 {
			t.Errorf("%s: got %v, want the reference once", test.name, err)
		}
	}
	s, _ := parseSecret("file:"+missing, "")
	if _, err := s.Resolve(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if _, err := (Secret{}).Resolve(); err == nil {
		t.Error("got no error from the zero secret")
	}
}

func TestSecretReferences(t *testing.T) {
	for _, bad := range []string{"", planted, "cred:", "cred:a/b", "cred:..", "cred:a b", "env:", "env:1A", "env:A-B", "env:A=B", "file:", "vault:x", "CRED:x", "cred:x\n"} {
		if s, err := parseSecret(bad, ""); err == nil {
			t.Errorf("%q: got %#v, want an error", bad, s.ref)
		}
	}
}

// Whatever prints a secret, or something that holds one, prints <secret>.
func TestSecretIsNotPrinted(t *testing.T) {
	s := Secret{&reference{fromEnvironment, planted}}
	holder := struct {
		Token  Secret
		Public *Secret
	}{s, &s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s", "%.2s", "%p"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", s, &s, holder)
	}
	fmt.Fprintln(&out, s, s.String(), s.GoString(), []Secret{s}, map[Secret]Secret{s: s}, errors.New(s.String()))
	encoded, err := json.Marshal(map[string]any{"a": s, "b": &s, "c": holder})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	text, err := yaml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
	zap.New(core).Info("x", zap.Any("a", s), zap.Any("b", holder), zap.Stringer("c", s), zap.Reflect("d", &s), zap.Any("e", []Secret{s}))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "a", s, "b", &s, "c", holder)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", s, "b", &s, "c", holder)
	if strings.Contains(out.String(), planted) || strings.Contains(out.String(), fmt.Sprintf("%x", planted)) {
		t.Errorf("got the name of the secret in:\n%s", out.String())
	}
	if got, want := strings.Count(out.String(), "secret>"), 40; got < want {
		t.Errorf("got <secret> %d times, want at least %d:\n%s", got, want, out.String())
	}
}

// However a file with a secret in it is broken, no error shows the secret.
func TestLiteralsAreNotPrinted(t *testing.T) {
	forms := []string{
		"mattermost: { url: \"https://chat.example.org\", token: s3cr3t }\n",
		"mattermost:\n  url: \"https://chat.example.org\"\n  token: s3cr3t\n",
		"mattermost:\n  token: >\n    s3cr3t\n    s3cr3t\n  url: \"https://chat.example.org\"\n",
		"mattermost:\n  token: \"s3cr3t\n    s3cr3t\"\n  url: \"https://chat.example.org\"\n",
		"mattermost: { url: \"https://root:s3cr3t@chat.example.org\", token: cred:a }\n",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		text := []rune(strings.Replace(minimal, strings.SplitAfter(minimal, "\n")[2], forms[random.IntN(len(forms))], 1))
		for range 1 + random.IntN(2) {
			text = broken(random, text)
		}
		_, err := Parse("syncd.yaml", []byte(string(text)), nil)
		if err == nil {
			continue
		}
		var all Errors
		if !errors.As(err, &all) {
			t.Fatalf("got %v, want Errors", err)
		}
		if strings.Contains(all.Explain(), planted) {
			t.Fatalf("got the secret in:\n%s\nof:\n%s", all.Explain(), string(text))
		}
	}
}

// broken changes one character of the text, but not within the secret.
func broken(random *rand.Rand, text []rune) []rune {
	at := random.IntN(len(text))
	if i := strings.Index(string(text), planted); i >= 0 && at >= i && at < i+len(planted) {
		return text
	}
	signs := []rune(":{}[],\"'\n \t-#&*!|>%@x")
	sign := signs[random.IntN(len(signs))]
	switch random.IntN(3) {
	case 0:
		return append(text[:at:at], text[at+1:]...)
	case 1:
		return append(text[:at:at], append([]rune{sign}, text[at:]...)...)
	}
	text[at] = sign
	return text
}
