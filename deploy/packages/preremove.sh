#!/bin/sh
# dpkg says "remove", rpm 0 for the last version that goes.
set -e
case "$1" in remove | 0) ;; *) exit 0 ;; esac
[ -d /run/systemd/system ] || exit 0
systemctl disable --now syncd.service syncd.timer || true
systemctl stop syncd-once.service || true
