package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// releaseCode returns the code that lets a refused plan through, and no other
// plan: eight digits of a digest over what the plan does and whom it takes for a
// leaver, and what the guard minds most, with its number. "" if nothing is
// refused but the configuration, which is accepted by whoever applies a plan.
func releaseCode(p sync.Plan, v sync.Verdict) string {
	refused := slices.DeleteFunc(v.Refusals(), func(c sync.Check) bool { return c.Reason == sync.RefuseConfig })
	if len(refused) == 0 {
		return ""
	}
	worst := slices.MinFunc(refused, func(a, b sync.Check) int { return gravity(a.Reason) - gravity(b.Reason) })
	h := sha256.New()
	h.Write([]byte(p.Digest())) // never fails
	for _, x := range p.Pending {
		fmt.Fprintf(h, "\n%s %s", x.Link.Key, x.Cause)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	return fmt.Sprintf("%s-%s-%s-%d", sum[:4], sum[4:8], worst.Sort, worst.Planned)
}

// fitsCode says why a code does not release the plan of a file. It does not say
// which one would: that is for whoever made the plan and saw what is refused.
func fitsCode(code string, p sync.Plan, planned sync.Verdict) error {
	switch right := releaseCode(p, planned); {
	case code == "", code == right:
		return nil
	case right == "":
		return usageError{fmt.Errorf("--release %s: nothing refused the plan when it was made, so there is nothing to release: leave it out", clean(code))}
	}
	return staleError{fmt.Errorf("--release %s: this is not the code of the plan in this file: take the one that syncd plan printed with it, or make the plan again", clean(code))}
}

// usedUp says which run has begun to write under a code since the plan was made.
// A code lets one run through: what was undone since, or is left of it, somebody
// must look at again. The same plan made later has the same code, which counts
// anew.
func usedUp(ctx context.Context, memory *state.Reader, code string, made time.Time) error {
	runs, err := memory.Runs(ctx, 0)
	if err != nil || code == "" {
		return err
	}
	for _, run := range runs {
		if run.Started.Before(made) || !strings.HasPrefix(run.Command+" ", releasing(code)+" ") {
			continue
		}
		steps, err := memory.Entries(ctx, state.Filter{Run: run.ID})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(steps, func(e state.Entry) bool { return e.Outcome != sync.Skipped }) {
			return staleError{fmt.Errorf("--release %s: the run %s has used this code up: make the plan again", clean(code), run.ID)}
		}
	}
	return nil
}

// releasing is the command of a run under a code, as the journal has it.
func releasing(code string) string { return "apply --release " + code }

// released reports whether a plan may be carried out: nothing is refused, or
// the code is the plan's, as it was when the plan was made, and all that is
// refused now was refused then, so that whoever let it through has seen it.
func released(code string, p sync.Plan, now, planned sync.Verdict) bool {
	if len(now.Refusals()) == 0 {
		return true
	}
	return code == releaseCode(p, planned) && len(unseen(now, planned)) == 0
}

// unseen returns what is refused now and was not when the plan was made, or
// for less.
func unseen(now, planned sync.Verdict) []sync.Check {
	return slices.DeleteFunc(now.Refusals(), func(c sync.Check) bool {
		return slices.ContainsFunc(planned.Refusals(), func(was sync.Check) bool {
			return was.Reason == c.Reason && was.Sort == c.Sort && was.Source == c.Source && was.Field == c.Field && was.Planned >= c.Planned
		})
	})
}

// gravity orders refusals: what takes most from people comes first.
func gravity(r sync.Reason) int {
	order := []sync.Reason{
		sync.RefuseDeactivate, sync.RefuseAbsent, sync.RefuseEmpty, sync.RefuseShrink, sync.RefuseFew, sync.RefuseFill, sync.RefuseJoin,
		sync.RefuseAuth, sync.RefuseRevoke, sync.RefuseUsername, sync.RefuseEmail, sync.RefuseReactivate, sync.RefuseCreate, sync.RefusePicture, sync.RefusePatch,
	}
	if i := slices.Index(order, r); i >= 0 {
		return i
	}
	return len(order)
}

// advice returns the part of a remedy that says what to look at. How to let the
// plan through all the same is said once for all refusals.
func advice(r sync.Reason) string {
	look, _, _ := strings.Cut(r.Remedy(), "; if all is well")
	return look
}

// A planFlags is what of a command line decides what a plan file is of.
type planFlags struct {
	wishes
	detailed bool
	out      string // where to write the plan; "": nowhere
}

// releaseLines prints the commands that let a refused plan through. Where the
// plan is not in a file yet it is planned again; the code stays, unless
// something moves.
func (a *app) releaseLines(p *paper, r sync.Report, f planFlags) {
	if len(r.Verdict.Refusals()) == 0 || f.only { // what is only adopted is in no plan file
		return
	}
	if f.bulk != nil { // nor is what the server moves
		p.fill("", "If all of them are to move, raise the limit for this once: --set limits."+sync.SortAuth.String()+fmt.Sprintf(".count=%d", len(r.Plan.Changes)))
		return
	}
	if f.out == "" && lookedAtSome(r) {
		p.fill("", "Only some of the leavers were asked for a second time. If all of it may really be wanted, look at each of them; it prints what lets the rest through:")
		p.command(append(append(a.line("plan"), f.words()...), "--out plan.json"))
		return
	}
	p.fill("", "If all of it is really wanted, let this very plan through, within a day:")
	file := f.out
	if file == "" {
		file = "plan.json"
		words := append(a.line("plan"), f.words()...)
		p.command(append(words, "--out "+file))
	}
	words := a.line("apply", shellWord(file))
	if code := releaseCode(r.Plan, r.Verdict); code != "" {
		words = append(words, "--release "+code)
	}
	p.command(words)
}

// lookedAtSome reports whether the plan is of people who were not looked at, so that
// it is not the one to be carried out.
func lookedAtSome(r sync.Report) bool {
	return slices.ContainsFunc(r.Sources, func(s sync.SourceReport) bool { return s.Look.Sampled })
}
