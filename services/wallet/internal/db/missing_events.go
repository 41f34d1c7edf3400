package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// missingEvents finds operations without their one event. It is not made by sqlc, because outbox is the kit's table and not in the service's migrations.
// Sent events are deleted after some time, from the front of the outbox. The events of one balance stand there in the order of their versions,
// so behind a kept event of a balance all later ones must be; and where a balance has none left, its operations must be older than the
// oldest kept event, by more than a batch can take.
const missingEvents = `
SELECT o.id, count(x.id)
FROM operation o
LEFT JOIN (SELECT aggregate_id, min(version) AS first FROM outbox GROUP BY aggregate_id) k
    ON k.aggregate_id = o.player_id || '/' || o.currency
LEFT JOIN outbox x ON x.aggregate_id = o.player_id || '/' || o.currency AND x.version = o.balance_version
WHERE o.balance_version >= k.first OR o.created_at > (SELECT min(occurred_at) + interval '1 minute' FROM outbox)
GROUP BY o.id, o.number
HAVING count(x.id) <> 1
ORDER BY o.number
LIMIT $1`

// MissingEventsRow is an operation and how many events it has.
type MissingEventsRow struct {
	OperationID string
	Events      int64
}

// MissingEvents is used by Verify, EVENT_MISSING.
func (q *Queries) MissingEvents(ctx context.Context, most int32) ([]MissingEventsRow, error) {
	rows, err := q.db.Query(ctx, missingEvents, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[MissingEventsRow])
}
