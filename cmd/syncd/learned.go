package main

import (
	"context"
	"fmt"
	"time"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// facts asks the server what it is and allows, and adds what it refused before.
func (c *cycle) facts(ctx context.Context) (sync.Facts, error) {
	facts, err := c.finder.Facts(ctx)
	if err != nil {
		return facts, endError{sync.SinkFailed, err}
	}
	lessons, err := c.memory.Lessons(ctx)
	return facts.With(lessons, c.now()), err
}

// A jsonLesson is what a refusal told of the server, for programs.
type jsonLesson struct {
	Kind    string    `json:"kind"`
	Service string    `json:"service,omitempty"`
	Field   string    `json:"field,omitempty"`
	Means   string    `json:"means"`
	Said    string    `json:"said"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"`
}

// lessons returns what was learned of the server and still counts. To forget
// all of it comes first, where that is asked for.
func (a *app) lessons(ctx context.Context, c *config.Config, serverID string, forget bool) (all []jsonLesson, forgot int, err error) {
	memory, err := state.OpenReader(ctx, c.State)
	if err != nil {
		return nil, 0, err
	}
	defer memory.Close()
	known, err := memory.Lessons(ctx)
	if err != nil || len(known) == 0 {
		return []jsonLesson{}, 0, err
	}
	if forget {
		forgot, err = unlearn(ctx, c)
		return []jsonLesson{}, forgot, err
	}
	all = []jsonLesson{}
	for _, l := range known {
		if !l.Holds(serverID, a.now()) {
			continue
		}
		j := jsonLesson{Kind: l.Kind.String(), Service: l.Service, Means: l.String(), Said: l.Said, At: l.At, Until: l.Until()}
		if l.Kind == sync.LessonLocked {
			j.Field = l.Field.String()
		}
		all = append(all, j)
	}
	return all, 0, nil
}

func unlearn(ctx context.Context, c *config.Config) (int, error) {
	store, err := state.Open(ctx, c.State, "syncd check --forget")
	if err != nil {
		return 0, err
	}
	defer store.Close()
	return store.Unlearn(ctx)
}

// learnedRows say what the server refused before.
func learnedRows(all []jsonLesson, forgot int) (rows [][2]string) {
	if forgot > 0 {
		rows = append(rows, [2]string{"forgot", plural(forgot, "refusal", "refusals") + " of this server, so that what it refused is tried again"})
	}
	for _, l := range all {
		rows = append(rows, [2]string{"learned", fmt.Sprintf("%s: on %s it refused (%s). This is tried again on %s, when the server's version or settings change, or after syncd check --online --forget",
			l.Means, l.At.UTC().Format("2006-01-02 15:04"), clean(l.Said), l.Until.UTC().Format(time.DateOnly))})
	}
	return rows
}
