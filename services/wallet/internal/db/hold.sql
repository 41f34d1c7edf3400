-- name: ListOpenHolds :many
-- Used by ListOpenHolds: open holds of a purpose behind a position, oldest first, with the key under which each was placed. Served by hold_open and, of holds that
-- have a round, operation_round in the one partition that the time names.
SELECT h.id, h.player_id, h.currency, h.amount_minor, h.state, h.source_kind, h.source_id, h.round_id, h.provider_tx_id, h.game_id, h.provider_round_id, h.created_at,
    h.closed_at, h.bonus_minor, h.grant_id, h.settled_minor, h.released_minor, h.paid_minor,
    coalesce((SELECT o.request_id FROM operation o WHERE o.round_id = h.round_id AND o.round_id <> '' AND o.created_at = h.created_at AND o.hold_id = h.id LIMIT 1), '')::text AS request_id
FROM hold h
WHERE h.state = 1 AND h.purpose = @purpose AND h.created_at <= @until::timestamptz AND (h.created_at, h.id) > (@after_at::timestamptz, @after_id::text)
ORDER BY h.created_at, h.id
LIMIT @most::int;

-- name: GetHolds :many
-- Used by GetHolds: what has become of holds of a purpose. Served by hold_pkey.
SELECT id, player_id, currency, amount_minor, state, source_kind, source_id, round_id, provider_tx_id, game_id, provider_round_id, created_at, closed_at, bonus_minor,
    grant_id, settled_minor, released_minor, paid_minor, ''::text AS request_id
FROM hold
WHERE id = ANY(@ids::text[]) AND purpose = @purpose;
