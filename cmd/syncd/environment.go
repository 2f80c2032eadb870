package main

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// An environment is everything outside the program that commands use, so that
// a test, or the demo, can give them another one.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	// width returns how many columns a terminal has, 0 if w is none.
	width func(w io.Writer) int
	// asks reports whether a person answers questions there.
	asks func(r io.Reader) bool
	// conceal reads a line that is typed and not shown.
	conceal func(r io.Reader) (string, error)
}

func systemEnvironment() *environment {
	return &environment{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, now: time.Now, width: terminalWidth,
		asks: isTerminal, conceal: readConcealed,
	}
}

func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// readConcealed reads a line from a terminal, which does not show it.
func readConcealed(r io.Reader) (string, error) {
	f, ok := r.(*os.File)
	if !ok {
		return "", errors.New("this is no terminal")
	}
	line, err := term.ReadPassword(int(f.Fd()))
	return string(line), err
}

func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
		return n
	}
	return pipeWidth
}

// pipeWidth is how wide text is where nobody says.
const pipeWidth = 80
