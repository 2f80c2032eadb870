package state_test

import (
	"testing"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// becomes returns the change that leads somebody through roles.
func becomes(key sync.Key, roles ...sync.Role) sync.Change {
	c := sync.Change{Link: sync.Link{Key: key, UserID: "id-" + string(key)}, User: sync.User{ID: "id-" + string(key)}}
	for i, r := range roles[1:] {
		c.Steps = append(c.Steps, sync.Step{Kind: sync.SetRole, WasRole: roles[i], Role: r})
	}
	return c
}

// made returns the change that makes somebody and gives them a role.
func made(key sync.Key, username string, role sync.Role) sync.Change {
	c := creation(string(key), username)
	c.Steps = append(c.Steps, becomes(key, sync.Member, role).Steps...)
	return c
}

// TestSpentOnRoles: counted as the core counts what is planned.
func TestSpentOnRoles(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	signedOut := becomes("hr:3", sync.Admin, sync.Member)
	signedOut.Steps = append(signedOut.Steps, sync.Step{Kind: sync.Revoke})
	done := []sync.Change{made("hr:1", "ada", sync.Guest), made("hr:2", "bob", sync.Admin), signedOut, becomes("hr:4", sync.Guest, sync.Member, sync.Admin)}
	held := becomes("hr:5", sync.Member, sync.Admin)
	failed := made("hr:7", "eve", sync.Admin)
	intend(t, j, append(done, held, failed)...)
	for _, c := range done {
		record(t, j, result(c, sync.Done, len(c.Steps)))
	}
	record(t, j, result(held, sync.Held, 0))
	record(t, j, result(failed, sync.Held, 1))
	check(t, j.Finish(t.Context(), report(sync.Stopped)))
	equal(t, "spent", must[sync.Tally](t)(s.Spent(t.Context(), noon)), sync.Tally{sync.SortCreate: 3, sync.SortRole: 3})

	released := must[*state.Journal](t)(s.Begin(t.Context(), state.Start{Command: "sync", Sources: []string{"hr"}, Released: []sync.Sort{sync.SortRole}, At: later(time.Hour)}))
	c := becomes("hr:6", sync.Member, sync.Admin)
	intend(t, released, c)
	record(t, released, result(c, sync.Done, 1))
	check(t, released.Finish(t.Context(), report(sync.Stopped)))
	equal(t, "what was let through", must[sync.Tally](t)(s.Spent(t.Context(), noon)), sync.Tally{sync.SortCreate: 3, sync.SortRole: 3})
}

// TestJournalOfRoles: before and after are there, with what a demotion took.
func TestJournalOfRoles(t *testing.T) {
	s := open(t, newPath(t))
	j := begin(t, s, "hr", noon)
	c := becomes("hr:1", sync.Member, sync.Guest)
	c.Steps[0].Lost = "a b"
	intend(t, j, c)
	record(t, j, result(c, sync.Done, 1))
	check(t, j.Finish(t.Context(), report(sync.InStep)))
	e := entries(t, s.Reader, state.Filter{Who: "hr:1"})[0]
	equal(t, "before", e.Before, map[string]string{state.Role: "member", state.OtherRoles: "a b"})
	equal(t, "after", e.After, map[string]string{state.Role: "guest", state.OtherRoles: ""})
}

// TestRoleStaysDue: of an account that was made, or may have been, the role
// that it did not get stays open until a whole run did not hold the person.
func TestRoleStaysDue(t *testing.T) {
	for name, tt := range map[string]struct {
		outcome sync.Outcome
		done    int
		want    []string
	}{
		"the role failed":       {sync.Failed, 1, []string{"hr:1 set_role"}},
		"the role was refused":  {sync.Held, 1, []string{"hr:1 set_role"}},
		"stopped before":        {sync.Skipped, 1, []string{"hr:1 set_role"}},
		"nobody knows":          {sync.Failed, 0, []string{"hr:1 create", "hr:1 set_role"}},
		"nothing was made":      {sync.Held, 0, []string{}},
		"not begun":             {sync.Skipped, 0, []string{}},
		"the role was also set": {sync.Done, 2, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			j := begin(t, s, "hr", noon)
			c := made("hr:1", "ada", sync.Guest)
			intend(t, j, c)
			record(t, j, result(c, tt.outcome, tt.done))
			check(t, j.Finish(t.Context(), report(sync.Stopped)))
			equal(t, "open", openKeys(t, s.Reader), tt.want)
			if tt.done != 1 {
				return
			}
			next := becomes("hr:1", sync.Member, sync.Guest)
			for i, outcome := range []sync.Outcome{sync.Held, sync.Failed, sync.Done} {
				j := begin(t, s, "hr", later(time.Duration(i+1)*time.Hour))
				intend(t, j, next)
				res := result(next, outcome, i/2)
				record(t, j, res)
				check(t, j.Finish(t.Context(), report(sync.Partial, res)))
				want := tt.want
				if outcome == sync.Done {
					want = []string{}
				}
				equal(t, "open after "+outcome.String(), openKeys(t, s.Reader), want)
			}
		})
	}
}

// TestOpenRole: of a role that a run which died may have given, the next one
// knows which it was.
func TestOpenRole(t *testing.T) {
	s := open(t, newPath(t))
	intend(t, begin(t, s, "hr", noon), becomes("hr:1", sync.Member, sync.Admin))
	begin(t, s, "hr", later(time.Hour))
	got := must[[]sync.Intent](t)(s.OpenIntents(t.Context()))
	if len(got) != 1 || got[0].Kind != sync.SetRole || got[0].Role != sync.Admin {
		t.Errorf("got %+v, want that of an administrator", got)
	}
}
