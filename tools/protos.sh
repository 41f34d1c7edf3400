#!/usr/bin/env bash
# Assembles the third-party protos that ours import under .cache/proto, from packages pinned in tools/go.mod and
# tools/package-lock.json. Nothing is fetched when they are in place already.
set -euo pipefail
cd "$(dirname "$0")/.."
validate=v1.2.2
gateway=$(go list -modfile=tools/go.mod -m -f '{{.Version}}' github.com/grpc-ecosystem/grpc-gateway/v2)
stamp="protovalidate@$validate gateway@$gateway $(sha256sum tools/package-lock.json | cut -c1-16)"
[ "$(cat .cache/proto/.stamp 2>/dev/null || true)" = "$stamp" ] && exit 0
[ -d tools/node_modules/google-gax ] || (cd tools && npm ci --no-progress --loglevel=error)
rm -rf .cache/proto.new && mkdir -p .cache/proto.new/buf/validate .cache/proto.new/google/api .cache/proto.new/google/rpc .cache/proto.new/protoc-gen-openapiv3
dir() { go mod download -modfile=tools/go.mod -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p'; }
cp "$(dir github.com/bufbuild/protovalidate@$validate)/proto/protovalidate/buf/validate/validate.proto" .cache/proto.new/buf/validate/
cp -r "$(dir github.com/grpc-ecosystem/grpc-gateway/v2@"$gateway")/protoc-gen-openapiv3/options" .cache/proto.new/protoc-gen-openapiv3/
gax=tools/node_modules/google-gax/build/protos/google
for f in annotations http field_behavior visibility httpbody; do cp "$gax/api/$f.proto" .cache/proto.new/google/api/; done
for f in status code error_details; do cp "$gax/rpc/$f.proto" .cache/proto.new/google/rpc/; done
find .cache/proto.new -type f ! -name '*.proto' -delete
chmod -R u+w .cache/proto.new
echo "$stamp" > .cache/proto.new/.stamp
rm -rf .cache/proto && mv .cache/proto.new .cache/proto
