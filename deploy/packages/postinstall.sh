#!/bin/sh
# After an installation nothing runs: there is no configuration yet. After an
# upgrade, what runs already goes on with the new program.
set -e
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
systemctl try-restart syncd.service || echo "syncd: the daemon did not start again: see systemctl status syncd" >&2
