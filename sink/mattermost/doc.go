// Package mattermost is a thin client of Mattermost's REST API, version 4: the
// calls that syncd makes and no others.
//
// It promises:
//
//   - A [Reader] has no method that writes. Planning gets a Reader, so that it
//     cannot write by its type.
//   - A read is whole or an error. An answer that was cut, is no JSON or comes
//     from something in between is an error, and so is a 404 that does not come
//     from Mattermost itself.
//   - A read is tried again when the server is busy, down or garbled, a write
//     only when it certainly was not carried out (it was not sent, or refused
//     with 429). A write that may or may not have happened is an error that is
//     [ErrUnknownOutcome]: look before you write again.
//   - Tries and waits are bounded. Retry-After and X-RateLimit-* are heeded,
//     the latter before the server has to refuse.
//   - A refusal that a server with a broken database gives (401, 403 or 400
//     for everything) is not believed before its database was asked for.
//   - No redirect is followed, no cookie kept, no answer read without a bound.
//   - No error and no log line holds the token, an e-mail or a body.
//
// It will not delete anybody for good, and has no call that reaches more than
// one account with a write.
package mattermost
