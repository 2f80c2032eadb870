#!/bin/sh
# Sees to it that what the tests need is there: Go, git, and a C compiler with
# the C library's headers, which "go test -race" links with. On Debian and its
# like, as root, it installs what is missing; elsewhere it says what to install.
set -eu

say() { echo "needs: $*" >&2; }

if ! command -v go >/dev/null 2>&1; then
	say "Go is missing: see https://go.dev/doc/install (the version is in go.mod)"
	exit 1
fi

# links reports whether the compiler that Go would use can make a program.
links() {
	dir=$(mktemp -d)
	# CC may hold flags, so it is split into words.
	# shellcheck disable=SC2046
	echo '#include <stdlib.h>
int main(void) { return 0; }' | $(go env CC) -x c -o "$dir/a.out" - >/dev/null 2>&1 && ok=0 || ok=1
	rm -rf "$dir"
	return "$ok"
}

missing=
command -v git >/dev/null 2>&1 || missing="git"
links || missing="$missing gcc libc6-dev"
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	say "installing:" $missing
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086
	apt-get install -qq -y --no-install-recommends $missing >/dev/null
	links || { say "$(go env CC) still makes no program; set CC to a C compiler that does"; exit 1; }
	exit 0
fi

case "$missing" in *git*) say "git is missing: install it" ;; esac
case "$missing" in *gcc*)
	say "no C compiler that works ($(go env CC)), which the race detector needs. Install one:"
	say "  Debian, Ubuntu  apt-get install gcc libc6-dev"
	say "  Fedora, RHEL    dnf install gcc glibc-devel"
	say "  Alpine          apk add gcc musl-dev"
	say "  macOS           xcode-select --install"
	;;
esac
exit 1
