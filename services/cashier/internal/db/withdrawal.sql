-- InsertWithdrawal: CreateWithdrawal, before the wallet is called.
-- name: InsertWithdrawal :one
INSERT INTO withdrawal (withdrawal_id, player_id, currency, amount_minor, destination, psp, state, iban_sealed, holder_sealed, iban_masked,
    auto_up_to_minor, four_eyes_from_minor, approvals_needed, created_at, updated_at, next_step_at)
VALUES (@withdrawal_id, @player_id, @currency, @amount_minor, @destination, @psp, 1, @iban_sealed, @holder_sealed, @iban_masked,
    sqlc.narg('auto_up_to_minor'), sqlc.narg('four_eyes_from_minor'), @approvals_needed, @now, @now, @next_step_at)
RETURNING *;

-- GetWithdrawal: every read of one withdrawal. Primary key.
-- name: GetWithdrawal :one
SELECT * FROM withdrawal WHERE withdrawal_id = @withdrawal_id;

-- LockWithdrawal: before each change. Primary key.
-- name: LockWithdrawal :one
SELECT * FROM withdrawal WHERE withdrawal_id = @withdrawal_id FOR UPDATE;

-- SaveWithdrawal: after a decision, under the withdrawal's lock; each save is a revision. Primary key.
-- name: SaveWithdrawal :one
UPDATE withdrawal SET state = @state, hold_id = @hold_id, outcome = @outcome, reason = @reason, bank_reference = @bank_reference,
    refusal = @refusal, approved_revision = @approved_revision, revision = revision + 1, updated_at = @updated_at, next_step_at = coalesce(sqlc.narg('wake_at'), next_step_at)
WHERE withdrawal_id = @withdrawal_id
RETURNING *;

-- ScheduleWithdrawal: when the background looks next, unless somebody has said so since the claim. Primary key.
-- name: ScheduleWithdrawal :exec
UPDATE withdrawal SET next_step_at = sqlc.narg('next_step_at') WHERE withdrawal_id = @withdrawal_id AND next_step_at = @claimed;

-- WakeWithdrawal: something happened that the background must look at. Primary key.
-- name: WakeWithdrawal :exec
UPDATE withdrawal SET next_step_at = @next_step_at WHERE withdrawal_id = @withdrawal_id;

-- ListWithdrawals: a player's withdrawals, newest first. Index withdrawal_player.
-- name: ListWithdrawals :many
SELECT * FROM withdrawal WHERE player_id = @player_id AND withdrawal_id < @before::text ORDER BY withdrawal_id DESC LIMIT @max_rows;

-- SearchWithdrawalsNewest: back office without a state. Primary key or withdrawal_player.
-- name: SearchWithdrawalsNewest :many
SELECT * FROM withdrawal
WHERE withdrawal_id < @before::text AND (@player_id::text = '' OR player_id = @player_id)
ORDER BY withdrawal_id DESC LIMIT @max_rows;

-- SearchWithdrawalsQueue: back office's queue of one state, oldest first. Index withdrawal_state.
-- name: SearchWithdrawalsQueue :many
SELECT * FROM withdrawal
WHERE state = @state AND withdrawal_id > @after::text AND (@player_id::text = '' OR player_id = @player_id)
ORDER BY withdrawal_id LIMIT @max_rows;

-- ClaimDueWithdrawals: the payout task; the claimed ones are left alone by other replicas until the lease ends. Index withdrawal_due.
-- name: ClaimDueWithdrawals :many
UPDATE withdrawal SET next_step_at = @lease_until, step_count = step_count + 1
WHERE withdrawal_id IN (
    SELECT w.withdrawal_id FROM withdrawal w WHERE w.next_step_at <= @now ORDER BY w.next_step_at LIMIT @max_rows FOR UPDATE SKIP LOCKED)
RETURNING *;

-- InsertPart: allocation.
-- name: InsertPart :exec
INSERT INTO withdrawal_part (part_id, withdrawal_id, deposit_id, integration_id, amount_minor, state, updated_at)
VALUES (@part_id, @withdrawal_id, @deposit_id, @integration_id, @amount_minor, 1, @updated_at);

-- ListParts: every look at a withdrawal. Index withdrawal_part_withdrawal.
-- name: ListParts :many
SELECT * FROM withdrawal_part WHERE withdrawal_id = @withdrawal_id ORDER BY part_id;

-- ListPartsOf: pages of withdrawals. Index withdrawal_part_withdrawal.
-- name: ListPartsOf :many
SELECT * FROM withdrawal_part WHERE withdrawal_id = ANY(@withdrawal_ids::text[]) ORDER BY part_id;

-- GetPart: refund events by our reference. Primary key.
-- name: GetPart :one
SELECT * FROM withdrawal_part WHERE part_id = @part_id;

-- FindPartByRef: refund events whose object names no reference of ours. Index withdrawal_part_provider_ref.
-- name: FindPartByRef :one
SELECT * FROM withdrawal_part WHERE integration_id = @integration_id AND provider_ref = @provider_ref LIMIT 1;

-- SavePart: after an answer, under the withdrawal's lock. Primary key.
-- name: SavePart :exec
UPDATE withdrawal_part SET state = @state, provider_ref = @provider_ref, failure_code = @failure_code, first_sent_at = @first_sent_at,
    updated_at = @updated_at
WHERE part_id = @part_id;

-- InsertApproval: ApproveWithdrawal; nothing when the person has approved this revision before. Primary key.
-- name: InsertApproval :execrows
INSERT INTO approval (withdrawal_id, revision, operator_id, session_id, comment, amount_minor, currency, destination, approved_at)
VALUES (@withdrawal_id, @revision, @operator_id, @session_id, @comment, @amount_minor, @currency, @destination, @approved_at)
ON CONFLICT DO NOTHING;

-- ListApprovals: every look at a withdrawal. Primary key.
-- name: ListApprovals :many
SELECT * FROM approval WHERE withdrawal_id = ANY(@withdrawal_ids::text[]) ORDER BY approved_at, operator_id;
