#!/usr/bin/env bash
# Tests of the web app: those that need no browser, and those that drive Debian's Chromium against a whole `pitboss up`. Where there is no Chromium the
# latter are not run, and that is said.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/web.sh
node --test web/tests/unit/*.test.mjs
chromium=${PITBOSS_CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
if [ -z "$chromium" ]; then
  echo "browser tests: none ran, because there is no Chromium here; on Debian: apt-get install chromium"
  exit 0
fi
CGO_ENABLED=0 go build -o bin/pitboss ./cmd/pitboss
PITBOSS_CHROMIUM=$chromium node --test web/tests/browser/browser.test.mjs
echo "browser tests: ran in $("$chromium" --version 2>/dev/null | head -1); screenshots are in web/tests/artifacts"
