#!/usr/bin/env bash
# Runs each fuzz target for the given time. `go test -fuzz` would compile every dependency anew for coverage guidance, which takes minutes for a
# database driver or a message server that is linked but not fuzzed; here the module's own packages are enough.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
export CGO_ENABLED=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fuzz runs one target. Now and then the engine reports the end of its own time as a failure, "context deadline exceeded" and nothing else, when the time is over in
# the middle of its work. No input failed then, and the target is run again; what fails three times, or with an input, fails.
fuzz() { # fuzz <folder> <command...>
  local dir=$1 out=$work/out
  shift
  for attempt in 1 2 3; do
    if (cd "$dir" && "$@" </dev/null) 2>&1 | tee "$out"; then return 0; fi
    grep -qxE '[[:space:]]*context deadline exceeded' "$out" || return 1
    ! grep -qE 'Failing input|panic|hung' "$out" || return 1
    echo "the time was over in the middle of an input (attempt $attempt)"
  done
  return 1
}

found=0
while IFS=: read -r file target; do
  found=$((found + 1)) dir=$(dirname "$file")
  binary=$work/${dir//\//-}.test
  printf '== %s %s for %s\n' "$file" "$target" "$time"
  [ -f "$binary" ] || go test -c -gcflags='github.com/pitboss-gaming/pitboss/...=-d=libfuzzer' -o "$binary" "./$dir" </dev/null
  mkdir -p ".cache/fuzz/$dir"
  cache=$PWD/.cache/fuzz/$dir
  fuzz "$dir" timeout --kill-after=10 5m "$binary" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" -test.fuzzcachedir "$cache"
done < <(git grep --untracked -E '^func Fuzz\w+' -- '*_test.go' | sed -E 's/^([^:]+):func (Fuzz\w+).*/\1:\2/')
[ "$found" -gt 0 ] || { echo "no fuzz targets found"; exit 1; }
echo "$found fuzz targets, $time each"
