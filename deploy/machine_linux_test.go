package deploy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// A machine is a Debian with a systemd of its own, in a container without a
// network. Only the server that it syncs to is outside: it listens within.
type machine struct {
	root   string
	server *mmsim.Server

	nspawn *exec.Cmd
	gone   chan struct{}
	leader int // the pid of its systemd, seen from here
	web    *httptest.Server
}

// patience is how long a machine may take for anything.
const patience = 60 * time.Second

// boot starts the machine and waits until all its units are up.
func (m *machine) boot(t *testing.T) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "console"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	m.nspawn = exec.Command("systemd-nspawn", "--quiet", "--boot", "--directory="+m.root, "--machine=syncd-test",
		"--register=no", "--keep-unit", "--private-network", "--kill-signal=SIGRTMIN+3")
	m.nspawn.Stdout, m.nspawn.Stderr = log, log
	if err := m.nspawn.Start(); err != nil {
		t.Fatal(err)
	}
	m.gone = make(chan struct{})
	go func(cmd *exec.Cmd, gone chan struct{}) {
		_ = cmd.Wait() // a reboot ends it with 133
		close(gone)
	}(m.nspawn, m.gone)
	m.leader = 0
	m.await(t, "boots: "+log.Name(), func() bool {
		m.leader = childOf(m.nspawn.Process.Pid)
		return m.leader != 0 && exec.Command("nsenter", m.inside("test", "-S", "/run/dbus/system_bus_socket")...).Run() == nil
	})
	m.listen(t)
}

// listen lets the server listen inside: a socket belongs to the network of the
// thread that opened it.
func (m *machine) listen(t *testing.T) {
	t.Helper()
	opened := make(chan net.Listener, 1)
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		l, err := listenIn(m.leader)
		if err != nil {
			failed <- err
			return
		}
		opened <- l
	}()
	select {
	case err := <-failed:
		t.Fatal(err)
	case l := <-opened:
		m.web = &httptest.Server{Listener: l, Config: &http.Server{Handler: m.server}}
		m.web.Start()
	}
}

func listenIn(pid int) (net.Listener, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter the machine's network: %w", err)
	}
	return net.Listen("tcp", "127.0.0.1:8065")
}

// childOf returns the pid of a process's only child, 0 if it has none yet.
func childOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) != 1 {
		return 0
	}
	child, err := strconv.Atoi(fields[0])
	if err != nil {
		return 0
	}
	return child
}

// off ends the machine, if it still runs.
func (m *machine) off() {
	if m.web != nil {
		m.web.CloseClientConnections()
		m.web.Close()
	}
	if m.nspawn == nil {
		return
	}
	_ = m.nspawn.Process.Signal(os.Interrupt)
	if m.leader != 0 {
		_ = unix.Kill(m.leader, unix.SIGKILL) // the kernel ends the rest with it
	}
	<-m.gone
}

// reboot lets the machine start again by its own means.
func (m *machine) reboot(t *testing.T) {
	t.Helper()
	_ = exec.Command("nsenter", m.inside("systemctl", "--no-block", "reboot")...).Run() // may be cut off
	select {
	case <-m.gone:
	case <-time.After(patience):
		t.Fatal("the machine does not go down")
	}
	m.web.CloseClientConnections()
	m.web.Close()
	m.boot(t)
}

// inside returns the arguments with which nsenter runs a command in the
// machine.
func (m *machine) inside(args ...string) []string {
	return append([]string{"--target", strconv.Itoa(m.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--",
		"env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SYSTEMD_PAGER="}, args...)
}

// try runs a command in the machine and returns what it prints and its exit
// code.
func (m *machine) try(t *testing.T, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "nsenter", m.inside(args...)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v\n%s", args, err, &out)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// do runs a command that must succeed.
func (m *machine) do(t *testing.T, args ...string) string {
	t.Helper()
	out, code := m.try(t, args...)
	if code != 0 {
		log, _ := m.try(t, "journalctl", "-b", "-u", "syncd*", "-n", "40", "--no-pager")
		t.Fatalf("%q ended with %d:\n%s\nthe journal ends with:\n%s", args, code, out, log)
	}
	return out
}

// property returns what systemd knows of a unit.
func (m *machine) property(t *testing.T, unit, name string) string {
	t.Helper()
	return strings.TrimSpace(m.do(t, "systemctl", "show", "--value", "--property="+name, unit))
}

// await waits until something is so.
func (m *machine) await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			log := ""
			if m.leader != 0 {
				log, _ = m.try(t, "journalctl", "-b", "-u", "syncd*", "-n", "60", "--no-pager")
			}
			t.Fatalf("it never comes to this: %s\n%s", what, log)
		}
	}
}

// logged waits until the unit's journal of this boot has a text so often.
func (m *machine) logged(t *testing.T, unit, text string, times int) {
	t.Helper()
	m.await(t, fmt.Sprintf("%s logs %q %d times", unit, text, times), func() bool {
		out, _ := m.try(t, "journalctl", "-b", "-u", unit, "-o", "cat", "--no-pager")
		return strings.Count(out, text) >= times
	})
}

// write writes a file in the machine.
func (m *machine) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(m.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
