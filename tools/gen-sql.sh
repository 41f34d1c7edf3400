#!/usr/bin/env bash
# Generates <service's folder>/internal/db/*.sql.go with sqlc, for one service or for all. The schema is the service's migrations. An adapter with tables is one too.
set -euo pipefail
cd "$(dirname "$0")/.."
services=("$@")
[ ${#services[@]} -gt 0 ] || mapfile -t services < <(sed -n 's/^services: \[\(.*\)\]$/\1/p' sqlc.yaml | tr -d ' ' | tr ',' '\n')
for s in "${services[@]}"; do
  home="services/$s"
  [ -d "$home" ] || home="adapters/$s"
  dir="$home/internal/db"
  ls "$dir"/*.sql >/dev/null 2>&1 || continue
  cfg=".sqlc.$s.yaml"
  trap 'rm -f "$cfg"' EXIT
  cat > "$cfg" <<YAML
version: "2"
sql:
  - engine: postgresql
    schema: $home/migrations
    queries: $dir
    gen:
      go:
        package: db
        out: $dir
        sql_package: pgx/v5
        output_files_suffix: .go
        emit_pointers_for_null_types: true
        emit_empty_slices: true
        overrides:
          - {db_type: timestamptz, go_type: time.Time}
          - {db_type: timestamptz, nullable: true, go_type: {import: time, type: Time, pointer: true}}
          - {db_type: pg_catalog.timestamptz, go_type: time.Time}
          - {db_type: pg_catalog.timestamptz, nullable: true, go_type: {import: time, type: Time, pointer: true}}
          - {db_type: xid8, go_type: uint64}
YAML
  go tool -modfile=tools/go.mod sqlc generate -f "$cfg"
  rm -f "$cfg"
done
