package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	stdsync "sync"

	"github.com/spf13/cobra"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func (a *app) notifyCommand() *cobra.Command {
	var test bool
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "List who is told how runs end; --test tells them",
		Long: `Lists the targets of notify: and what they are told of. With --test it sends a
message to each of them and says how that went. It reads nothing but the
configuration.

Exit codes: 0 done, 1 somebody could not be told, 78 the configuration has
mistakes.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.notify(cmd.Context(), test) },
	}
	cmd.Flags().BoolVar(&test, "test", false, "send a message to each target")
	return cmd
}

// A notifyRow is a target and, after a test, how it went.
type notifyRow struct {
	Target string   `json:"target"`
	On     []string `json:"on"`
	Digest string   `json:"digest,omitempty"`
	Names  bool     `json:"include_names"`
	Sent   *bool    `json:"sent,omitempty"`
	Error  string   `json:"error,omitempty"`
}

func (a *app) notify(ctx context.Context, test bool) error {
	ctx, cancel := a.limit(ctx)
	defer cancel()
	c, err := a.load()
	if err != nil {
		return err
	}
	targets, err := a.newTargets(c)
	if err != nil {
		return err
	}
	rows := make([]notifyRow, len(targets))
	for i, t := range targets {
		rows[i] = notifyRow{Target: t.name, On: t.On, Digest: t.Digest, Names: t.Names}
	}
	if test {
		a.tryTargets(ctx, c, targets, rows)
	}
	failed := slices.ContainsFunc(rows, func(r notifyRow) bool { return r.Error != "" })
	if err := a.showTargets(rows); err != nil {
		return err
	}
	if failed {
		return silentExit(exitBroken)
	}
	return nil
}

// tryTargets sends a message to all of them at once, so that a slow one takes
// nobody's time, and writes down how that went.
func (a *app) tryTargets(ctx context.Context, c *config.Config, targets []*target, rows []notifyRow) {
	var all stdsync.WaitGroup
	courier := newCourier(a.log, func(string) {})
	for i, t := range targets {
		if ctx.Err() != nil {
			rows[i].Error = "not tried: the time was up"
			continue
		}
		all.Go(func() {
			err := a.tryTarget(ctx, c, courier, t)
			sent := err == nil
			if rows[i].Sent = &sent; err != nil {
				rows[i].Error = cleanError(err.Error())
			}
		})
	}
	all.Wait()
}

// tryTarget sends a message that says that it is one.
func (a *app) tryTarget(ctx context.Context, c *config.Config, k *courier, t *target) error {
	n := notice{
		Version: noticeVersion, Event: eventTest, Instance: c.Instance, Finished: a.now().UTC(),
		Summary: "This is a test, sent by syncd notify --test. Nothing happened.",
	}
	err := k.bring(ctx, t, n)
	if limit := timeoutError(0); errors.As(err, &limit) {
		return noAnswer(limit)
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("no answer before it was stopped")
	}
	return err
}

func (a *app) showTargets(rows []notifyRow) error {
	if a.output == formJSON {
		return writeRows(a, "targets", rows, false)
	}
	p := a.newPaper()
	if len(rows) == 0 {
		p.printf("Nobody is told: notify: is not in the configuration.\n")
	}
	for _, r := range rows {
		text := "on " + strings.Join(r.On, ", ")
		if r.Digest != "" {
			text += "; digest " + r.Digest
		}
		if r.Names {
			text += "; with names"
		}
		switch {
		case r.Sent != nil && *r.Sent:
			text = "sent"
		case r.Sent != nil:
			text = "not sent: " + r.Error
		case r.Error != "":
			text = r.Error
		}
		p.fillColor(bold, r.Target+"  ", text)
	}
	return nil
}

// notifyOnce tells people of a single run on which nobody looked, and waits for
// it a little. It does not change how the run ends.
func (a *app) notifyOnce(ctx context.Context, c *config.Config, memory *state.Reader, r sync.Report) {
	h := &herald{app: a, past: memory, courier: newCourier(a.log, func(string) {})}
	if err := h.use(c); err != nil { // cannot happen: the configuration was checked
		return
	}
	h.ended(ctx, a.storyOf(r))
	h.courier.close(noticeNow)
}

// whereOf says of a target where it is, as far as that may be shown.
func whereOf(t config.Target) string {
	if t.Type == config.TargetChannel {
		return "channel " + t.Channel
	}
	return "its address is readable"
}

// hookFault says what is wrong with the address of a webhook.
func hookFault(c *config.Config, t config.Target) error {
	if !slices.Contains([]string{config.TargetHook, config.TargetAny}, t.Type) {
		return nil
	}
	_, err := hookAddress(c, t)
	return err
}
