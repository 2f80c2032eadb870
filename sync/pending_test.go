package sync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// TestGraces: who left and is active, by when they are due; not who is gone
// already, who is back, and whom nothing may happen to.
func TestGraces(t *testing.T) {
	left := now.Add(-24 * time.Hour)
	in := Input{Facts: Facts{Self: "u5"}, Policy: defaultPolicy()}
	in.Policy.Leavers[CauseAbsent].After = 48 * time.Hour
	in.Policy.Leavers[CauseDisabled].After = time.Hour
	for i, l := range []Link{
		{LeftSince: left, LeftCause: CauseAbsent},
		{LeftSince: left, LeftCause: CauseDisabled},
		{LeftSince: left, LeftCause: CauseAbsent},
		{},
		{LeftSince: left, LeftCause: CauseAbsent, DeactivatedFor: CauseAbsent},
		{LeftSince: left, LeftCause: CauseAbsent},
		{LeftSince: left, LeftCause: CauseAbsent}, // the account is gone
	} {
		l.Key, l.UserID = Key(fmt.Sprint("ad:", 9-i)), fmt.Sprint("u", i)
		in.Links = append(in.Links, l)
		if i < 6 {
			in.Users = append(in.Users, User{ID: l.UserID, Active: i != 4})
		}
	}
	var got []string
	for _, p := range Graces(in) {
		got = append(got, fmt.Sprint(p.User.ID, " ", p.Cause, " ", p.Due.Sub(now)))
	}
	want := []string{"u1 disabled -23h0m0s", "u2 absent 24h0m0s", "u0 absent 24h0m0s"}
	if diff := gocmp.Diff(got, want); diff != "" {
		t.Errorf("graces (-got +want):\n%s", diff)
	}
	if got := strings.Join(GraceQuery(in.Links).IDs, " "); got != "u0 u1 u2 u4 u5 u6" {
		t.Errorf("asked for %s", got)
	}
}
