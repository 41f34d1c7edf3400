// Package migrations holds the cashier's tables; they are also the schema of its queries.
package migrations

import "embed"

// FS is the migrations, in the root.
//
//go:embed *.sql
var FS embed.FS
