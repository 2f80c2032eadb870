// Package mmsim is a Mattermost in memory that speaks the users API over HTTP,
// for tests and for the demo.
//
// It promises to answer every call that syncd makes as measured on real
// servers of two versions, 11.6 and 5.37: the same statuses, error ids,
// headers, limits and side effects, the surprising ones above all. Among them:
//
//   - A bad token does not stop a create on an open server. It makes a plain
//     account and answers 201.
//   - A patch reads a user, waits [Config.Latency] and writes the whole user
//     back, so of two patches at once one is lost, and both answer 200.
//   - No write is a no-op: each one moves update_at.
//   - With [Config.RequireEmailVerification] a patch of the e-mail answers 200
//     with the old e-mail.
//   - PUT auth and the revocation of sessions answer 200 for a user who does
//     not exist.
//   - Access tokens of somebody deactivated come back to life with the account.
//   - Old servers go on showing an account that was deleted for good.
//
// [Server.Fault] and [Server.BreakDatabase] make it fail as servers and networks
// do. The package is safe for many clients at once. A client that gives up does
// not stop the work it asked for. Ids come from a seeded generator, so the same
// calls in the same order make the same ids.
//
// Versions between the two that were measured follow what is known of the
// server's source. A license changes seats, roles and guests,
// and nothing else.
//
// It will not do what syncd does not ask for: no teams, channels, posts,
// mails, websocket, plugins or privacy settings. It keeps no password, only whether there is one, so nobody can log
// in with one. It has no disk: what it holds is gone when it is.
package mmsim
