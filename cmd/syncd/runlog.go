package main

import (
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sync"
)

// logRun writes one line for each change, one for each source or limit that is in
// the way, and one for the run. Nothing personal is in them but key and user name.
func (d *daemon) logRun(r sync.Report) {
	for _, res := range r.Results {
		d.logResult(res)
	}
	for _, h := range r.Plan.Held {
		d.log.Debug("held", zap.String("code", h.Reason.Code()),
			zap.String("key", string(h.Change.Link.Key)), zap.String("username", h.Change.Username()))
	}
	for _, s := range r.Sources {
		d.logSource(s, r.End)
	}
	for _, c := range r.Verdict.Refusals() {
		d.log.Error("refused", zap.String("code", c.Reason.Code()), zap.String("what", broken(c)), zap.String("remedy", c.Reason.Remedy()))
	}
	fields := []zap.Field{zap.Stringer("end", r.End)}
	if r.Run != "" {
		fields = slices.Insert(fields, 0, zap.String("run", r.Run))
	}
	if hasPlan(r) {
		fields = append(fields, zap.Int("people", r.Plan.People), zap.Int("changes", len(r.Plan.Changes)),
			zap.Int("unchanged", r.Plan.Unchanged), zap.Int("pending", len(r.Plan.Pending)), zap.Int("held", len(r.Plan.Held)),
			zap.Int("illegible", r.Plan.Illegible), zap.Int("in_grace", len(r.Plan.InGrace())))
	}
	fields = append(fields, zap.Duration("took", r.Finished.Sub(r.Started).Round(time.Millisecond)))
	switch {
	case r.End == sync.Stopped:
		d.log.Info("run stopped", append(fields, zap.Error(r.Err))...)
	case r.Err != nil:
		d.log.Error("run ended early", append(fields, zap.Error(r.Err))...)
	case r.Run == "":
		d.log.Info("planned", fields...)
	default:
		d.log.Info("run ended", fields...)
	}
}

// hasPlan reports whether a run came to a plan. Without one its numbers are not
// none, but unknown.
func hasPlan(r sync.Report) bool { return len(r.Verdict.Checks) > 0 }

// logSource tells what is wrong with a source, unless the whole run ended with it
// and its line says so. Where an illegible record is may be a person's name, as
// in a directory: the plan shows it.
func (d *daemon) logSource(s sync.SourceReport, end sync.End) {
	if s.Err != nil && end != sync.SourceFailed {
		d.log.Error("source not read", zap.String("source", s.Name), zap.Error(s.Err))
	}
	if records := illegible(s); len(records) > 0 {
		d.log.Warn("illegible records: nobody of this source is taken for absent; syncd plan shows where they are",
			zap.String("source", s.Name), zap.Int("records", len(records)), zap.String("first", records[0].Detail))
	}
}

func (d *daemon) logResult(r sync.Result) {
	kinds := make([]string, len(r.Change.Steps))
	for i, s := range r.Change.Steps {
		kinds[i] = s.Kind.String()
	}
	fields := []zap.Field{
		zap.String("key", string(r.Change.Link.Key)), zap.String("username", r.Change.Username()),
		zap.Strings("steps", kinds), zap.Stringer("outcome", r.Outcome),
	}
	switch r.Outcome {
	case sync.Done:
		d.log.Info("changed", fields...)
	case sync.Skipped:
		d.log.Debug("not begun", fields...)
	default:
		if r.Reason != sync.ReasonNone {
			fields = append(fields, zap.String("code", r.Reason.Code()))
		}
		d.log.Warn("not done", append(fields, zap.Error(r.Err))...)
	}
}
