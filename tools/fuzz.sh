#!/usr/bin/env bash
# Runs each fuzz target for the given time. Go takes one target at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
found=0
while IFS=: read -r file target; do
  found=$((found + 1))
  echo "== $file $target for $time"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -timeout 5m "./$(dirname "$file")" </dev/null
done < <(git grep --untracked -E '^func Fuzz\w+' -- '*_test.go' | sed -E 's/^([^:]+):func (Fuzz\w+).*/\1:\2/')
[ "$found" -gt 0 ] || { echo "no fuzz targets found"; exit 1; }
echo "$found fuzz targets, $time each"
