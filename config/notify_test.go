package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestNotify(t *testing.T) {
	c, err := Parse("syncd.yaml", []byte(minimal+`
notify:
  - { type: webhook, url: env:HOOK, on: [failed], digest: "@daily", include_names: true }
  - { type: mattermost-channel, channel: 8c5yoz8ndidubbfoqzfm39z5to }
  - { type: mattermost-webhook, url: "file:hook" }
`), nil)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	want := []Target{
		{Type: TargetAny, On: []string{EventFailed}, Digest: "@daily", Names: true},
		{Type: TargetChannel, Channel: "8c5yoz8ndidubbfoqzfm39z5to", On: Events()},
		{Type: TargetHook, On: Events()},
	}
	if diff := cmp.Diff(c.Notify, want, cmpopts.IgnoreTypes(Secret{})); diff != "" {
		t.Errorf("targets (-got +want):\n%s", diff)
	}
}

// TestNotifyOverASocket: the server takes messages over its address only.
func TestNotifyOverASocket(t *testing.T) {
	text := minimal + "\nnotify: [{ type: mattermost-channel, channel: 8c5yoz8ndidubbfoqzfm39z5to }]\n"
	if _, err := Parse("syncd.yaml", []byte(text), []string{"mattermost={url: \"unix:/tmp/mm.socket\"}"}); err == nil || !strings.Contains(err.Error(), "notify[0].type: a socket of local mode writes into no channel") {
		t.Errorf("got %v", err)
	}
}

// TestNotifyMistakes: each says where it is, and none shows an address.
func TestNotifyMistakes(t *testing.T) {
	const address = "https://chat.example.org/hooks/g7yw8ukzpidkmx4s9bn6dqhjnw"
	tests := map[string]string{
		`{ url: env:HOOK }`:                           "notify[0].type: the key is missing",
		`{ type: mail, url: env:HOOK }`:               `notify[0].type: "mail" is not known`,
		`{ type: webhook }`:                           "notify[0].url: the key is missing",
		`{ type: webhook, url: "` + address + `" }`:   "notify[0].url: this is no reference to a secret",
		`{ type: mattermost-channel }`:                "notify[0].channel: the key is missing",
		`{ type: mattermost-channel, channel: ~ops }`: "notify[0].channel: this is no id of a channel",
		`{ type: mattermost-channel, channel: 8c5yoz8ndidubbfoqzfm39z5to, url: env:HOOK }`: "notify[0].url: a mattermost-channel has no address",
		`{ type: webhook, url: env:HOOK, channel: 8c5yoz8ndidubbfoqzfm39z5to }`:            "notify[0].channel: only a mattermost-channel has one",
		`{ type: webhook, url: env:HOOK, on: [failed, sucess] }`:                           "notify[0].on[1]: there is no event of this name",
		`{ type: webhook, url: env:HOOK, digest: "" }`:                                     "notify[0].digest: the expression is empty",
		`{ type: webhook, url: env:HOOK, names: true }`:                                    "notify[0].names: unknown key",
	}
	for text, want := range tests {
		_, err := Parse("syncd.yaml", []byte(minimal+"\nnotify:\n  - "+text+"\n"), nil)
		var faults Errors
		if !errors.As(err, &faults) || !strings.Contains(faults.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
		if strings.Contains(faults.Explain(), "g7yw8ukz") {
			t.Errorf("%s: the address is shown: %s", text, faults.Explain())
		}
	}
}
