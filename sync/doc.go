// Package sync decides who is who, what is due for each person, and what may
// be carried out.
//
// It promises:
//
//   - The same input gives the same plan, byte for byte. Nothing here reads a
//     clock, a file, the network or the environment, starts a goroutine or
//     writes a log line.
//   - Every person is in exactly one bucket of a plan: unchanged, changed,
//     pending or held. The numbers add up.
//   - Nobody is guessed. An ambiguity, a collision or a bad record becomes a
//     [Hold] with a [Reason].
//   - Only linked accounts are changed. Bots, remote accounts, the credential's
//     own account and its owner, and protected accounts never are.
//
// It will not talk to a directory or a chat server: [Source] and [Sink] are
// implemented by the packages at the edges, and the command ties them together.
//
// # The name
//
// This package shadows the standard library's sync, which it neither imports
// nor needs: it has no concurrency, so it has no locks. A package that needs
// both imports the standard one as stdsync. No exported name here equals one
// of the standard package's, so that goimports picks the right package by name.
package sync
