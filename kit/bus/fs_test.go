package bus_test

import (
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgconn"
)

type pgCommandTag = pgconn.CommandTag

func fsOf(sql string) fstest.MapFS {
	return fstest.MapFS{"00001_init.sql": {Data: []byte("-- +goose Up\n" + sql)}}
}
