-- Where test players' money comes from and goes back to.

-- +goose Up

-- Kinds: 1 cash, 3 house, 4 psp, 5 bonus, 7 receivable, 8 bonus_cost, 9 fx, 10 jackpot, 11 provider_bank, 12 adjustment, 13 chargeback, 14 test_funding; 2 and 6 are
-- the held sides of 1 and 5.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION account_is_well_formed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind NOT BETWEEN 1 AND 14 OR NEW.kind IN (2, 6) OR (NEW.kind IN (1, 5)) <> (NEW.held_id IS NOT NULL)
        OR (NEW.kind = 5) <> (NEW.pool <> '') OR NEW.kind IN (1, 5, 7) AND NEW.stripe <> 0 THEN
        RAISE EXCEPTION 'account % % kind % pool % stripe % is malformed', NEW.owner, NEW.currency, NEW.kind, NEW.pool, NEW.stripe
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
