#!/usr/bin/env bash
# Runs every test and says what ran. Results are never taken from the cache: the end-to-end tests build the binary themselves, which the cache
# does not see. PostgreSQL is installed by the first test that needs it and shared by all (kit/testkit/pgtest).
set -euo pipefail
cd "$(dirname "$0")/.."
echo "go test ./... with CGO_ENABLED=${CGO_ENABLED:=0}, two packages at a time: unit, service, adapter, sandbox, tidy and end-to-end tests; then the web app's"
export CGO_ENABLED
status=0
go test -json -count=1 -p 2 -timeout 30m ./... | go run ./internal/testreport || status=$?
tools/test-web.sh || status=$?
[ "${PITBOSS_TEST_CLICKHOUSE:-}" = 1 ] || echo "ClickHouse library: tested only when it is installed already; PITBOSS_TEST_CLICKHOUSE=1 installs it (167 MB)"
exit "$status"
