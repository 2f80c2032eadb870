// Package config reads the configuration file.
//
// It promises:
//
//   - Strictness. A key that is not known, a key twice, a value of the wrong
//     type or out of its range, a tag, a second document and a mistake in an
//     expression are all errors. Nothing is accepted and ignored.
//   - Completeness. All mistakes come at once, sorted, each as
//     file:line:column: key: what is wrong, and what was meant. (After a
//     mistake in the YAML itself nothing more can be read, so that one comes
//     alone.)
//   - The text is never expanded. A value reaches the program as it is written.
//   - Secrets stay outside the file. A [Secret] is a reference; it is resolved
//     when it is needed, and neither it nor a literal that somebody wrote in
//     its place is ever printed.
//
// It will not talk to a server, read a source or look at the clock, and it does
// not know what a cron expression is: whoever finds a mistake in a value later
// reports it at its place with [Config.Fault].
//
// # How the keys are described
//
// The functions that read the keys (schema.go and its neighbors) state each
// key's name, type, default and meaning in one line. [Reference], and with it
// docs/configuration.md, comes from the same lines, so it cannot differ from
// what is read.
package config
