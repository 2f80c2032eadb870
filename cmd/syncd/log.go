package main

import (
	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// newLogger returns the log on standard error. A daemon tells what it does;
// other commands tell only what no output carries. Sampling is off: each line
// counts.
func (a *app) newLogger(daemon bool) *zap.Logger {
	level := zapcore.WarnLevel
	if daemon {
		level = zapcore.InfoLevel
	}
	if a.verbose {
		level = zapcore.DebugLevel
	}
	if a.quiet {
		level = zapcore.ErrorLevel
	}
	return zap.New(zapcore.NewCore(a.encoder(), zapcore.Lock(zapcore.AddSync(a.stderr)), level), zap.WithClock(wall{a.now}))
}

// encoder picks the form of a log line. For journald, which has its own time, a
// line carries none, and begins with its priority.
func (a *app) encoder() zapcore.Encoder {
	if a.inJournal(a.stderr) {
		return prioritized{a.lineEncoder(zapcore.OmitKey), buffer.NewPool()}
	}
	return a.lineEncoder("time")
}

// lineEncoder returns the form for people on a terminal, logfmt in a pipe.
func (a *app) lineEncoder(timeKey string) zapcore.Encoder {
	cfg := zap.NewProductionEncoderConfig()
	cfg.TimeKey, cfg.MessageKey, cfg.EncodeTime = timeKey, "msg", zapcore.RFC3339TimeEncoder
	form := a.logFormat
	if form == "auto" {
		form = "logfmt"
		if a.width(a.stderr) > 0 {
			form = "text"
		}
	}
	switch form {
	case "json":
		return zapcore.NewJSONEncoder(cfg)
	case "text":
		return newLogfmt(cfg, consoleHead)
	}
	return newLogfmt(cfg, logfmtHead)
}
