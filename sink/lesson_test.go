package sink_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// What real servers refuse to everybody is learned, and what they refuse to one
// person is not.
func TestLessonsOfServers(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		b.Auth = sync.Auth{Service: "ldap", Data: b.Profile[sync.Username]}
		users := p.mustApply(t, s, create(a), create(b))
		facts, err := s.Facts(t.Context())
		if err != nil || facts.ServerID == "" {
			t.Fatalf("got the server %q, %v", facts.ServerID, err)
		}
		erases, err := p.client(t, p.url).ErasesUsers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		taken := users[0].Profile
		taken[sync.Username] = "system"
		p.mustApply(t, s, one(users[1], sync.Deactivate))
		for _, tt := range []struct {
			change sync.Change
			tells  bool
			want   sync.LessonKind
		}{
			{patch(users[0], taken), false, sync.LessonNone},
			{role(users[0], sync.Member, sync.Guest), facts.NoGuests != "", sync.LessonGuests},
			{one(users[1], sync.Reactivate), p.since(10, 2), sync.LessonReactivate},
			{one(users[1], sync.Erase), !erases, sync.LessonErase},
		} {
			r := p.apply(t, s, tt.change)[0]
			if !tt.tells {
				if len(r.Lessons) != 0 {
					t.Errorf("got %v", r.Lessons)
				}
				continue
			}
			if len(r.Lessons) != 1 || r.Lessons[0].Kind != tt.want || r.Lessons[0].ServerID != facts.ServerID || r.Lessons[0].Said == "" {
				t.Errorf("got %+v (%v), want %v", r.Lessons, r.Err, tt.want)
			}
		}
	})
}

// A field that is locked is learned where the refusal can be about no other.
func TestLessonOfALockedField(t *testing.T) {
	for _, tt := range []struct {
		service string
		set     sync.FieldSet
		want    []sync.Lesson
	}{
		{"openid", sync.SetOf(sync.Nickname), []sync.Lesson{{Kind: sync.LessonLocked, Service: "openid", Field: sync.Nickname, Said: mattermost.IDLockedInPatch + ".app_error"}}},
		{"openid", sync.SetOf(sync.Nickname, sync.Position), nil},
		{"openid", sync.SetOf(sync.Username), nil},                // that is known
		{"openid", sync.SetOf(sync.Username, sync.Position), nil}, // and explains it
	} {
		_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/patch") {
				return false
			}
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, `{"id":"%s.app_error","status_code":409}`, mattermost.IDLockedInPatch)
			return true
		})
		s, a := p.sink(t), p.person("a")
		a.Auth = sync.Auth{Service: tt.service, Data: "x"}
		u := p.mustApply(t, s, create(a))[0]
		to := u.Profile
		for f := range tt.set.All() {
			to[f] += "x"
		}
		got := p.apply(t, s, patch(u, to))[0].Lessons
		for i := range got {
			got[i].ServerID = ""
		}
		if diff := cmp.Diff(got, tt.want); diff != "" {
			t.Errorf("%v:\n%s", tt.set, diff)
		}
	}
}
