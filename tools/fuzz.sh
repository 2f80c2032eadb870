#!/bin/sh
# Runs every fuzz target of the module for the given time ("20s"), one after
# the other: Go can run but one at a time. A find is written to testdata/fuzz of
# its package; add it to the target's seeds with the repair.
set -eu
for dir in $(go list -f '{{.Dir}}' ./...); do
	for target in $(cd "$dir" && cat ./*_test.go 2>/dev/null | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p'); do
		echo "fuzz: $target in ${dir#"$PWD"/}, $1"
		(cd "$dir" && go test -run='^$' -fuzz="^$target\$" -fuzztime="$1" .)
	done
done
