#!/usr/bin/env bash
# Runs every test and says what ran. Results are never taken from the cache: the end-to-end tests build the binary themselves, which the cache
# does not see. PostgreSQL is installed by the first test that needs it and shared by all (kit/testkit/pgtest).
set -euo pipefail
cd "$(dirname "$0")/.."
echo "go test ./... with CGO_ENABLED=${CGO_ENABLED:=0}, two packages at a time: unit, service, adapter, sandbox, tidy and end-to-end tests; then the web app's"
export CGO_ENABLED
# Tests make thousands of small files, and JetStream waits for its to be on the disk: with 12 GiB of memory free their folders are in memory. As on a disk, programs
# must be able to start from there, and PostgreSQL runs as a user of its own. The name is short: a socket's path has 107 characters.
memory=$(df -B1 --output=avail /dev/shm 2>/dev/null | tail -1) || memory=0 # no such folder, or no such df
free=$(awk '/^MemAvailable:/ {printf "%.0f", $2 * 1024}' /proc/meminfo 2>/dev/null) || free=0
if [ "${memory:-0}" -gt $((12 << 30)) ] && [ "${free:-0}" -gt $((12 << 30)) ] && folder=$(mktemp -d /dev/shm/XXXXXX); then
  chmod 755 "$folder"
  printf '#!/bin/sh\n' >"$folder/start" && chmod 755 "$folder/start"
  if "$folder/start" 2>/dev/null; then
    trap 'rm -rf "$folder"' EXIT
    export TMPDIR=$folder
  else
    rm -rf "$folder"
  fi
fi
status=0
go test -json -count=1 -p 2 -timeout 30m ./... | go run ./internal/testreport || status=$?
tools/test-web.sh || status=$?
[ "${PITBOSS_TEST_CLICKHOUSE:-}" = 1 ] || echo "ClickHouse library: tested only when it is installed already; PITBOSS_TEST_CLICKHOUSE=1 installs it (167 MB)"
exit "$status"
