//go:build !unix

package pg

import "github.com/jackc/pgx/v5/pgconn"

// Prompt leaves connections as they are: this system has no poll.
func Prompt(dial pgconn.DialFunc) pgconn.DialFunc { return dial }
