package sink_test

import (
	"testing"

	"github.com/directory-sync/syncd/sync"
)

func TestSeek(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, who := p.sink(t), p.person("seek")
		u := p.mustApply(t, s, create(who))[0]
		p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})
		name := who.Profile[sync.Username]
		for text, want := range map[string]int{
			name: 1, "@" + name: 1, name[:10]: 1, name[:10] + " ada": 1, name[:10] + " nobody-at-all": 0, "nobody-has-this": 0,
		} {
			got, err := s.Seek(t.Context(), text)
			if err != nil || len(got) != want {
				t.Errorf("%q: got %d accounts, %v, want %d", text, len(got), err, want)
			}
		}
	})
}
