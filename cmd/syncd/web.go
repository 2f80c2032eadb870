package main

import (
	"log/slog"
	"net/http"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	yaml "go.yaml.in/yaml/v4"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/metrics"
)

// checkPage says what is wrong with the file that says how the daemon's pages
// are served.
func checkPage(c *config.Config) error {
	if err := metrics.CheckConfigFile(c.Web.ConfigFile); err != nil {
		return config.Errors{c.Fault("web.config_file", err.Error(), "")}
	}
	return nil
}

// describePage says who can read the daemon's pages.
func describePage(w config.Web) string {
	how, listed := pageSecurity(w), "no password"
	if how.Users {
		listed = "a password"
	}
	return how.scheme() + "://" + w.Listen + ", " + listed
}

// A security is what the web configuration file brings.
type security struct{ TLS, Users bool }

func (s security) scheme() string {
	if s.TLS {
		return "https"
	}
	return "http"
}

// pageSecurity looks whether the web configuration file has certificates and
// users. A file that cannot be read has neither: it was refused already.
func pageSecurity(w config.Web) (s security) {
	text, err := os.ReadFile(w.ConfigFile)
	if w.ConfigFile == "" || err != nil {
		return s
	}
	var file struct {
		TLS   map[string]any    `yaml:"tls_server_config"`
		Users map[string]string `yaml:"basic_auth_users"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return s
	}
	return security{TLS: len(file.TLS) > 0, Users: len(file.Users) > 0}
}

// pageLog is where the page tells of requests that went wrong. What it says at
// its start is in the daemon's own line.
func (a *app) pageLog() *slog.Logger {
	quiet := a.log.WithOptions(zap.IncreaseLevel(zap.WarnLevel))
	return slog.New(zapslog.NewHandler(quiet.Core()))
}

// newHome returns the status page. It shows people only while the web
// configuration file has users, whom the server then asks who they are: like the
// server it looks for each request, since the file may change meanwhile.
func (a *app) newHome(w config.Web, b *board, p past) (http.Handler, error) {
	named, err := a.newStatusPage(b, p, true)
	if err != nil {
		return nil, err
	}
	nameless, err := a.newStatusPage(b, p, false)
	if err != nil {
		return nil, err
	}
	nameless.seats = named.seats
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if pageSecurity(w).Users {
			named.ServeHTTP(rw, r)
			return
		}
		nameless.ServeHTTP(rw, r)
	}), nil
}
