package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// missingEvents finds operations behind a number without their one event. It is not made by sqlc, because outbox is the kit's table and not in the
// service's migrations. Sent events are deleted after some time, from the front of the outbox. The events of one balance stand there in
// the order of their versions, so behind a kept event of a balance all later ones must be; and where a balance has none left, its operations must be
// older than the oldest kept event, by more than a batch can take. Operations behind a checkpoint have their events behind its position, so
// only those are read.
const missingEvents = `
SELECT o.id, o.player_id, count(x.id), count(*) OVER ()
FROM operation o
LEFT JOIN (SELECT aggregate_id, min(version) AS first FROM outbox WHERE id > $2 GROUP BY aggregate_id) k
    ON k.aggregate_id = o.player_id || '/' || o.currency
LEFT JOIN outbox x ON x.id > $2 AND x.aggregate_id = o.player_id || '/' || o.currency AND x.version = o.balance_version
WHERE o.number > $1
  AND (o.balance_version >= k.first OR o.created_at > (SELECT occurred_at + interval '1 minute' FROM outbox ORDER BY id LIMIT 1))
GROUP BY o.id, o.number, o.player_id
HAVING count(x.id) <> 1
ORDER BY o.number
LIMIT $3`

// MissingEventsParams say where to begin and how many to answer.
type MissingEventsParams struct {
	After          int64
	OutboxPosition int64
	Most           int32
}

// MissingEventsRow is an operation and how many events it has; Found is how many such operations there are.
type MissingEventsRow struct {
	OperationID string
	PlayerID    string
	Events      int64
	Found       int64
}

// MissingEvents is used by Verify, EVENT_MISSING.
func (q *Queries) MissingEvents(ctx context.Context, p MissingEventsParams) ([]MissingEventsRow, error) {
	rows, err := q.db.Query(ctx, missingEvents, p.After, p.OutboxPosition, p.Most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[MissingEventsRow])
}
