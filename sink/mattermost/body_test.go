package mattermost

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	stdsync "sync"
	"testing"
)

// Answers are read into memory that is used again: what calls return must not
// change when others are made, at the same time or later.
func TestAnswersStayApart(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		id := path.Base(r.URL.Path)
		if strings.HasPrefix(id, "no") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprintf(w, `{"id":"store.%s","message":%q}`, id, strings.Repeat(id, 20))
			return
		}
		fmt.Fprintf(w, `{"id":%q,"nickname":%q}`, id, strings.Repeat(id, 2000))
	}, nil)
	var callers stdsync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			users, refusals := map[string]User{}, map[string]error{}
			for j := range 40 {
				yes, no := fmt.Sprintf("yes%d.%d", i, j), fmt.Sprintf("no%d.%d", i, j)
				u, err := c.User(t.Context(), yes)
				if err != nil {
					t.Error(err)
				}
				users[yes] = u
				_, refusals[no] = c.User(t.Context(), no)
			}
			for id, u := range users {
				if u.ID != id || u.Nickname != strings.Repeat(id, 2000) {
					t.Errorf("%s: got the answer of %s", id, u.ID)
				}
			}
			for id, err := range refusals {
				if e, ok := errors.AsType[*Error](err); !ok || e.ID != "store."+id || !strings.HasPrefix(e.Message, strings.Repeat(id, 10)) {
					t.Errorf("%s: got %v", id, err)
				}
			}
		})
	}
	callers.Wait()
}
