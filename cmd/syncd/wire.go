package main

import (
	"crypto/tls"
	"fmt"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sources/csvfile"
	"github.com/directory-sync/syncd/sources/ldapdir"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// Hooks are what the edges report while they work.
type hooks struct {
	onPeople func(read int)
	onUsers  func(read, total int)
	onCall   func(mattermost.Call)
}

// openSource returns the source that the configuration names.
func (a *app) openSource(c *config.Config, h hooks) (sync.Source, error) {
	if s := c.Sources[0]; s.Type != "csv" {
		return ldapdir.New(a.directoryConfig(s, h), s.Mapping)
	}
	return a.openFile(c, h)
}

// openFile returns the CSV file that the configuration names.
func (a *app) openFile(c *config.Config, h hooks) (*csvfile.Source, error) {
	s := c.Sources[0]
	return csvfile.New(csvfile.Config{
		Name: s.Name, Path: s.CSV.Path, Stdin: a.stdin,
		Encoding: s.CSV.Encoding, Delimiter: s.CSV.Delimiter, Quote: s.CSV.Quote,
		Columns: s.CSV.Columns, Comment: s.CSV.Comment, Trailer: s.CSV.Trailer, SHA256: s.CSV.SHA256,
		Now: a.now, OnRead: h.onPeople,
	}, s.Mapping)
}

// directoryConfig says how to read a directory.
func (a *app) directoryConfig(s config.Source, h hooks) ldapdir.Config {
	l := s.LDAP
	c := ldapdir.Config{
		Name: s.Name, URLs: l.URLs, SRV: l.SRV, StartTLS: l.StartTLS, AllowPlain: l.AllowPlain,
		CAFile: l.CAFile, ServerName: l.ServerName, CertFile: l.ClientCert, KeyFile: l.ClientKey,
		BindDN: l.BindDN, Bases: l.Bases, GroupBases: l.GroupBases, Scope: l.Scope, Filter: l.Filter, Ignored: l.IgnoreReferrals,
		Anchor: ldapdir.Encoding(l.Encoding), Page: l.PageSize, Timeout: l.Timeout,
		Now: a.now, OnRead: h.onPeople, Log: a.log,
	}
	if l.MinTLS == "1.3" {
		c.MinTLS = tls.VersionTLS13
	}
	if l.BindDN != "" {
		c.Password = l.Password.Resolve
	}
	return c
}

// clientConfig says how to talk to the server.
func (a *app) clientConfig(c *config.Config, h hooks) mattermost.Config {
	m := c.Mattermost
	return mattermost.Config{
		URL: m.URL, Token: m.Token.Resolve, AllowHTTP: m.AllowHTTP, CAFile: m.CAFile,
		Timeout: m.Timeout, RequestsPerSecond: m.RequestsPerSecond,
		Observe: h.onCall, Log: a.log,
	}
}

func (a *app) sinkConfig(c *config.Config, h hooks) sink.Config {
	return sink.Config{MaxParallel: c.Mattermost.MaxParallel, OnRead: h.onUsers, Log: a.log}
}

// openCycle puts together what a plan needs. It cannot write.
func (a *app) openCycle(c *config.Config, memory *state.Reader, adopt sync.FieldSet, h hooks) (*cycle, error) {
	reader, err := mattermost.NewReader(a.clientConfig(c, h))
	if err != nil {
		return nil, configError(c, "mattermost", err)
	}
	return a.newCycle(c, sink.NewFinder(reader, a.sinkConfig(c, h)), memory, adopt, h)
}

func (a *app) newCycle(c *config.Config, finder sync.Finder, memory *state.Reader, adopt sync.FieldSet, h hooks) (*cycle, error) {
	source, err := a.openSource(c, h)
	if err != nil {
		return nil, configError(c, "sources[0]", err)
	}
	policy := c.Policy()
	policy.Adopt = adopt
	return &cycle{
		source: source, finder: finder, memory: memory,
		policy: policy, limits: c.Limits(), now: a.now,
	}, nil
}

// openSync puts together what a sync needs.
func (a *app) openSync(c *config.Config, store *state.Store, adopt sync.FieldSet, h hooks) (*cycle, sync.Sink, error) {
	client, err := mattermost.New(a.clientConfig(c, h))
	if err != nil {
		return nil, nil, configError(c, "mattermost", err)
	}
	users := sink.New(client, a.sinkConfig(c, h))
	cycle, err := a.newCycle(c, users, store.Reader, adopt, h)
	return cycle, users, err
}

// configError says that the value of a key cannot be used.
func configError(c *config.Config, key string, err error) error {
	return config.Errors{c.Fault(key, err.Error(), "")}
}

// parseAdopt reads the value of --adopt.
func parseAdopt(names []string) (sync.FieldSet, error) {
	var set sync.FieldSet
	for _, name := range names {
		f, ok := sync.ParseField(name)
		if !ok || f != sync.Username && f != sync.Email {
			return 0, fmt.Errorf("--adopt %q: want username, email or both", name)
		}
		set |= sync.SetOf(f)
	}
	return set, nil
}
