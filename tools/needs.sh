#!/bin/sh
# Sees to it that what the tests need is there: Go, git, a C compiler with the C
# library's headers, which "go test -race" links with, real directories:
# OpenLDAP, Samba and 389 Directory Server, PostgreSQL, a browser, Chromium,
# Prometheus with promtool, and what boots a systemd of the tests' own. On Debian
# and its like, as root, it installs what is missing; elsewhere it says what to
# install, and tests of what is not there are skipped (in CI they fail).
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
directories=
command -v slapd >/dev/null 2>&1 && command -v ldapsearch >/dev/null 2>&1 || directories="slapd ldap-utils"
command -v samba-tool >/dev/null 2>&1 && command -v samba >/dev/null 2>&1 ||
	directories="$directories samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind ldb-tools"
command -v ns-slapd >/dev/null 2>&1 || directories="$directories 389-ds-base"
database="postgresql-15"
if command -v initdb >/dev/null 2>&1; then database=; fi
for initdb in /usr/lib/postgresql/*/bin/initdb; do
	if [ -x "$initdb" ]; then database=; fi
done
browser="chromium fonts-dejavu-core"
for name in chromium chromium-browser google-chrome google-chrome-stable; do
	command -v "$name" >/dev/null 2>&1 && browser=
done
prometheus=
command -v prometheus >/dev/null 2>&1 && command -v promtool >/dev/null 2>&1 || prometheus=prometheus
units=
command -v systemd-analyze >/dev/null 2>&1 || units="systemd"
command -v systemd-nspawn >/dev/null 2>&1 || units="$units systemd-container"
command -v debootstrap >/dev/null 2>&1 || units="$units debootstrap"
command -v nsenter >/dev/null 2>&1 || units="$units util-linux"
[ -n "$missing$directories$database$browser$prometheus$units" ] || exit 0

# install installs packages of Debian's without starting what they bring: the
# tests start servers of their own.
install() {
	say "installing:" "$@"
	export DEBIAN_FRONTEND=noninteractive
	policy=/usr/sbin/policy-rc.d
	ours=
	[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; ours=yes; }
	echo 'slapd slapd/no_configuration boolean true' | debconf-set-selections
	# no database of the system's own is made
	mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
	ok=0
	{ apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" >/dev/null; } || ok=1
	[ -z "$ours" ] || rm -f "$policy"
	return "$ok"
}

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	# shellcheck disable=SC2086
	install $missing $directories $database $browser $prometheus $units
	links || { say "$(go env CC) still makes no program; set CC to a C compiler that does"; exit 1; }
	exit 0
fi

[ -z "$browser" ] || say "for the test of the plan's page install: chromium"
[ -z "$prometheus" ] || say "for the tests of alerts and dashboards install: prometheus (with promtool)"
[ -z "$units" ] || say "for the tests of the systemd units, which are run by root, install:$(printf ' %s' $units)"
[ -z "$database" ] || say "for the tests of a shared state install: $database"
[ -z "$directories" ] || say "for the tests of real directories install:$(printf ' %s' $directories)"
[ -n "$missing" ] || exit 0
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
