// Package sources turns the records of a directory into identities. It is what
// all kinds of source share.
//
// A [Spec] says how: which attribute is the anchor, which records are people,
// and one expression for each field. [Compile] checks all of it before the
// first record is read and returns every fault at once; [Mapping.Map] then
// makes of each record exactly one of three things: an identity, a reject, or
// a record that is left out because it is no person.
//
// It promises:
//
//   - Nothing is guessed. A value that is missing, damaged, ambiguous or too
//     long becomes a reject that names the mapping and the attribute, never the
//     value.
//   - A status is evidence of its own. Somebody whose record says "disabled" is
//     an identity even if the rest of the record is broken, because leavers
//     often lose their mail attribute first. A record whose status cannot be
//     told is a reject.
//   - A record is left out only when the filter could be evaluated and said so.
//   - The same record gives the same identity: no clock, no locale, no order of
//     a map has a part in it.
//
// It will not read files or directories (csvfile does), and it does not know
// what a chat server makes of a value beyond the form of an e-mail address:
// the server's own rules are checked in the plan.
//
// # Expressions
//
// The language is that of github.com/expr-lang/expr without its built-in
// functions. A name that is not called is an attribute: a string, "" when the
// record does not have it, without white space around it, in Unicode NFC. A name
// that is no identifier is written attr("x-y"). These functions exist, and none
// of them minds an absent value:
//
//	lower(s) upper(s) title(s) trim(s)   title: Anna-Maria Müller
//	first(a, b, …)                       the first that is not empty
//	concat(a, b, …), a + b
//	left(s, n) right(s, n) len(s)        counted in characters
//	replace(s, old, new)
//	split(s, sep) join(list, sep)        split(s, sep)[0], [-1] is the last
//	part(s, sep, n)                      split(s, sep)[n]
//	translit(s)                          to ASCII: ä ae, ö oe, ü ue, ß ss, æ ae, é e, å a, ø o, ł l, Cyrillic, Greek
//	slug(s)                              lower case, a-z 0-9 . _ -; what lies between becomes one dash
//	empty(s) has(list, s)
//	contains(s, part) startsWith(s, part) endsWith(s, part)
//	matches(s, "regular expression")
//	date(s) date(s, "02.01.2006")        ISO and German forms; otherwise a layout of Go's
//	filetime(s)                          a Windows time (accountExpires); 0 and the largest number are never
//	days(s)                              days since 1970 (shadowExpire); -1 is never
//	smtp(list)                           the address behind SMTP: in proxyAddresses, or the first one there is
//	past(date)                           a day without a time is past when it is over, in UTC
//	memberOf("group")                    in a group of the directory, directly or not
//	bit(n, mask)                         any of the mask's bits is set
//
// An attribute with several values can be given to first, has, join, empty and
// the right side of in. Elsewhere it is a reject, because one of several values
// would be a guess.
package sources
