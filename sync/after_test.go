package sync

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLinkAfter: what is remembered once a change has come so far.
func TestLinkAfter(t *testing.T) {
	earlier := now.Add(-48 * time.Hour)
	link := Link{Key: "ad:1", UserID: "u1", Since: earlier, How: Created, Stamp: "ad:s1"}
	with := func(change func(*Link)) Link {
		l := link
		change(&l)
		return l
	}
	ann := Identity{Key: "ad:1", Status: Enabled, Stamp: "ad:s2"}
	off := Identity{Key: "ad:1", Status: Disabled, Stamp: "ad:s2"}
	fresh := Link{Key: "ad:1", UserID: "u1", Since: now, How: Created, Stamp: "ad:s2"}
	newcomer := Link{Key: "ad:1"}
	saml := Auth{"saml", "ann"}
	mail := Step{Kind: Patch, Set: SetOf(Email), To: Profile{Email: "new@x.org"}}
	asked := func(l *Link) { l.AskedEmail, l.AskedEmailAt = "new@x.org", earlier }
	left := func(l *Link) { l.LeftSince, l.LeftCause = earlier, CauseAbsent }

	tests := []struct {
		name   string
		id     Identity
		link   Link
		steps  []Step
		result Result // without the change; the user is the one before it
		want   Link
		none   bool
	}{
		{name: "create", id: ann, link: newcomer, steps: []Step{{Kind: Create, How: Created}}, result: Result{Outcome: Done, Done: 1}, want: fresh},
		{name: "create with a sign-in", id: ann, link: newcomer, steps: []Step{{Kind: Create, How: Created, Auth: saml}}, result: Result{Outcome: Done, Done: 1},
			want: Link{Key: "ad:1", UserID: "u1", Since: now, How: Created, Stamp: "ad:s2", AuthData: "ann"}},
		{name: "create failed", id: ann, link: newcomer, steps: []Step{{Kind: Create, How: Created}}, result: Result{Outcome: Failed}, none: true, want: newcomer},
		{name: "create skipped", id: ann, link: newcomer, steps: []Step{{Kind: Create, How: Created}}, result: Result{Outcome: Skipped}, none: true, want: newcomer},
		{name: "create held", id: ann, link: newcomer, steps: []Step{{Kind: Create, How: Created}}, result: Result{Outcome: Held, Reason: HoldRefused}, none: true, want: newcomer},
		{name: "create in place of an account that is gone", id: ann, link: with(left), steps: []Step{{Kind: Create, How: Created}}, result: Result{Outcome: Done, Done: 1}, want: fresh},

		{name: "adopt", id: ann, link: newcomer, steps: []Step{{Kind: Adopt, How: Adopted}}, result: Result{Outcome: Done, Done: 1},
			want: Link{Key: "ad:1", UserID: "u1", Since: now, How: Adopted, Stamp: "ad:s2"}},
		{name: "adopt, and the patch failed", id: ann, link: newcomer, steps: []Step{{Kind: Adopt, How: Adopted}, mail}, result: Result{Outcome: Failed, Done: 1},
			want: Link{Key: "ad:1", UserID: "u1", Since: now, How: Adopted, Stamp: "ad:s2"}},
		{name: "adopt, and the new e-mail waits", id: ann, link: newcomer, steps: []Step{{Kind: Adopt, How: Adopted}, mail},
			result: Result{Outcome: Held, Reason: HoldUnconfirmed, Done: 1},
			want:   Link{Key: "ad:1", UserID: "u1", Since: now, How: Adopted, Stamp: "ad:s2", AskedEmail: "new@x.org", AskedEmailAt: now}},
		{name: "recover somebody absent", link: newcomer, steps: []Step{{Kind: Adopt, How: Recovered}}, result: Result{Outcome: Done, Done: 1},
			want: Link{Key: "ad:1", UserID: "u1", Since: now, How: Recovered}},
		{name: "recover and deactivate somebody absent", link: newcomer,
			steps:  []Step{{Kind: Adopt, How: Recovered}, {Kind: Deactivate, Cause: CauseAbsent}},
			result: Result{Outcome: Done, Done: 2},
			want:   Link{Key: "ad:1", UserID: "u1", Since: now, How: Recovered, LeftSince: now, LeftCause: CauseAbsent, DeactivatedFor: CauseAbsent}},
		{name: "recover somebody absent, and the deactivation failed", link: newcomer,
			steps:  []Step{{Kind: Adopt, How: Recovered}, {Kind: Deactivate, Cause: CauseAbsent}},
			result: Result{Outcome: Failed, Done: 1},
			want:   Link{Key: "ad:1", UserID: "u1", Since: now, How: Recovered}},
		{name: "recover and sign out somebody in grace", id: off, link: newcomer,
			steps:  []Step{{Kind: Adopt, How: Recovered}, {Kind: Revoke, Cause: CauseDisabled}},
			result: Result{Outcome: Done, Done: 2},
			want:   Link{Key: "ad:1", UserID: "u1", Since: now, How: Recovered, LeftSince: now, LeftCause: CauseDisabled}},

		{name: "patch", id: ann, link: link, steps: []Step{{Kind: Patch, Set: SetOf(Position)}}, result: Result{Outcome: Done, Done: 1}, want: link},
		{name: "patch of something else leaves a waiting e-mail", id: ann, link: with(asked), steps: []Step{{Kind: Patch, Set: SetOf(Position)}},
			result: Result{Outcome: Done, Done: 1}, want: with(asked)},
		{name: "the e-mail was confirmed", id: ann, link: with(asked), steps: []Step{mail}, result: Result{Outcome: Done, Done: 1}, want: link},
		{name: "the e-mail waits", id: ann, link: link, steps: []Step{mail}, result: Result{Outcome: Held, Reason: HoldUnconfirmed},
			want: with(func(l *Link) { l.AskedEmail, l.AskedEmailAt = "new@x.org", now })},
		{name: "the e-mail waits, asked for again", id: ann, link: with(asked), steps: []Step{mail}, result: Result{Outcome: Held, Reason: HoldUnconfirmed},
			want: with(func(l *Link) { l.AskedEmail, l.AskedEmailAt = "new@x.org", now })},
		{name: "the e-mail waits, after a step aside", id: ann, link: link,
			steps:  []Step{{Kind: Patch, Set: SetOf(Username)}, mail},
			result: Result{Outcome: Held, Reason: HoldUnconfirmed, Done: 1},
			want:   with(func(l *Link) { l.AskedEmail, l.AskedEmailAt = "new@x.org", now })},
		{name: "the e-mail was refused", id: ann, link: link, steps: []Step{mail}, result: Result{Outcome: Held, Reason: HoldRefused}, want: link},
		{name: "the e-mail failed", id: ann, link: link, steps: []Step{mail}, result: Result{Outcome: Failed, Reason: HoldUnconfirmed}, want: link},
		{name: "a hold behind the last step", id: ann, link: link, steps: []Step{mail}, result: Result{Outcome: Held, Reason: HoldUnconfirmed, Done: 1}, want: link},

		{name: "sign-in moved, sessions live on", id: ann, link: link, steps: []Step{{Kind: MigrateAuth, Auth: saml}, {Kind: Revoke}},
			result: Result{Outcome: Failed, Done: 1}, want: with(func(l *Link) { l.AuthData, l.RevokeDue = "ann", true })},
		{name: "sign-in moved, sessions ended", id: ann, link: link, steps: []Step{{Kind: MigrateAuth, Auth: saml}, {Kind: Revoke}},
			result: Result{Outcome: Done, Done: 2}, want: with(func(l *Link) { l.AuthData, l.Stamp = "ann", "ad:s2" })},
		{name: "sign-in of somebody who had no session", id: ann, link: link, steps: []Step{{Kind: Reactivate}, {Kind: MigrateAuth, Auth: saml}},
			result: Result{Outcome: Done, Done: 2}, want: with(func(l *Link) { l.AuthData, l.Stamp = "ann", "ad:s2" })},
		{name: "sign-in moved back to e-mail", id: ann, link: with(func(l *Link) { l.AuthData = "ann" }),
			steps: []Step{{Kind: MigrateAuth, Auth: Auth{Service: AuthEmail}}}, result: Result{Outcome: Done, Done: 1}, want: link},
		{name: "sign-in did not move", id: ann, link: link, steps: []Step{{Kind: MigrateAuth, Auth: saml}, {Kind: Revoke}}, result: Result{Outcome: Failed},
			want: with(func(l *Link) { l.RevokeDue = true })},
		{name: "sign-in was refused", id: ann, link: link, steps: []Step{{Kind: MigrateAuth, Auth: saml}, {Kind: Revoke}}, result: Result{Outcome: Held, Reason: HoldAuthHeld}, want: link},

		{name: "role taken, sessions live on", id: ann, link: link, steps: []Step{{Kind: SetRole, WasRole: Admin, Role: Member}, {Kind: Revoke}},
			result: Result{Outcome: Failed, Done: 1}, want: with(func(l *Link) { l.RevokeDue = true })},
		{name: "role taken, sessions ended", id: ann, link: link, steps: []Step{{Kind: SetRole, WasRole: Admin, Role: Member}, {Kind: Revoke}},
			result: Result{Outcome: Done, Done: 2}, want: with(func(l *Link) { l.Stamp = "ad:s2" })},
		{name: "role may be taken", id: ann, link: link, steps: []Step{{Kind: SetRole, WasRole: Admin, Role: Member}, {Kind: Revoke}},
			result: Result{Outcome: Failed}, want: with(func(l *Link) { l.RevokeDue = true })},
		{name: "role given, sessions due for a stamp", id: ann, link: link, steps: []Step{{Kind: SetRole, WasRole: Member, Role: Admin}, {Kind: Revoke}},
			result: Result{Outcome: Failed, Done: 1}, want: link},
		{name: "picture set", id: ann, link: with(func(l *Link) { l.Picture, l.PictureAt, l.PictureRefused = "p0", earlier, "p9" }),
			steps: []Step{{Kind: SetPicture, Picture: Picture{Digest: "p1"}}}, result: Result{Outcome: Done, Done: 1, User: User{PictureAt: now}},
			want: with(func(l *Link) { l.Picture, l.PictureAt = "p1", now })},
		{name: "picture removed", id: ann, link: with(func(l *Link) { l.Picture, l.PictureAt = "p1", earlier }),
			steps: []Step{{Kind: SetPicture, Picture: Picture{Digest: NoPicture}}}, result: Result{Outcome: Done, Done: 1}, want: link},
		{name: "picture refused", id: ann, link: with(func(l *Link) { l.Picture, l.PictureAt = "p1", earlier }), steps: []Step{{Kind: SetPicture, Picture: Picture{Digest: "p2"}}},
			result: Result{Outcome: Held, Reason: HoldPicture}, want: with(func(l *Link) { l.Picture, l.PictureAt, l.PictureRefused = "p1", earlier, "p2" })},
		{name: "picture moved", id: ann, link: link, steps: []Step{{Kind: SetPicture, Picture: Picture{Digest: "p2"}}}, result: Result{Outcome: Held, Reason: HoldPictureMoved}, want: link},
		{name: "picture failed", id: ann, link: link, steps: []Step{{Kind: SetPicture, Picture: Picture{Digest: "p2"}}}, result: Result{Outcome: Failed}, want: link},

		{name: "deactivate", id: off, link: link, steps: []Step{{Kind: Deactivate, Cause: CauseDisabled}}, result: Result{Outcome: Done, Done: 1},
			want: with(func(l *Link) { l.DeactivatedFor, l.LeftSince, l.LeftCause = CauseDisabled, now, CauseDisabled })},
		{name: "deactivate after a grace", link: with(left), steps: []Step{{Kind: Deactivate, Cause: CauseAbsent}}, result: Result{Outcome: Done, Done: 1},
			want: with(func(l *Link) { l.DeactivatedFor, l.LeftSince, l.LeftCause = CauseAbsent, earlier, CauseAbsent })},
		{name: "deactivate for another cause than the grace began", id: off, link: with(left), steps: []Step{{Kind: Deactivate, Cause: CauseDisabled}}, result: Result{Outcome: Done, Done: 1},
			want: with(func(l *Link) { l.DeactivatedFor, l.LeftSince, l.LeftCause = CauseDisabled, earlier, CauseDisabled })},
		{name: "deactivation ends the sessions that were due", id: off, link: with(func(l *Link) { l.RevokeDue = true }),
			steps: []Step{{Kind: Deactivate, Cause: CauseDisabled}}, result: Result{Outcome: Done, Done: 1},
			want: with(func(l *Link) { l.DeactivatedFor, l.LeftSince, l.LeftCause = CauseDisabled, now, CauseDisabled })},
		{name: "deactivation failed", id: off, link: link, steps: []Step{{Kind: Deactivate, Cause: CauseDisabled}}, result: Result{Outcome: Failed}, want: link},

		{name: "reactivate", id: ann, link: with(func(l *Link) { left(l); l.DeactivatedFor = CauseAbsent }),
			steps: []Step{{Kind: Reactivate, Cause: CauseAbsent}}, result: Result{Outcome: Done, Done: 1}, want: with(func(l *Link) { l.Stamp = "ad:s2" })},
		{name: "reactivate, and the patch failed", id: ann, link: with(func(l *Link) { left(l); l.DeactivatedFor = CauseAbsent }),
			steps: []Step{{Kind: Reactivate, Cause: CauseAbsent}, mail}, result: Result{Outcome: Failed, Done: 1}, want: with(func(l *Link) { l.Stamp = "ad:s2" })},
		{name: "reactivation failed", id: ann, link: with(func(l *Link) { left(l); l.DeactivatedFor = CauseAbsent }),
			steps: []Step{{Kind: Reactivate, Cause: CauseAbsent}}, result: Result{Outcome: Failed}, want: with(func(l *Link) { l.DeactivatedFor = CauseAbsent })},

		{name: "sessions ended for a new stamp", id: ann, link: link, steps: []Step{{Kind: Revoke}}, result: Result{Outcome: Done, Done: 1},
			want: with(func(l *Link) { l.Stamp = "ad:s2" })},
		{name: "sessions did not end", id: ann, link: link, steps: []Step{{Kind: Revoke}}, result: Result{Outcome: Failed}, want: link},
		{name: "sessions ended that were due", id: ann, link: with(func(l *Link) { l.RevokeDue = true }), steps: []Step{{Kind: Revoke}},
			result: Result{Outcome: Done, Done: 1}, want: with(func(l *Link) { l.Stamp = "ad:s2" })},
		{name: "sessions ended of somebody who was first missed", link: link, steps: []Step{{Kind: Revoke, Cause: CauseAbsent}}, result: Result{Outcome: Done, Done: 1},
			want: with(func(l *Link) { l.LeftSince, l.LeftCause = now, CauseAbsent })},
		{name: "sessions did not end of somebody who was first missed", link: link, steps: []Step{{Kind: Revoke, Cause: CauseAbsent}}, result: Result{Outcome: Failed}, want: link},

		{name: "somebody who is back", id: ann, link: with(left), steps: []Step{{Kind: Patch, Set: SetOf(Position)}}, result: Result{Outcome: Failed}, want: link},
		{name: "somebody else brought the person back", id: ann, link: with(func(l *Link) { left(l); l.DeactivatedFor = CauseAbsent }),
			steps: []Step{mail}, result: Result{Outcome: Done, Done: 1, User: User{Active: true}}, want: link},
		{name: "a first stamp is taken as it is", id: ann, link: with(func(l *Link) { l.Stamp = "" }), steps: []Step{{Kind: Patch, Set: SetOf(Position)}},
			result: Result{Outcome: Failed}, want: with(func(l *Link) { l.Stamp = "ad:s2" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.result
			before := r.User
			r.Change, r.User = Change{Identity: tt.id, User: before, Link: tt.link, Steps: tt.steps}, User{ID: "u1", PictureAt: before.PictureAt}
			got, linked := r.LinkAfter(now)
			if linked == tt.none {
				t.Errorf("linked: got %t, want %t", linked, !tt.none)
			}
			if got != tt.want { // == is what the state compares with
				t.Errorf("link (-got +want):\n%s", cmp.Diff(got, tt.want))
			}
		})
	}
}

// TestLinkAfterTimes: times in links are equal by == to the same times read
// back, whatever the clock was.
func TestLinkAfterTimes(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	clock := time.Now().In(zone) // with a monotonic part
	mail := Step{Kind: Patch, Set: SetOf(Email), To: Profile{Email: "new@x.org"}}
	results := map[string]Result{
		"create":     {Outcome: Done, Done: 1, Change: Change{Link: Link{Key: "ad:1"}, Steps: []Step{{Kind: Create}}}},
		"deactivate": {Outcome: Done, Done: 1, Change: Change{Link: Link{Key: "ad:1", UserID: "u1"}, Steps: []Step{{Kind: Deactivate}}}},
		"unconfirmed": {Outcome: Held, Reason: HoldUnconfirmed,
			Change: Change{Link: Link{Key: "ad:1", UserID: "u1"}, Steps: []Step{mail}}},
	}
	for name, r := range results {
		r.User = User{ID: "u1"}
		here, _ := r.LinkAfter(clock)
		there, _ := r.LinkAfter(time.UnixMilli(clock.UnixMilli()).UTC())
		if here != there {
			t.Errorf("%s: got %+v, want %+v", name, here, there)
		}
	}
}

// TestAdoptions: what is taken over is linked before the first call, with what
// is known by then.
func TestAdoptions(t *testing.T) {
	ann := Identity{Key: "ad:1", Status: Enabled, Stamp: "ad:s2"}
	p := Plan{Changes: []Change{
		{Link: Link{Key: "ad:2"}, User: User{ID: "u2"}, Steps: []Step{{Kind: Adopt, How: Recovered}, {Kind: Deactivate, Cause: CauseAbsent}}},
		{Link: Link{Key: "ad:1"}, User: User{ID: "u1"}, Identity: ann, Steps: []Step{{Kind: Adopt, How: Adopted}, {Kind: Patch, Set: SetOf(Username)}}},
		{Link: Link{Key: "ad:3"}, Identity: ann, Steps: []Step{{Kind: Create}}},
		{Link: Link{Key: "ad:4", UserID: "u4"}, User: User{ID: "u4"}, Steps: []Step{{Kind: Revoke}}},
	}}
	want := []Link{
		{Key: "ad:2", UserID: "u2", Since: now, How: Recovered},
		{Key: "ad:1", UserID: "u1", Since: now, How: Adopted, Stamp: "ad:s2"},
	}
	if diff := cmp.Diff(p.Adoptions(now), want); diff != "" {
		t.Errorf("links (-got +want):\n%s", diff)
	}
}
