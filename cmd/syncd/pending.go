package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) pendingCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pending",
		Short: "List who is in their grace, why, and until when",
		Long: `Lists whoever left, as of the last run, and is not deactivated yet: why, since
when, and when leavers: ends their grace. It reads the state and the server, no
source, and works while the daemon runs. Who is back since the last run is in
the list until the next one.

Exit codes: 0 done, 6 the server could not be read, 78 the configuration has
mistakes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.pending(cmd.Context()) },
	}
}

func (a *app) pending(ctx context.Context) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, memory, err := a.loadWithState(ctx)
	if err != nil {
		return err
	}
	defer memory.Close()
	reader, err := mattermost.NewReader(a.clientConfig(c, hooks{}))
	if err != nil {
		return configError(c, "mattermost", err)
	}
	graces, err := readGraces(ctx, c, sink.NewFinder(reader, a.sinkConfig(c, hooks{})), memory)
	if err != nil {
		return err
	}
	return a.showGraces(c, graces)
}

// readGraces reads who is in their grace. Where nobody left, the server is not
// asked.
func readGraces(ctx context.Context, c *config.Config, finder sync.Finder, memory *state.Reader) ([]sync.Pending, error) {
	in := sync.Input{Policy: c.Policy()}
	var err error
	if in.Links, err = memory.Links(ctx); err != nil {
		return nil, err
	}
	q := sync.GraceQuery(in.Links)
	if q.Empty() {
		return nil, nil
	}
	if in.Facts, err = finder.Facts(ctx); err != nil {
		return nil, endError{sync.SinkFailed, err}
	}
	if in.Users, err = finder.Find(ctx, q); err != nil {
		return nil, endError{sync.SinkFailed, err}
	}
	return sync.Graces(in), nil
}

// A jsonGrace is somebody in their grace, for programs.
type jsonGrace struct {
	jsonPending
	Since    time.Time `json:"since"`
	DaysLeft int       `json:"days_left"` // to the nearest; 0: less than half a day, or due at the next run
}

func (a *app) showGraces(c *config.Config, graces []sync.Pending) error {
	now := a.now()
	if a.output == formJSON {
		rows := make([]jsonGrace, len(graces))
		for i, g := range graces {
			rows[i] = jsonGrace{newJSONPending(g), g.Link.LeftSince.UTC(), daysLeft(g.Due, now)}
		}
		return writeRows(a, "pending", rows, false)
	}
	t := planText{a.newPaper(), true}
	if len(graces) == 0 {
		t.printf("Nobody is in their grace.\n")
		return nil
	}
	t.heading(cyan, ".", "pending", len(graces))
	t.rows(len(graces), func(i int) { t.row(graces[i].User.Profile[sync.Username], describeGrace(graces[i], now)) })
	if c.Mode != sync.Full {
		t.fill("", "policy is "+c.Mode.String()+", so nobody is deactivated.")
	}
	return nil
}

// describeGrace says why and since when somebody waits, and how long yet.
func describeGrace(g sync.Pending, now time.Time) string {
	const minute = "2006-01-02 15:04 UTC"
	text := becauseOf(g.Cause) + " since " + g.Link.LeftSince.UTC().Format(minute)
	if left := g.Due.Sub(now); left > 0 {
		return fmt.Sprintf("%s; deactivated after %s, %s left", text, g.Due.UTC().Format(minute), timeLeft(left))
	}
	return text + "; the grace is over, the next run deactivates"
}

// timeLeft says how long somebody waits yet, as exactly as matters.
func timeLeft(left time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case left.Round(time.Hour) >= 48*time.Hour:
		return plural(int(left.Round(day)/day), "day", "days")
	case left.Round(time.Hour) >= time.Hour:
		return plural(int(left.Round(time.Hour)/time.Hour), "hour", "hours")
	}
	return "less than an hour"
}

// daysLeft returns how many days are left, to the nearest.
func daysLeft(due, now time.Time) int {
	const day = 24 * time.Hour
	return max(0, int(due.Sub(now).Round(day)/day))
}
