package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"syscall"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// inJournal reports whether w leads to journald, which $JOURNAL_STREAM names by
// device and inode. The variable alone says little: whoever is started by a
// unit inherits it, with another standard error.
func (e *environment) inJournal(w io.Writer) bool {
	f, ok := w.(*os.File)
	stream := e.getenv("JOURNAL_STREAM")
	if !ok || stream == "" {
		return false
	}
	stat, err := f.Stat()
	if err != nil {
		return false
	}
	sys, ok := stat.Sys().(*syscall.Stat_t)
	return ok && fmt.Sprintf("%d:%d", sys.Dev, sys.Ino) == stream
}

// priority returns what journald takes off the beginning of a line to know how
// grave it is.
func priority(l zapcore.Level) string {
	switch {
	case l <= zapcore.DebugLevel:
		return "<7>"
	case l == zapcore.InfoLevel:
		return "<6>"
	case l == zapcore.WarnLevel:
		return "<4>"
	case l == zapcore.ErrorLevel:
		return "<3>"
	}
	return "<2>"
}

// A prioritized encoder begins each line with its priority.
type prioritized struct {
	zapcore.Encoder
	pool buffer.Pool
}

// Clone implements [zapcore.Encoder].
func (p prioritized) Clone() zapcore.Encoder { return prioritized{p.Encoder.Clone(), p.pool} }

// EncodeEntry implements [zapcore.Encoder].
func (p prioritized) EncodeEntry(e zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line, err := p.Encoder.EncodeEntry(e, fields)
	if err != nil {
		return nil, err
	}
	defer line.Free()
	all := p.pool.Get()
	all.AppendString(priority(e.Level))
	_, err = all.Write(line.Bytes())
	return all, err
}

// complaints returns where errors are told. In the journal each line of them
// is an error.
func (a *app) complaints() io.Writer {
	if a.inJournal(a.stderr) {
		return graveWriter{a.stderr}
	}
	return a.stderr
}

// A graveWriter takes whole lines.
type graveWriter struct{ w io.Writer }

// Write implements [io.Writer].
func (g graveWriter) Write(p []byte) (int, error) {
	var text []byte
	for line := range bytes.Lines(p) {
		text = append(append(text, priority(zapcore.ErrorLevel)...), line...)
	}
	if _, err := g.w.Write(text); err != nil {
		return 0, err
	}
	return len(p), nil
}
