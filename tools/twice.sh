#!/bin/sh
# Builds what is handed out twice, the second time in a copy of the commit in
# another folder, with an empty build cache, and compares all bytes. It takes
# some minutes. Its argument is the version, "" for the commit's own.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
git clone -q . "$work/one"
git clone -q . "$work/a folder of another name"
for tree in "$work/one" "$work/a folder of another name"; do
	(cd "$tree" && go run -C tools ./dist -root .. -out ../dist -version "$1")
	export GOCACHE="$work/cache"
done
cmp "$work/one/dist/SHA256SUMS" "$work/a folder of another name/dist/SHA256SUMS"
(cd "$work/a folder of another name/dist" && sha256sum --check --quiet SHA256SUMS)
echo "twice: the same bytes"
cat "$work/one/dist/SHA256SUMS"
