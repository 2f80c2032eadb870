package main

import (
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sync"
)

// recordsLogged is how many illegible records of a run are told one by one.
const recordsLogged = 20

// logRun writes one line a change, one a hold that is new to nobody, and one
// for the run. Nothing personal is in them but key and user name.
func (d *daemon) logRun(r sync.Report) {
	for _, res := range r.Results {
		d.logResult(res)
	}
	for _, h := range r.Plan.Held {
		d.log.Debug("held", zap.String("code", h.Reason.Code()),
			zap.String("key", string(h.Change.Link.Key)), zap.String("username", h.Change.Username()))
	}
	for i, x := range illegibles(r) {
		if i == recordsLogged {
			break
		}
		d.log.Warn("illegible record: nobody of its source is taken for absent", zap.Stringer("at", x.Origin), zap.String("what", x.Detail))
	}
	for _, s := range r.Sources {
		if s.Err != nil {
			d.log.Error("source not read", zap.String("source", s.Name), zap.Error(s.Err))
		}
	}
	for _, c := range r.Verdict.Refusals() {
		d.log.Error("refused", zap.String("code", c.Reason.Code()), zap.String("what", broken(c)), zap.String("remedy", c.Reason.Remedy()))
	}
	fields := []zap.Field{
		zap.String("run", r.Run), zap.Stringer("end", r.End),
		zap.Int("people", r.Plan.People), zap.Int("changes", len(r.Plan.Changes)),
		zap.Int("unchanged", r.Plan.Unchanged), zap.Int("pending", len(r.Plan.InGrace())),
		zap.Int("held", len(r.Plan.Held)), zap.Int("illegible", r.Plan.Illegible), zap.Duration("took", r.Finished.Sub(r.Started)),
	}
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
