// Package migrations holds identity's schema, which is also what sqlc reads.
package migrations

import "embed"

// FS holds the migrations, numbered from 00001, forward only.
//
//go:embed *.sql
var FS embed.FS
