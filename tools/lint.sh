#!/usr/bin/env bash
# Everything that can be said about the code without running it. The repository's own rules are tests: go test ./tests/tidy.
set -euo pipefail
cd "$(dirname "$0")/.."
tool() { go tool -modfile=tools/go.mod "$@"; }
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.go' ':!gen/' | while read -r f; do [ -f "$f" ] && echo "$f"; done)
unformatted=$(gofmt -l "${files[@]}")
[ -z "$unformatted" ] || { printf 'not formatted, run gofmt -w:\n%s\n' "$unformatted"; exit 1; }
for f in .ci/run tools/*.sh; do bash -n "$f"; done
go vet ./...
tool staticcheck ./...
tools/protos.sh
tool buf lint
tool buf format --diff --exit-code proto
