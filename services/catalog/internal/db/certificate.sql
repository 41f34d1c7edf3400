-- ListJurisdictions: the snapshot.
-- name: ListJurisdictions :many
SELECT * FROM jurisdiction ORDER BY jurisdiction;

-- LockJurisdictions: PutJurisdiction, so that no two of them get the same country.
-- name: LockJurisdictions :many
SELECT * FROM jurisdiction ORDER BY jurisdiction FOR UPDATE;

-- PutJurisdiction: PutJurisdiction. Primary key.
-- name: PutJurisdiction :one
INSERT INTO jurisdiction (jurisdiction, name, countries, certificates_required, updated_at)
VALUES (@jurisdiction, @name, @countries, @certificates_required, @now::timestamptz)
ON CONFLICT (jurisdiction) DO UPDATE SET name = @name, countries = @countries, certificates_required = @certificates_required, updated_at = @now::timestamptz
RETURNING *;

-- ListCurrentCertificates: the snapshot; those that are or will be valid.
-- name: ListCurrentCertificates :many
SELECT * FROM certificate WHERE revoked_at IS NULL;

-- FindCertificate: PutCertificate. Index certificate_number_key.
-- name: FindCertificate :one
SELECT * FROM certificate WHERE game_id = @game_id AND jurisdiction = @jurisdiction AND build = @build AND number = @number FOR UPDATE;

-- LockCertificate: RevokeCertificate. Primary key.
-- name: LockCertificate :one
SELECT * FROM certificate WHERE certificate_id = @certificate_id FOR UPDATE;

-- InsertCertificate: PutCertificate, under the lock of its game.
-- name: InsertCertificate :one
INSERT INTO certificate (certificate_id, game_id, jurisdiction, build, number, laboratory, valid_from, valid_to)
VALUES (@certificate_id, @game_id, @jurisdiction, @build, @number, @laboratory, @valid_from, @valid_to)
RETURNING *;

-- UpdateCertificate: PutCertificate and RevokeCertificate. Primary key.
-- name: UpdateCertificate :one
UPDATE certificate SET laboratory = @laboratory, valid_from = @valid_from, valid_to = @valid_to, revoked_at = @revoked_at
WHERE certificate_id = @certificate_id
RETURNING *;

-- ListCertificates: ListCertificates. Primary key.
-- name: ListCertificates :many
SELECT * FROM certificate
WHERE certificate_id > @after_id AND (@game_id::text = '' OR game_id = @game_id) AND (@jurisdiction::text = '' OR jurisdiction = @jurisdiction)
ORDER BY certificate_id
LIMIT @page_size;
