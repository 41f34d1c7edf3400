-- name: InsertHealth :exec
-- Used by ReportIntegrationHealth; integrations that do not exist are left out, and so is a report that is there. Served by integration_health_report.
INSERT INTO integration_health (integration_id, reported_at, callbacks, failures, refusals, latency_buckets, last_callback_at, last_error_at, last_error,
  last_refusal_at, last_refusal, report_id)
SELECT i.integration_id, @reported_at::timestamptz, @callbacks::bigint, @failures::bigint, @refusals::bigint, @latency_buckets::bigint[], @last_callback_at::timestamptz, sqlc.narg('last_error_at')::timestamptz, @last_error::text,
  sqlc.narg('last_refusal_at')::timestamptz, @last_refusal::text, @report_id::text
FROM integration i WHERE i.integration_id = @integration_id
ON CONFLICT (integration_id, report_id) WHERE report_id <> '' DO NOTHING;

-- name: PruneHealth :exec
-- Used by ReportIntegrationHealth: keeps an integration's last row whatever its age, for the time of its last callback. Served by integration_health_time.
DELETE FROM integration_health h
WHERE h.integration_id = @integration_id AND h.reported_at < @before
  AND EXISTS (SELECT 1 FROM integration_health n WHERE n.integration_id = h.integration_id AND n.reported_at > h.reported_at);

-- name: ListHealth :many
-- Used by GetIntegrationHealth, GetIntegration and ListIntegrations: some minutes of a page of integrations. Served by integration_health_time.
SELECT * FROM integration_health WHERE integration_id = ANY(@integration_ids::text[]) ORDER BY reported_at;
