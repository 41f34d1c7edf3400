package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// These queries are not made by sqlc, because outbox is the kit's table and not in the service's migrations.
//
// Sent events are deleted after some time, from the front of the outbox. The events of one balance stand there in the order of their versions, so from
// its oldest kept event on there must be one for each version up to the balance's. Where a balance has none left, its operations must be older than the
// oldest kept event, by more than a batch can take. So the outbox is read once, by balance, and operations only to find those of balances without any.
// Operations behind a checkpoint have their events behind its position, so only those are read.
const (
	gapsInEvents = `
SELECT a.owner, a.currency, coalesce(x.events, 0), count(*) OVER ()
FROM account a
LEFT JOIN (
    SELECT aggregate_id COLLATE "C" AS aggregate_id, count(*) AS events, count(DISTINCT version) AS versions, min(version) AS first, max(version) AS last
    FROM outbox WHERE id > $2 GROUP BY 1
) x ON x.aggregate_id = a.owner || '/' || a.currency
LEFT JOIN (
    SELECT DISTINCT player_id, currency FROM operation
    WHERE number > $1 AND created_at > (SELECT occurred_at + interval '1 minute' FROM outbox ORDER BY id LIMIT 1)
) o ON x.events IS NULL AND o.player_id = a.owner AND o.currency = a.currency
WHERE a.kind = 1 AND a.stripe = 0
  AND (x.events <> x.versions OR x.events <> a.version - x.first + 1 OR x.last <> a.version OR x.events IS NULL AND o.player_id IS NOT NULL)
ORDER BY a.id
LIMIT $3`

	missingEvents = `
SELECT o.id, o.player_id, count(x.id)
FROM operation o
LEFT JOIN (SELECT aggregate_id, min(version) AS first FROM outbox WHERE id > $2 GROUP BY aggregate_id) k
    ON k.aggregate_id = o.player_id || '/' || o.currency
LEFT JOIN outbox x ON x.id > $2 AND x.aggregate_id = o.player_id || '/' || o.currency AND x.version = o.balance_version
WHERE o.number > $1 AND (o.player_id, o.currency) IN (SELECT unnest($3::text[]), unnest($4::text[]))
  AND (o.balance_version >= k.first OR o.created_at > (SELECT occurred_at + interval '1 minute' FROM outbox ORDER BY id LIMIT 1))
GROUP BY o.id, o.number, o.player_id
HAVING count(x.id) <> 1
ORDER BY o.number
LIMIT $5`
)

// EventsParams say where to begin, and how many to answer.
type EventsParams struct {
	After          int64
	OutboxPosition int64
	Most           int32
}

// EventGap is a balance whose kept events are not one for each version; Found is how many such balances there are.
type EventGap struct {
	PlayerID string
	Currency string
	Events   int64
	Found    int64
}

// MissingEvent is an operation and how many events it has.
type MissingEvent struct {
	OperationID string
	PlayerID    string
	Events      int64
}

// GapsInEvents is used by Verify, EVENT_MISSING.
func (q *Queries) GapsInEvents(ctx context.Context, p EventsParams) ([]EventGap, error) {
	rows, err := q.db.Query(ctx, gapsInEvents, p.After, p.OutboxPosition, p.Most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[EventGap])
}

// MissingEvents is used by Verify to name the operations of such balances.
func (q *Queries) MissingEvents(ctx context.Context, p EventsParams, gaps []EventGap) ([]MissingEvent, error) {
	players, currencies := make([]string, len(gaps)), make([]string, len(gaps))
	for i, g := range gaps {
		players[i], currencies[i] = g.PlayerID, g.Currency
	}
	rows, err := q.db.Query(ctx, missingEvents, p.After, p.OutboxPosition, players, currencies, p.Most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[MissingEvent])
}
