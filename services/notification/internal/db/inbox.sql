-- name: InsertInboxMessage :execrows
-- Used wherever something happened to a player; no row when its source was told before. Served by inbox_source.
INSERT INTO inbox_message (message_id, player_id, source_key, kind, content, created_at)
VALUES (@message_id, @player_id, @source_key, @kind, @content, @now)
ON CONFLICT ON CONSTRAINT inbox_source DO NOTHING;

-- name: ListInbox :many
-- Used by ListInbox. Served by inbox_player.
SELECT * FROM inbox_message
WHERE player_id = @player_id AND (NOT @unread_only::boolean OR read_at IS NULL) AND (created_at, message_id) < (@before_at::timestamptz, @before_id::text)
ORDER BY created_at DESC, message_id DESC LIMIT @page_size;

-- name: CountUnread :one
-- Used by ListInbox and MarkInboxRead; counts to 100. Served by inbox_unread.
SELECT count(*) FROM (SELECT 1 FROM inbox_message m WHERE m.player_id = @player_id AND m.read_at IS NULL LIMIT 100) AS unread;

-- name: MarkInboxRead :exec
-- Used by MarkInboxRead. Served by inbox_unread.
UPDATE inbox_message SET read_at = @now::timestamptz
WHERE player_id = @player_id AND read_at IS NULL AND (cardinality(@message_ids::text[]) = 0 OR message_id = ANY(@message_ids::text[]));

-- name: DeleteOldInbox :execrows
-- Used by the cleaner. Served by inbox_age.
DELETE FROM inbox_message WHERE message_id IN (SELECT m.message_id FROM inbox_message m WHERE m.created_at < @before::timestamptz ORDER BY m.created_at LIMIT @batch);

-- name: Preferences :many
-- Used by the preferences' RPCs and before telling. Served by preference_pkey.
SELECT * FROM preference WHERE player_id = @player_id;

-- name: SetPreference :exec
-- Used by UpdateNotificationPreferences. Served by preference_pkey.
INSERT INTO preference (player_id, category, mail, inbox) VALUES (@player_id, @category, @mail, @inbox)
ON CONFLICT (player_id, category) DO UPDATE SET mail = EXCLUDED.mail, inbox = EXCLUDED.inbox;
