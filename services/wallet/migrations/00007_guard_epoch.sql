-- Guards are remembered by the processes that commit operations. A number in the cash account, which every operation locks and reads anyway, says whether
-- what is remembered still holds.

-- +goose Up

-- Grows with each change of the player's guards that matter to operations in this currency. Cash accounts only.
ALTER TABLE account ADD COLUMN guard_epoch bigint NOT NULL DEFAULT 0;

-- A trigger, so that no change is missed, whoever makes it. Whoever changes a guard holds the lock on the cash accounts it touches: operations that of
-- the guard's currency, SetGuard and its like all of the player's. What a refusal notes in a restriction, which has no currency, changes no decision.
-- +goose StatementBegin
CREATE FUNCTION guard_has_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    g guard := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    UPDATE account SET guard_epoch = guard_epoch + 1
    WHERE owner = g.player_id AND kind = 1 AND pool = '' AND stripe = 0 AND (g.currency = '' OR currency = g.currency);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tell_accounts AFTER INSERT OR DELETE ON guard FOR EACH ROW EXECUTE FUNCTION guard_has_changed();
CREATE TRIGGER tell_accounts_of_update AFTER UPDATE ON guard FOR EACH ROW
    WHEN (NEW.currency <> '' OR (OLD.set_at, OLD.expires_at, OLD.reason, OLD.kind) IS DISTINCT FROM (NEW.set_at, NEW.expires_at, NEW.reason, NEW.kind))
    EXECUTE FUNCTION guard_has_changed();

-- +goose StatementBegin
DO $$
DECLARE role text := current_setting('pitboss.runtime_role');
BEGIN
    EXECUTE format('GRANT UPDATE (guard_epoch) ON account TO %I', role);
END $$;
-- +goose StatementEnd
