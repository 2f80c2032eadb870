package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A revocation ends sessions by hand. It is a run of one change, without a plan
// and its guard: one person is no mass, and everybody is what was asked for.
type revocation struct {
	revokeOrder
	*app
	config *config.Config
	store  *state.Store
	sink   *sink.Sink

	change sync.Change
	facts  sync.Facts
	before []mattermost.Session // of one account
}

// choose finds out whose sessions end, and whether that may be.
func (r *revocation) choose(ctx context.Context) error {
	var err error
	if r.facts, err = r.sink.Facts(ctx); err != nil {
		return endError{sync.SinkFailed, err}
	}
	if r.all {
		r.change = sync.SignOutEverybody()
		return nil
	}
	u, link, err := findAccount(ctx, r.sink, r.store.Reader, r.who)
	if err != nil {
		return err
	}
	if why := r.config.Policy().Untouchable(r.facts, u); why != "" {
		return usageError{fmt.Errorf("@%s is left alone: %s. Where it must be, use the System Console: User Management, Users, the person, Revoke Sessions", u.Profile[sync.Username], why)}
	}
	r.change = sync.SignOut(u, link)
	if r.before, err = r.sink.Sessions(ctx, u.ID); err != nil {
		return endError{sync.SinkFailed, err}
	}
	has := func(s mattermost.Session) bool { return s.ID == r.session }
	if r.session != "" && !slices.ContainsFunc(r.before, has) {
		return usageError{fmt.Errorf("@%s has no session %q: see syncd revoke-sessions %s --list", u.Profile[sync.Username], r.session, shellWord(r.who))}
	}
	return nil
}

// run writes down what is intended, does it, and writes down what became of it.
func (r *revocation) run(ctx context.Context) sync.Report {
	ctx, stop := r.store.Bound(ctx)
	defer stop()
	report := sync.Report{Started: r.now(), Facts: r.facts, Plan: sync.Plan{Changes: []sync.Change{r.change}, Strangers: -1}}
	journal, err := r.store.Begin(ctx, state.Start{
		Command: r.command(), Instance: r.config.Instance, At: report.Started, Released: []sync.Sort{sync.SortRevoke},
	})
	if err == nil {
		report.Run = journal.ID()
		err = journal.Intend(ctx, report.Plan.Changes, r.now())
	}
	if err != nil {
		report.End, report.Err, report.Finished = sync.Broken, err, r.now()
		return report
	}
	res := r.carryOut(ctx)
	report.Results, report.End = []sync.Result{res}, sync.InStep
	if res.Outcome != sync.Done {
		report.End, report.Err = sync.Partial, res.Err
	}
	// The link stays as it is: what the next sync is to compare, it has not seen.
	err = journal.Record(ctx, res, sync.Link{}, false, r.now())
	report.Finished = r.now()
	if err = errors.Join(err, journal.Finish(context.WithoutCancel(ctx), report)); err != nil {
		breaks(&report, err)
	}
	return report
}

// command returns the command line, as far as the journal must have it.
func (r *revocation) command() string {
	switch {
	case r.all:
		return "revoke-sessions --all"
	case r.session != "":
		return "revoke-sessions --session " + r.session
	}
	return "revoke-sessions"
}

// carryOut ends the sessions.
func (r *revocation) carryOut(ctx context.Context) sync.Result {
	res := sync.Result{Change: r.change, User: r.change.User}
	var err error
	switch {
	case r.all:
		err = r.sink.EndEverySession(ctx)
	case r.session != "":
		err = r.sink.EndSession(ctx, r.change.User.ID, r.session)
	default:
		err = r.sink.Apply(ctx, []sync.Change{r.change}, func(done sync.Result) { res = done })
		if err != nil {
			res.Outcome, res.Err = sync.Failed, err
		}
		return res
	}
	res.Outcome, res.Done = sync.Done, 1
	if err != nil {
		res.Outcome, res.Done, res.Err = sync.Failed, 0, err
	}
	return res
}

// A jsonSession is one sign-in, for programs.
type jsonSession struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"` // browser, app or access token
	Since    time.Time `json:"since"`
	LastUsed time.Time `json:"last_used"`
}

// A jsonSignOut is what revoke-sessions shows, for programs.
type jsonSignOut struct {
	Version  int           `json:"version"`
	Command  string        `json:"command"`
	Run      string        `json:"run,omitempty"`
	End      sync.End      `json:"end,omitempty"`
	Error    string        `json:"error,omitempty"`
	Account  jsonPerson    `json:"account,omitzero"` // missing: everybody
	Sessions []jsonSession `json:"sessions"`         // that there were
	Tokens   int           `json:"access_tokens"`    // that work on
}

func newJSONSessions(sessions []mattermost.Session) []jsonSession {
	all := make([]jsonSession, len(sessions))
	for i, s := range sessions {
		all[i] = jsonSession{s.ID, sessionKind(s), time.UnixMilli(s.CreateAt).UTC(), time.UnixMilli(s.LastActivity).UTC()}
	}
	return all
}

// sessionKind says what somebody is signed in with.
func sessionKind(s mattermost.Session) string {
	switch {
	case s.OfToken():
		return "access token"
	case s.Props["isMobile"] == "true":
		return "app"
	}
	return "browser"
}

// showSessions prints how somebody is signed in.
func (a *app) showSessions(u sync.User, sessions []mattermost.Session) error {
	if a.output == formJSON {
		return encode(a.stdout, jsonSignOut{Version: jsonVersion, Command: "revoke-sessions", Account: jsonPerson{UserID: u.ID, Username: u.Profile[sync.Username]}, Sessions: newJSONSessions(sessions)})
	}
	p := a.newPaper()
	p.fill("", fmt.Sprintf("@%s: %s", u.Profile[sync.Username], plural(len(sessions), "session", "sessions")))
	for _, s := range newJSONSessions(sessions) {
		p.fill("  "+s.ID+" ", fmt.Sprintf("%s, since %s, last used %s", s.Kind, s.Since.Format(minute), s.LastUsed.Format(minute)))
	}
	return nil
}

// show prints what was done, and what works on all the same.
func (r *revocation) show(ctx context.Context, report sync.Report) error {
	u := r.change.User
	tokens := 0
	if !r.all && report.End == sync.InStep {
		known, err := r.sink.Tokens(ctx, []string{u.ID})
		if err != nil {
			r.log.Warn("access tokens are not known")
		}
		tokens = len(known[u.ID])
	}
	if r.output == formJSON {
		j := jsonSignOut{Version: jsonVersion, Command: "revoke-sessions", Run: report.Run, End: report.End, Sessions: newJSONSessions(r.before), Tokens: tokens}
		if !r.all {
			j.Account = personOf(r.change)
		}
		if report.Err != nil {
			j.Error = report.Err.Error()
		}
		return encode(r.stdout, j)
	}
	if report.End != sync.InStep {
		return nil // the error says it
	}
	p := r.newPaper()
	switch {
	case r.all:
		p.fill("", "Everybody is signed out. Access tokens work on, syncd's own among them.")
	case r.session != "":
		p.fill("", fmt.Sprintf("The session %s of @%s has ended.", r.session, u.Profile[sync.Username]))
	default:
		p.fill("", fmt.Sprintf("@%s is signed out: %s ended.", u.Profile[sync.Username], plural(len(r.before), "session has", "sessions have")))
	}
	if tokens > 0 {
		p.fill("", plural(tokens, "access token works", "access tokens work")+" on: to lock the person out, deactivate the account or disable them in the System Console.")
	}
	return nil
}
