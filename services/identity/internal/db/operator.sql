-- name: InsertOperator :exec
-- InsertOperator adds a staff member; operator_email_key refuses a second one with the address.
INSERT INTO operator (operator_id, email_index, email_sealed, name_sealed, roles, status, password_hash, password_set_at,
                      created_at, updated_at)
VALUES (@operator_id, @email_index, @email_sealed, @name_sealed, @roles, @status, @password_hash, @password_set_at, @now, @now);

-- name: AnyOperator :one
-- AnyOperator tells whether there is any staff; reads one row.
SELECT EXISTS (SELECT FROM operator);

-- name: FindOperator :one
-- FindOperator finds staff by address; operator_email_key.
SELECT * FROM operator WHERE email_index = @email_index;

-- name: GetOperator :one
-- GetOperator reads a staff member; primary key.
SELECT * FROM operator WHERE operator_id = @operator_id;

-- name: LockOperator :one
-- LockOperator reads a staff member and keeps others from changing it until the transaction ends; primary key.
SELECT * FROM operator WHERE operator_id = @operator_id FOR UPDATE;

-- name: LockActiveAdmins :many
-- LockActiveAdmins takes every enabled administrator in id order, so that two changes cannot remove the last two at once; staff are few.
SELECT operator_id FROM operator WHERE status = 'ACTIVE' AND 'admin' = ANY(roles) ORDER BY operator_id FOR UPDATE;

-- name: SetOperatorRoles :one
-- SetOperatorRoles replaces roles; primary key.
UPDATE operator SET roles = @roles, updated_at = @now, version = version + 1 WHERE operator_id = @operator_id RETURNING *;

-- name: SetOperatorStatus :one
-- SetOperatorStatus enables or disables; primary key.
UPDATE operator SET status = @status, updated_at = @now, version = version + 1 WHERE operator_id = @operator_id RETURNING *;

-- name: SetOperatorPassword :exec
-- SetOperatorPassword stores a new hash; primary key.
UPDATE operator SET password_hash = @password_hash, password_set_at = @now::timestamptz, updated_at = @now::timestamptz, version = version + 1 WHERE operator_id = @operator_id;

-- name: RehashOperatorPassword :exec
-- RehashOperatorPassword replaces a hash of old parameters, unless the password was changed meanwhile; primary key.
UPDATE operator SET password_hash = @new_hash WHERE operator_id = @operator_id AND password_hash = @old_hash;

-- name: ListOperators :many
-- ListOperators lists staff by id, one page; primary key.
SELECT * FROM operator WHERE operator_id > @after_id ORDER BY operator_id LIMIT @row_limit;

-- name: PutInvitation :exec
-- PutInvitation replaces the invitation of a staff member; primary key.
INSERT INTO invitation (operator_id, token_hash, created_at, expires_at) VALUES (@operator_id, @token_hash, @now, @expires_at)
ON CONFLICT (operator_id) DO UPDATE SET token_hash = EXCLUDED.token_hash, attempts = 0,
    created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at;

-- name: LockInvitation :one
-- LockInvitation finds a live invitation by its token; unique token_hash.
SELECT * FROM invitation WHERE token_hash = @token_hash AND expires_at > @now AND attempts < @max_attempts::integer FOR UPDATE;

-- name: CountInvitationAttempt :exec
-- CountInvitationAttempt notes a wrong code; primary key.
UPDATE invitation SET attempts = attempts + 1 WHERE operator_id = @operator_id;

-- name: DeleteInvitation :exec
-- DeleteInvitation consumes an invitation; primary key.
DELETE FROM invitation WHERE operator_id = @operator_id;
