package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// A wall is a clock for the log.
type wall struct{ now func() time.Time }

// Now implements [zapcore.Clock].
func (w wall) Now() time.Time { return w.now() }

// NewTicker implements [zapcore.Clock].
func (w wall) NewTicker(d time.Duration) *time.Ticker { return time.NewTicker(d) }

// A logfmt writes log lines as key=value pairs. Zap has no encoder for the
// form that the tools around Prometheus read, and the one it has for people
// writes fields as JSON.
type logfmt struct {
	*zapcore.MapObjectEncoder
	cfg  zapcore.EncoderConfig
	pool buffer.Pool
	head func(line *buffer.Buffer, e zapcore.Entry, timed bool)
}

func newLogfmt(cfg zapcore.EncoderConfig, head func(*buffer.Buffer, zapcore.Entry, bool)) *logfmt {
	return &logfmt{zapcore.NewMapObjectEncoder(), cfg, buffer.NewPool(), head}
}

// logfmtHead begins a line for programs: all of it is key=value.
func logfmtHead(line *buffer.Buffer, e zapcore.Entry, timed bool) {
	if timed {
		pair(line, "time", e.Time.UTC().Format(time.RFC3339))
	}
	pair(line, "level", e.Level.String())
	pair(line, "msg", e.Message)
}

// consoleHead begins a line for people: time of the day, level, message.
func consoleHead(line *buffer.Buffer, e zapcore.Entry, timed bool) {
	if timed {
		line.AppendString(e.Time.Format("15:04:05 "))
	}
	fmt.Fprintf(line, "%-5s %s", e.Level, cleanError(e.Message))
}

// Clone implements [zapcore.Encoder].
func (l *logfmt) Clone() zapcore.Encoder {
	c := newLogfmt(l.cfg, l.head)
	for k, v := range l.Fields {
		c.Fields[k] = v
	}
	return c
}

// EncodeEntry implements [zapcore.Encoder]. The fields come in the order in
// which they were given.
func (l *logfmt) EncodeEntry(e zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line := l.pool.Get()
	l.head(line, e, l.cfg.TimeKey != zapcore.OmitKey)
	given := zapcore.NewMapObjectEncoder()
	var order []string
	for k := range l.Fields {
		order = append(order, k)
	}
	slices.Sort(order)
	for k, v := range l.Fields {
		given.Fields[k] = v
	}
	for _, f := range fields {
		f.AddTo(given)
		order = append(order, f.Key)
	}
	for _, k := range order {
		if v, ok := given.Fields[k]; ok {
			pair(line, k, textOf(v))
			delete(given.Fields, k)
		}
	}
	line.AppendByte('\n')
	return line, nil
}

// textOf writes a value; times as the line's own.
func textOf(v any) string {
	if t, ok := v.(time.Time); ok {
		return t.UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}

// pair writes key=value, quoted where it must be.
func pair(line *buffer.Buffer, key, value string) {
	if line.Len() > 0 {
		line.AppendByte(' ')
	}
	line.AppendString(key)
	line.AppendByte('=')
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' || r >= 0x7f }) {
		value = strconv.Quote(value)
	}
	line.AppendString(value)
}
