package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

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
	onMore   func(people int)
	onPeople func(read int) // of one source; set by openSource
	onUsers  func(read, total int)
	onCall   func(mattermost.Call)
	allow    func(context.Context) error // before each write; nil: always

	onCertificate func(source string, end time.Time)
}

// openFeeds returns the sources that the configuration names.
func (a *app) openFeeds(c *config.Config, h hooks) ([]feed, error) {
	feeds := make([]feed, len(c.Sources))
	for i, s := range c.Sources {
		source, err := a.openSource(s, h)
		if err != nil {
			return nil, configError(c, fmt.Sprintf("sources[%d]", i), err)
		}
		feeds[i] = feed{Source: source, joins: s.Mapping.Joins()}
		if s.Mapping.Picture() != "" {
			feeds[i].pictures, _ = source.(sync.Gallery)
		}
	}
	return feeds, nil
}

// openSource returns a source that the configuration names.
func (a *app) openSource(s config.Source, h hooks) (sync.Source, error) {
	h.onPeople = h.counted()
	if isFile(s) {
		return a.openFile(s, h)
	}
	return ldapdir.New(a.directoryConfig(s, h), s.Mapping)
}

func isFile(s config.Source) bool { return s.Type == "csv" }

// counted returns what one of several sources reports its people to.
func (h hooks) counted() func(read int) {
	if h.onMore == nil {
		return nil
	}
	before := 0
	return func(read int) { // a read that begins again takes its people back
		h.onMore(read - before)
		before = read
	}
}

// openFile returns a CSV file that the configuration names.
func (a *app) openFile(s config.Source, h hooks) (*csvfile.Source, error) {
	return csvfile.New(csvfile.Config{
		Name: s.Name, Path: s.CSV.Path, Stdin: a.stdin,
		Encoding: s.CSV.Encoding, Delimiter: s.CSV.Delimiter, Quote: s.CSV.Quote,
		Columns: s.CSV.Columns, Comment: s.CSV.Comment, Trailer: s.CSV.Trailer, SHA256: s.CSV.SHA256, Sentinels: s.Sentinels,
		Now: a.now, OnRead: h.onPeople, MaxPicture: s.MaxPicture,
	}, s.Mapping)
}

// directoryConfig says how to read a directory.
func (a *app) directoryConfig(s config.Source, h hooks) ldapdir.Config {
	l := s.LDAP
	c := ldapdir.Config{
		Name: s.Name, URLs: l.URLs, SRV: l.SRV, StartTLS: l.StartTLS, AllowPlain: l.AllowPlain,
		CAFile: l.CAFile, ServerName: l.ServerName, CertFile: l.ClientCert, KeyFile: l.ClientKey,
		BindDN: l.BindDN, Kerberos: l.Kerberos, Bases: l.Bases, GroupBases: l.GroupBases, Chain: l.NestedGroups == "chain", Scope: l.Scope, Filter: l.Filter, Ignored: l.IgnoreReferrals,
		Anchor: ldapdir.Encoding(l.Encoding), Preset: l.Preset, Sentinels: s.Sentinels,
		Page: l.PageSize, Timeout: l.Timeout, MaxPicture: s.MaxPicture,
		Now: a.now, OnRead: h.onPeople, Log: a.log,
	}
	if l.MinTLS == "1.3" {
		c.MinTLS = tls.VersionTLS13
	}
	if l.BindDN != "" {
		c.Password = l.Password.Resolve
	}
	if h.onCertificate != nil {
		c.OnCertificate = func(end time.Time) { h.onCertificate(s.Name, end) }
	}
	return c
}

// clientConfig says how to talk to the server.
func (a *app) clientConfig(c *config.Config, h hooks) mattermost.Config {
	m := c.Mattermost
	return mattermost.Config{
		URL: m.URL, Token: m.Token.Resolve, AllowHTTP: m.AllowHTTP, CAFile: m.CAFile,
		Timeout: m.Timeout, RequestsPerSecond: m.RequestsPerSecond,
		Allow: h.allow, Observe: h.onCall, Log: a.log,
	}
}

func (a *app) sinkConfig(c *config.Config, h hooks) sink.Config {
	return sink.Config{
		MaxParallel: c.Mattermost.MaxParallel, OnRead: h.onUsers, EndTokens: !c.Leavers.KeepTokens, Erases: c.Erase.After > 0, Portrays: portrays(c), Log: a.log,
		WelcomeMail: c.Mattermost.WelcomeMail, ResetMail: c.Mattermost.PasswordResetMail,
	}
}

// openCycle puts together what a plan needs. It cannot write.
func (a *app) openCycle(c *config.Config, memory *state.Reader, w wishes, h hooks) (*cycle, error) {
	reader, err := mattermost.NewReader(a.clientConfig(c, h))
	if err != nil {
		return nil, configError(c, "mattermost", err)
	}
	return a.newCycle(c, sink.NewFinder(reader, a.sinkConfig(c, h)), memory, w, h)
}

func (a *app) newCycle(c *config.Config, finder sync.Finder, memory *state.Reader, w wishes, h hooks) (*cycle, error) {
	feeds, err := a.openFeeds(c, h)
	if err != nil {
		return nil, err
	}
	policy := c.Policy()
	policy.Adopt, policy.AdoptOnly, policy.AdoptWho = w.adopt, w.only, w.who
	if !w.attended && !c.Allows(config.AllowErase) {
		policy.Erase = 0
	}
	return &cycle{
		feeds: feeds, finder: finder, memory: memory,
		policy: policy, guard: c.Guard(), now: a.now,
		secondLook: c.Leavers.SecondLook, endTokens: !c.Leavers.KeepTokens, digest: c.Deciding(), wishes: w, pictureTime: c.Pictures.Every,
	}, nil
}

// openSync puts together what a sync needs. Without a store, which another daemon
// has, it shows that the configuration can be used.
func (a *app) openSync(c *config.Config, store *state.Store, w wishes, h hooks) (*cycle, sync.Sink, error) {
	var memory *state.Reader
	if store != nil {
		memory, h.allow = store.Reader, store.Allowed
	}
	client, err := mattermost.New(a.clientConfig(c, h))
	if err != nil {
		return nil, nil, configError(c, "mattermost", err)
	}
	shown := new(gallery)
	config := a.sinkConfig(c, h)
	config.Picture = shown.picture
	users := sink.New(client, config)
	cycle, err := a.newCycle(c, users, memory, w, h)
	if err != nil {
		return nil, nil, err
	}
	shown.feeds, cycle.gallery = cycle.feeds, shown
	return cycle, users, nil
}

// configError says that the value of a key cannot be used: once for each of the
// errors that are joined in one.
func configError(c *config.Config, key string, err error) error {
	var faults config.Errors
	for _, err := range eachError(err) {
		key := key
		var server *mattermost.ConfigError
		var directory *ldapdir.ConfigError
		switch {
		case errors.As(err, &server):
			key, err = "mattermost."+server.Key, server.Err
		case errors.As(err, &directory):
			key, err = key+"."+directory.Key, directory.Err
		}
		faults = append(faults, c.Fault(key, err.Error(), ""))
	}
	return faults
}

// eachError returns the errors that are joined in one, each with a line of its own.
func eachError(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(joined.Unwrap()...).Error() != err.Error() {
		return []error{err}
	}
	return joined.Unwrap()
}
