// Package pgtest starts a PostgreSQL server for tests: a real one, with nothing
// in it, in a directory of its own, reached by a socket in there. It is stopped and
// removed at the end. It promises nothing about what a crash of the machine would
// leave, because it does not wait for the disk.
package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// ErrMissing says that no PostgreSQL is installed here.
var ErrMissing = errors.New("no PostgreSQL is installed here: see tools/needs.sh")

// A Server is a PostgreSQL server that runs.
type Server struct {
	dir string
	cmd *exec.Cmd
	log bytes.Buffer
}

// accepts is how long a server may take to accept connections.
const accepts = time.Minute

// Start starts a server. Its error is ErrMissing where there is no PostgreSQL. The
// caller owes a Stop.
func Start() (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "syncd-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.start(bin); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Installed returns nil if there is a PostgreSQL, else ErrMissing.
func Installed() error {
	_, err := programs()
	return err
}

// programs returns where the newest server's programs are.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path) // beside it are the others
		return filepath.Dir(path), err
	}
	all, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(all) == 0 {
		return "", errors.Join(ErrMissing, err)
	}
	return filepath.Dir(slices.MaxFunc(all, func(a, b string) int { return version(a) - version(b) })), nil
}

func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0 // of no version that is known
	}
	return n
}

func (s *Server) start(bin string) error {
	attr, err := s.owner()
	if err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(s.dir, "db"), "-U", "syncd", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(s.dir, "db"), "-k", s.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
	s.cmd.SysProcAttr, s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = attr, s.dir, &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for end := time.Now().Add(accepts); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command(filepath.Join(bin, "pg_isready"), "-h", s.dir).CombinedOutput()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("postgres does not answer: %w\n%s", err, out)
		}
	}
}

// owner says as whom the server runs: it refuses to be root.
func (s *Server) owner() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, errors.Join(err1, err2, os.Chown(s.dir, int(uid), int(gid)))
}

// Socket returns the path of the server's socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// URL returns the place of a state in its own schema.
func (s *Server) URL(schema string) string {
	return "postgres://syncd@/postgres?host=" + s.dir + "&search_path=" + schema
}

// Stop ends the server and removes all that it kept.
func (s *Server) Stop() error {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGQUIT) // at once
		_ = s.cmd.Wait()                          // it does not end well when it ends at once
	}
	return os.RemoveAll(s.dir)
}
