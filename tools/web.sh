#!/usr/bin/env bash
# Builds the web app and puts it where the binary embeds it, unless nothing it is made from has changed since. Needs Node and npm.
set -euo pipefail
cd "$(dirname "$0")/.."
stamp=.cache/web.sum
mkdir -p .cache
sources() {
  find web gen/ts tools/web.sh -type f -not -path '*/node_modules/*' -not -path 'web/out/*' -not -path 'web/.next/*' -not -path 'web/tests/*' \
    -not -name '*.tsbuildinfo' -not -name next-env.d.ts -not -name '*.md' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}
now=$(sources)
if [ -f gateway/web/app/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then
  echo "web app: unchanged"
  exit 0
fi
export NEXT_TELEMETRY_DISABLED=1
if [ ! -f web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
  npm --prefix web ci --no-progress
  touch web/node_modules/.package-lock.json
fi
(cd web && node_modules/.bin/next build)
node web/tools/pack.mjs
node web/tools/budget.mjs
echo "$now" > "$stamp"
