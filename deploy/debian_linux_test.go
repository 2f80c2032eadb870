package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// needs ends a test that this machine cannot run. Who is not root cannot help
// it; a program that is missing in CI is a failure, since CI installs them.
func needs(t *testing.T, root bool, programs ...string) {
	t.Helper()
	if root && os.Geteuid() != 0 {
		t.Skip("only root can boot a machine: run it as root to see it")
	}
	end := t.Skipf
	if os.Getenv("CI") != "" {
		end = t.Fatalf
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			end("%s is not installed: run tools/needs.sh", p)
		}
	}
}

// newDebian lays out a Debian in a folder. It is made once, from where apt
// itself gets its packages, and kept as an archive in the user's cache.
func newDebian(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(cache, "syncd-test", "bookworm-"+runtime.GOARCH+"-1.tar")
	if _, err := os.Stat(archive); err != nil {
		makeDebian(t, archive)
	}
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, "tar", "-C", root, "--numeric-owner", "-xpf", archive)
	return root
}

// suite is the Debian that the oldest systemd is from which has to work.
const suite = "bookworm"

// makeDebian installs a small Debian into an archive. One that is cut off
// leaves none.
func makeDebian(t *testing.T, archive string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "new")
	args := []string{"--variant=minbase", "--include=systemd,systemd-sysv,dbus,libnss-systemd", suite, root}
	if m := mirror(t); m != "" {
		args = append(args, m)
	}
	output(t, "debootstrap", args...)
	for _, waste := range []string{"var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"} {
		if err := os.RemoveAll(filepath.Join(root, waste)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		t.Fatal(err)
	}
	part := archive + "." + strconv.Itoa(os.Getpid()) // another checkout's test may be at it, too
	output(t, "tar", "-C", root, "--numeric-owner", "-cpf", part, ".")
	if err := os.Rename(part, archive); err != nil {
		t.Fatal(err)
	}
}

// mirror returns where apt gets the suite from, "" for debootstrap's own idea.
func mirror(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(output(t, "apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(COMPONENT)", "Created-By: Packages")) {
		f := strings.Fields(line)
		if len(f) == 3 && f[1] == suite && f[2] == "main" {
			return f[0]
		}
	}
	return ""
}

// output runs a program that must succeed, and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", strings.Join(cmd.Args, " "), err, errs.String(), out)
	}
	return string(out)
}
