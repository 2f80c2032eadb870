package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/metrics"
)

func (a *app) runCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run as a daemon: sync on a schedule, show status and metrics",
		Long: `Syncs as schedule: says, one run at a time, and serves a status page at /,
/metrics, /-/healthy and /-/ready. SIGHUP reads the configuration again; one
with mistakes is refused and the old one stays. SIGTERM lets the calls in flight
end, and stops.

Where state: names a PostgreSQL database, any number of daemons may run: one
leads and the others stand by. When it ends or dies another one takes over.`,
		Args: takesNothing(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listen != "" {
				a.set = append(a.set, "web.listen="+listen)
			}
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&listen, "web.listen-address", "", "`ADDRESS:PORT` of the metrics page instead of web.listen")
	return cmd
}

// serve runs the daemon until the context ends.
func (a *app) serve(ctx context.Context, c *config.Config) error {
	if err := checkPage(c); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	d, err := a.newDaemon(ctx, c, registry)
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil // told to end before it began
	}
	if err != nil {
		return err
	}
	defer d.quit()
	status, err := a.newHome(c.Web, d.board, d.memory)
	if err != nil {
		return err
	}
	page, err := metrics.Listen(metrics.Page{
		Addr: c.Web.Listen, ConfigFile: c.Web.ConfigFile, Metrics: registry, Ready: d.ready, Home: status, Log: a.pageLog(),
	})
	if err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	d.reload = hup
	a.log.Info("started", zap.String("version", programVersion()), zap.String("metrics", pageSecurity(c.Web).scheme()+"://"+page.Addr().String()+"/metrics"),
		zap.Stringer("policy", c.Mode), zap.String("sources", strings.Join(names(d.cycle.feeds), ",")))
	return d.beside(ctx, page)
}

// A page is what the daemon serves.
type page interface {
	Done() <-chan struct{}
	Shutdown(context.Context) error
}

// beside runs the daemon while its page is served. Without the page nobody
// would see what it does, so when that ends by itself, the daemon ends in
// order, and with the page's error.
func (d *daemon) beside(ctx context.Context, p page) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan struct{})
	context.AfterFunc(ctx, func() { // at once, though a run may be on
		defer close(told)
		d.supervisor.stopping()
	})
	go func() {
		select {
		case <-p.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	d.terms(ctx)
	d.quit() // first of all: somebody may wait for the lead
	<-told
	d.log.Info("stopping")
	d.herald.courier.close(courierGoodbye)
	end, cut := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cut()
	return p.Shutdown(end)
}

// ready reports whether the daemon does its work: a run has read both sides, or
// none was asked for at the start.
func (d *daemon) ready() error {
	if by := d.standing.Load(); by != nil {
		return by.why
	}
	if d.idle {
		return nil
	}
	return d.metrics.Ready()
}
