-- A report whose answer was lost comes again under the same name, and counts once for as long as its row is kept.

-- +goose Up
ALTER TABLE integration_health ADD COLUMN report_id text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX integration_health_report ON integration_health (integration_id, report_id) WHERE report_id <> '';
