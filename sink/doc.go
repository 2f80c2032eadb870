// Package sink is where users live: [sync.Sink] over a Mattermost server.
//
// It promises:
//
//   - A [Finder] cannot write: it is made of a client without such methods.
//   - Find is whole or an error, and returns each user once.
//   - A step counts as done when its effect was seen, in the answer or by
//     reading the account again. A server that says yes and does not do it
//     makes a hold, not a success.
//   - One call at a time is in flight for a person, because servers lose one
//     of two patches that overlap.
//   - A write whose outcome nobody knows is looked up before it is made again,
//     so that no account is made twice.
//   - Whoever stepped aside to a temporary name in a swap that does not come
//     about gets the old one back, unless another has it by then. What was
//     refused so is not tried again for a day.
//   - Before anything is written, the token is checked to be an active system
//     administrator's: an open server makes plain accounts for anybody.
//   - Nothing is deleted and no password that anybody knows is set.
//
// It will not decide what is due. What a person should be is the core's to
// say; this package carries it out, or says why not.
package sink
