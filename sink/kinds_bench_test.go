package sink_test

import (
	"context"
	"fmt"
	stdsync "sync"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// A benchKind is a kind of change and the requests that it needs, made without
// any care.
type benchKind struct {
	name string
	auth string                                                                               // of the accounts that there are; "": e-mail
	off  bool                                                                                 // they are deactivated
	due  func(n string, u sync.User) sync.Change                                              // what happens to them
	bare func(ctx context.Context, api *mattermost.Client, n string, u sync.User) (err error) // the same, by hand
}

// all returns the first error.
func all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// only returns the error of a call whose answer is of no interest.
func only[T any](_ T, err error) error { return err }

func hire(n string, once *sync.FirstDay, auth sync.Auth) sync.Change {
	id := sync.Identity{Status: sync.Enabled, First: once, Auth: auth, States: sync.SetOf(sync.Username, sync.Email)}
	id.Profile[sync.Username], id.Profile[sync.Email] = n, n+"@example.org"
	return create(id)
}

func newcomer(n, service string) mattermost.NewUser {
	u := mattermost.NewUser{Username: n, Email: n + "@example.org", EmailVerified: true, DisableWelcomeEmail: true}
	if u.AuthService = service; service == "" {
		u.Password = "aA1!aaaaaaaaaaaaaaaaaaaa"
	} else {
		u.AuthData = n
	}
	return u
}

func single(u sync.User, s sync.Step) sync.Change { return sync.Change{User: u, Steps: []sync.Step{s}} }

// benchKinds returns every kind of step that is a call.
func benchKinds() []benchKind {
	return []benchKind{
		{name: "create_sso", due: func(n string, _ sync.User) sync.Change { return hire(n, nil, sync.Auth{Service: "saml", Data: n}) },
			bare: func(ctx context.Context, api *mattermost.Client, n string, _ sync.User) error {
				return only(api.CreateUser(ctx, newcomer(n, "saml")))
			}},
		{name: "create_email", due: func(n string, _ sync.User) sync.Change { return hire(n, nil, sync.Auth{}) },
			bare: func(ctx context.Context, api *mattermost.Client, n string, _ sync.User) error {
				return only(api.CreateUser(ctx, newcomer(n, "")))
			}},
		{name: "create_with_hash", due: func(n string, _ sync.User) sync.Change { return hire(n, hashed(), sync.Auth{}) },
			bare: func(ctx context.Context, api *mattermost.Client, n string, _ sync.User) error {
				u, err := api.CreateUser(ctx, newcomer(n, ""))
				return all(err, api.SetPasswordHash(ctx, u.ID, oldHash))
			}},
		{name: "patch", auth: "saml", due: func(n string, u sync.User) sync.Change { return patch(u, sync.Profile{sync.Nickname: n}) },
			bare: func(ctx context.Context, api *mattermost.Client, n string, u sync.User) error {
				return only(api.PatchUser(ctx, u.ID, mattermost.Patch{Nickname: &n}))
			}},
		{name: "patch_email", due: func(n string, u sync.User) sync.Change {
			return patch(u, sync.Profile{sync.Email: n + "@example.com"})
		},
			bare: func(ctx context.Context, api *mattermost.Client, n string, u sync.User) error {
				n += "@example.com"
				return all(only(api.PatchUser(ctx, u.ID, mattermost.Patch{Email: &n})), api.VerifyEmail(ctx, u.ID))
			}},
		{name: "migrate_auth", due: func(n string, u sync.User) sync.Change {
			return single(u, sync.Step{Kind: sync.MigrateAuth, Auth: sync.Auth{Service: "saml", Data: n}})
		},
			bare: func(ctx context.Context, api *mattermost.Client, n string, u sync.User) error {
				return all(api.SetAuth(ctx, u.ID, "saml", n), only(api.User(ctx, u.ID)))
			}},
		{name: "deactivate", auth: "saml", due: func(_ string, u sync.User) sync.Change { return single(u, sync.Step{Kind: sync.Deactivate}) },
			bare: func(ctx context.Context, api *mattermost.Client, _ string, u sync.User) error {
				return all(api.Deactivate(ctx, u.ID), only(api.User(ctx, u.ID)), only(api.Sessions(ctx, u.ID)))
			}},
		{name: "reactivate", auth: "saml", off: true, due: func(_ string, u sync.User) sync.Change { return single(u, sync.Step{Kind: sync.Reactivate}) },
			bare: func(ctx context.Context, api *mattermost.Client, _ string, u sync.User) error {
				return all(api.Activate(ctx, u.ID), only(api.User(ctx, u.ID)))
			}},
		{name: "revoke_sessions", auth: "saml", due: func(_ string, u sync.User) sync.Change { return single(u, sync.Step{Kind: sync.Revoke}) },
			bare: func(ctx context.Context, api *mattermost.Client, _ string, u sync.User) error {
				return all(only(api.Sessions(ctx, u.ID)), api.RevokeSessions(ctx, u.ID))
			}},
	}
}

// BenchmarkApplyKinds compares Apply with a bare loop that makes the same
// requests at the same parallelism: 1,000 changes of each kind on a server that
// takes 5 ms for a request. The aim is 0.9 of the pace of the bare loop, and no
// request that the kind does not need.
func BenchmarkApplyKinds(b *testing.B) {
	const people, parallel = 1000, 4
	for _, kind := range benchKinds() {
		b.Run(kind.name, func(b *testing.B) {
			sim, p := simulate(b, mmsim.Config{Version: "11.6.0", Latency: 5 * time.Millisecond, SeatLimit: -1})
			api := benchClient(b, p)
			s := sink.New(api, sink.Config{MaxParallel: parallel})
			var ours, bare time.Duration
			var asked, needed int
			for n := 0; b.Loop(); n++ {
				_, changes := kind.crowd(sim, people, fmt.Sprint("o", n, "-"))
				sim.ResetCounts()
				begun := time.Now()
				if err := s.Apply(b.Context(), changes, func(r sync.Result) {
					if r.Outcome != sync.Done {
						b.Error(r.Err)
					}
				}); err != nil {
					b.Fatal(err)
				}
				ours, asked = ours+time.Since(begun), asked+requests(sim)
				users, _ := kind.crowd(sim, people, fmt.Sprint("b", n, "-"))
				sim.ResetCounts()
				begun = time.Now()
				kind.loop(b, api, users, fmt.Sprint("b", n, "-"), parallel)
				bare, needed = bare+time.Since(begun), needed+requests(sim)
			}
			b.ReportMetric(float64(bare)/float64(ours), "of-bare")
			b.ReportMetric(float64(asked)/float64(people*b.N), "requests/person")
			b.ReportMetric(float64(needed)/float64(people*b.N), "bare-requests/person")
			b.ReportMetric(float64(people*b.N)/ours.Seconds(), "people/s")
		})
	}
}

// requests counts all that arrived.
func requests(sim *mmsim.Server) int {
	n := 0
	for _, count := range sim.Requests() {
		n += count
	}
	return n
}

// crowd makes the people to whom a kind of change happens, past the API.
func (k benchKind) crowd(sim *mmsim.Server, people int, prefix string) ([]sync.User, []sync.Change) {
	users, changes := make([]sync.User, people), make([]sync.Change, people)
	for i := range people {
		name := fmt.Sprint(prefix, i)
		u := mmsim.User{Username: "u" + name, Email: "u" + name + "@example.org", AuthService: k.auth, EmailVerified: true}
		if k.auth != "" {
			u.AuthData = "u" + name
		}
		if k.off {
			u.DeleteAt = 1
		}
		if !k.hires() {
			users[i] = sync.User{ID: sim.Add(u), Active: !k.off, Profile: sync.Profile{sync.Username: u.Username}}
		}
		changes[i] = k.due(name, users[i])
		if k.name == "patch" || k.name == "patch_email" {
			changes[i].Steps[0].Set &^= sync.SetOf(sync.Username)
		}
		changes[i].Link.Key = sync.Key(name)
	}
	return users, changes
}

// hires reports whether the kind makes accounts.
func (k benchKind) hires() bool {
	c := k.due("x", sync.User{})
	return c.Has(sync.Create)
}

// loop makes the kind's requests for everybody.
func (k benchKind) loop(b *testing.B, api *mattermost.Client, users []sync.User, prefix string, parallel int) {
	queue := make(chan int)
	var workers stdsync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for i := range queue {
				if err := k.bare(b.Context(), api, fmt.Sprint(prefix, i), users[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range users {
		queue <- i
	}
	close(queue)
	workers.Wait()
}
