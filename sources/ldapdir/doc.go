// Package ldapdir reads people from LDAP directories: OpenLDAP, 389 Directory
// Server and FreeIPA, and Active Directory.
//
// It promises:
//
//   - A read is whole or an error. The only end of a search is the empty cookie
//     of its last page; a limit, a referral inside the base, a lost connection,
//     a message that does not belong, a server that falls silent and an empty
//     answer are errors, with the code and what to do about it.
//   - One server answers a whole read. When it fails, the next one is asked from
//     the beginning.
//   - A second look finds whoever has the anchor, wherever they are. It proves
//     that it could have found them, by somebody who is there.
//   - Nothing is sent in clear text to another machine unless the configuration
//     allows it by name, StartTLS is required where it is asked for, and an empty
//     password is never sent.
//   - Memory does not grow with the directory: an entry becomes an identity and
//     is forgotten. What an entry or a message may cost is bounded.
//
// Binding, filters, controls and result codes are the library's. Entries are
// decoded beside it, strictly, by a tap on the connection ([tap]): the library's
// own way costs five times the time and a hundred times the memory, and keeps
// partial results beside an error.
//
// It will not write, follow referrals, or take a stream of changes for the
// truth. It cannot see that a server ends a search too early with success, or
// that the account lost the right to read some entries, unless a sentinel is
// among them: the guard of the core looks at what is missing.
package ldapdir
