-- name: LockPlayRevision :one
-- Used by SetKillSwitch and SetIntegrationEnabled, so that changes come one after the other. One row.
UPDATE play_revision SET revision = revision + 1 RETURNING revision;

-- name: GetPlayRevision :one
-- Used by GetPlaySwitches several times a second. One row.
SELECT revision FROM play_revision;

-- name: GetKillSwitch :one
-- Used by SetKillSwitch to learn whether anything changes. Served by kill_switch_pkey.
SELECT * FROM kill_switch WHERE scope = @scope AND value = @value;

-- name: PutKillSwitch :one
-- Used by SetKillSwitch. Served by kill_switch_pkey.
INSERT INTO kill_switch (scope, value, off, reason, changed_by, changed_at)
VALUES (@scope, @value, @off, @reason, @changed_by, @now)
ON CONFLICT (scope, value) DO UPDATE
SET off = @off, reason = @reason, changed_by = @changed_by, changed_at = @now, revision = kill_switch.revision + 1
RETURNING *;

-- name: ListKillSwitches :many
-- Used by ListKillSwitches. Served by kill_switch_pkey.
SELECT * FROM kill_switch
WHERE (scope > @after_scope OR scope = @after_scope AND value > @after_value) AND (off OR NOT @off_only::boolean)
ORDER BY scope, value
LIMIT @page_size;

-- name: ListKillSwitchesOff :many
-- Used by GetPlaySwitches when something has changed. A scan of at most some hundreds.
SELECT * FROM kill_switch WHERE off ORDER BY scope, value;
