// Package state is what syncd remembers between runs: which account belongs to
// whom (links), what each run did (runs), and every step with what was before
// and after it (the journal). It is one SQLite file, or a schema of a PostgreSQL
// database, which several machines can share.
//
// It promises:
//
//   - What a call acknowledged is on the disk. A killed process loses nothing
//     that was acknowledged: steps are written down before they are made and
//     their outcomes after, each in one durable transaction together with the
//     link that follows from it.
//   - One process writes. A second one gets a [HeldError] that says who holds
//     the file. Any number may read at the same time ([OpenReader]). A daemon
//     ([OpenDaemon]) lets others write between its runs.
//   - In a database, whoever was overtaken writes nothing any more: each write
//     checks a number that the next one has raised ([ErrFenced]). Before a step is
//     made elsewhere, [Store.Allowed] says whether it still may be, and
//     [Store.Bound] ends what goes on when it may not.
//   - An account has one key and a key one account. A write that would break
//     this is a [ConflictError], and nothing of it is kept.
//   - A file written by a newer syncd, by another program or by nobody is
//     refused, not mended. Damage is an error, never an empty answer.
//
// What it holds is what the server cannot tell us; users are always read from
// the server. Losing the file is survivable: nobody is deactivated, and people
// are held as taken until they are adopted again.
//
// The journal holds names and e-mail addresses, because undoing needs them, so
// the files are made readable for their owner only. Times are kept in UTC with
// whole milliseconds; a link with such times comes back equal under ==.
//
// All SQL is SQLite's (queries.go, schema.go); dialect.go turns it into
// PostgreSQL's, so that a column or a query is written once.
//
// It will not look for damage that is not in its way unless [Reader.Check] is
// called (a run reads every link before it does anything, so damage there stops
// it), make backups unasked, and not work in a file on a network file system:
// locks and shared memory are unreliable there. It needs flock, so a Unix.
package state
