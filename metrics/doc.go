// Package metrics shows Prometheus how syncd is doing: what each run found,
// planned and did, and how the server answered.
//
// It promises:
//
//   - One call of [Metrics.Observe] a run is all that a caller owes. The core
//     hands over a report and never sees a counter.
//   - Every label but source has a closed set of values, known at start: no
//     person, account, host or error text can become a time series. Counters
//     begin at zero; a gauge that only a run can fill is absent until one has.
//   - What a failed run could not learn is not overwritten. After a read that
//     broke off, source_entries still shows the last whole read, and
//     source_complete says that it is not this one.
//   - [Listen] answers GET and HEAD, nothing else, with bounds on size and time,
//     and on the loopback interface unless it is told otherwise. Encryption and
//     users are those of exporter-toolkit's web configuration file, as with
//     Prometheus itself.
//
// It will not push or remember: read the journal for history. The collectors of
// the Go runtime and of the process are the command's to register.
package metrics
