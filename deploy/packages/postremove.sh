#!/bin/sh
# The configuration and what syncd remembers stay, even after a purge: without
# the links every person would have to be adopted again.
set -e
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload || true
