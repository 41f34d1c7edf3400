#!/usr/bin/env bash
# Generates gen/ from proto/. Runs into a scratch folder and replaces gen/ only when everything succeeded; serialised by a lock.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
exec 9>.cache/gen.lock
flock 9
tools/protos.sh
tool() { go tool -modfile=tools/go.mod "$@"; }
out=.cache/gen.new
rm -rf "$out" && mkdir -p "$out"
tool buf generate --template buf.gen.yaml --output "$out"
mapfile -t docs < <(find "$out/openapi" -name '*_service.openapi.json' | LC_ALL=C sort)
printf '{"openapi":"3.1.0","info":{"title":"Pitboss","version":"v1","description":"REST face of the Pitboss casino platform. Errors are google.rpc.Status as JSON."},"paths":{}}' > "$out/base.json"
tool openapiv3-merge "$out/base.json" "${docs[@]}" > "$out/merged.json"
rm -rf "$out/openapi" "$out/base.json" && mkdir -p "$out/openapi" "$out/ts"
mv "$out/merged.json" "$out/openapi/openapi.json"
tools/node_modules/.bin/openapi-typescript "$out/openapi/openapi.json" -o "$out/ts/api.d.ts" >/dev/null

rm -rf .cache/gen.old
[ -d gen ] && mv gen .cache/gen.old
mv "$out" gen
rm -rf .cache/gen.old
