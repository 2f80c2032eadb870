package config

import (
	"slices"
	"strings"
)

// The types of targets.
const (
	TargetHook    = "mattermost-webhook" // an incoming webhook of Mattermost
	TargetChannel = "mattermost-channel" // a channel of the server itself, as the token's account
	TargetAny     = "webhook"            // JSON to whoever takes it
)

// The events that a target may be told of.
const (
	EventRefused   = "refused"
	EventFailed    = "failed"
	EventPartial   = "partial"
	EventRecovered = "recovered"
)

// A Target is where people are told how runs end.
type Target struct {
	Type    string // TargetHook, TargetChannel or TargetAny
	URL     Secret // of a webhook: whoever knows it can write there
	Channel string // id, of TargetChannel
	On      []string
	Digest  string // cron, as written: whoever knows cron checks it; "": none
	Names   bool   // say who it is about
}

// Events returns every event that a target may be told of.
func Events() []string { return []string{EventRefused, EventFailed, EventPartial, EventRecovered} }

func (c *Config) readTarget(o *object) {
	t := Target{On: Events()}
	o.require("type")
	o.choice("type", &t.Type, []string{TargetHook, TargetChannel, TargetAny}, "an incoming webhook of Mattermost; a channel of the server, written to with syncd's own token; a webhook that takes JSON")
	o.secret("url", &t.URL, "address of a webhook, as a secret, for whoever knows it can write there: cred:NAME, file:PATH or env:NAME")
	if o.text("channel", &t.Channel, "id of the channel, for mattermost-channel; View Info of the channel shows it") && !matches(`[a-z0-9]{26}`, t.Channel) {
		o.fault("channel", "this is no id of a channel", "it has 26 letters and digits, and no ~ in front")
	}
	o.texts("on", &t.On, "of what it is told: refused, failed, partial, recovered. The same trouble is told once, and again each day that it lasts")
	for i, event := range t.On {
		if path := indexed(join(o.path, "on"), i); !slices.Contains(Events(), event) {
			o.d.fault(o.d.find(path), path, "there is no event of this name, want "+enumerate(Events()), didYouMean(event, Events()))
		}
	}
	if o.text("digest", &t.Digest, "cron expression in schedule.timezone: when the daemon sums up what it did") && strings.TrimSpace(t.Digest) == "" {
		o.fault("digest", "the expression is empty", "leave the key out for none")
	}
	o.flag("include_names", &t.Names, "say who is held or failed, and the text of errors, which may name people")
	t.check(o)
	if t.Type == TargetChannel && c.Mattermost.Local() {
		o.fault("type", "a socket of local mode writes into no channel", "take a mattermost-webhook")
	}
	c.Notify = append(c.Notify, t)
}

// check looks whether the target says where it is.
func (t *Target) check(o *object) {
	switch t.Type {
	case TargetChannel:
		o.require("channel")
		if o.has("url") {
			o.fault("url", "a mattermost-channel has no address", "it is on the server of mattermost.url")
		}
	case TargetHook, TargetAny:
		o.require("url")
		if o.has("channel") {
			o.fault("channel", "only a mattermost-channel has one", "a webhook writes into its own channel")
		}
	}
}
