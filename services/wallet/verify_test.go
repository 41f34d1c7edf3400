package wallet

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// Each invariant's check is seen to fire: the tables are changed by a superuser behind every protection. A verification since a checkpoint that was
// written before must see the same, but what is said in since.
func TestVerify_EveryInvariantFires(t *testing.T) {
	t.Parallel()
	const open = "(SELECT id FROM hold WHERE state = 1)"
	unseen := []string{}
	for name, tc := range map[string]struct {
		sql   string
		want  []string
		since []string // nil: the same
	}{
		"an amount is changed": {
			"UPDATE entry SET amount_minor = amount_minor + 1 WHERE amount_minor = 1000",
			[]string{CurrencySum, OperationSum, BalanceMismatch, RunningBalance}, nil,
		},
		"a balance is changed":            {"UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 1", []string{BalanceMismatch}, nil},
		"money moves without an entry":    {"UPDATE account SET held_minor = held_minor + 1 WHERE kind = 1", []string{BalanceMismatch, HeldMismatch}, []string{BalanceMismatch}},
		"an entry is deleted":             {"DELETE FROM entry WHERE type = 8 AND amount_minor > 0", []string{CurrencySum, OperationSum, BalanceMismatch}, nil},
		"an entry goes to nobody":         {"UPDATE entry SET account_id = 999999 WHERE type = 8 AND amount_minor > 0", []string{OperationSum, BalanceMismatch}, nil},
		"an entry goes to a foreign coin": {"UPDATE account SET currency = 'USD' WHERE kind = 3", []string{CurrencySum, OperationSum}, nil},
		"a running balance is changed":    {"UPDATE entry SET balance_after_minor = balance_after_minor + 1 WHERE type = 1 AND amount_minor > 0", []string{RunningBalance}, nil},
		"a balance was negative for a moment": {
			"UPDATE entry SET balance_after_minor = -1 WHERE type = 1 AND amount_minor > 0", []string{NegativeBalance}, nil,
		},
		"a balance is negative": {
			"ALTER TABLE account DROP CONSTRAINT account_player_not_negative; UPDATE account SET balance_minor = -1 WHERE kind = 1", []string{NegativeBalance}, nil,
		},
		"a bet's hold is not told apart": {"UPDATE account SET staked_minor = staked_minor - 1 WHERE kind = 1 AND staked_minor > 0", []string{HeldMismatch}, unseen},
		"a limit forgets":                {"UPDATE guard SET used_minor = used_minor - 1", []string{GuardMismatch}, nil},
		"usage appears":                  {"INSERT INTO guard_usage SELECT id, usage_slot - 1, 5, 0, 0, 0, 0 FROM account WHERE kind = 1", []string{GuardMismatch}, nil},
		"a sum over pools is wrong":      {"UPDATE account SET bonus_minor = 1 WHERE kind = 1 AND owner = 'ann'", []string{HeldMismatch}, unseen},
		"a debt is forgotten":            {"UPDATE account SET owed_minor = 1 WHERE kind = 1 AND owner = 'ann'", []string{HeldMismatch}, unseen},
		"a part of a hold disappears":    {"UPDATE hold SET settled_minor = 1, closed_at = NULL WHERE id = " + open, []string{HeldMismatch, HoldHistory}, []string{HoldHistory}},
		"a hold is made smaller":         {"UPDATE hold SET amount_minor = amount_minor - 1 WHERE id = " + open, []string{HeldMismatch, HoldHistory}, []string{HoldHistory}},
		"a hold is closed by hand":       {"UPDATE hold SET state = 3, closed_at = now(), released_minor = amount_minor WHERE id = " + open, []string{HeldMismatch, HoldHistory}, []string{HoldHistory}},
		"a hold is opened again":         {"UPDATE hold SET state = 1, closed_at = NULL WHERE state = 2", []string{HoldHistory}, nil},
		"a hold disappears":              {"DELETE FROM hold WHERE state = 1", []string{HeldMismatch, HoldHistory}, nil},
		"a hold appears":                 {"INSERT INTO hold SELECT 'hld_x', player_id, currency, 0, 1, 1, 1, '', '', '', '', now() FROM hold LIMIT 1", []string{HoldHistory}, unseen},
		"a hold is closed twice":         {"UPDATE operation SET hold_id = (SELECT hold_id FROM operation WHERE kind = 'SETTLE_HOLD') WHERE kind = 'DEPOSIT'; UPDATE operation SET kind = 'RELEASE_HOLD' WHERE kind = 'DEPOSIT'", []string{HoldHistory}, nil},
		"an operation is deleted":        {"DELETE FROM operation WHERE kind = 'DEPOSIT'", []string{OperationSum, VersionMismatch}, nil},
		"an operation is of other count": {"UPDATE operation SET entry_count = 3 WHERE kind = 'DEPOSIT'", []string{OperationSum}, nil},
		"a version is changed":           {"UPDATE account SET version = version + 1 WHERE kind = 1", []string{VersionMismatch}, nil},
		"two operations of one version":  {"UPDATE operation SET balance_version = 1", []string{VersionMismatch}, nil},
		"a key is deleted":               {"DELETE FROM operation_key WHERE operation_id = (SELECT id FROM operation WHERE request_id = 'deposit')", []string{KeyMismatch}, nil},
		"a key leads elsewhere":          {"UPDATE operation_key SET operation_id = 'wop_x' WHERE operation_id = (SELECT id FROM operation WHERE request_id = 'deposit')", []string{KeyMismatch}, nil},
		"an event is deleted":            {"DELETE FROM outbox WHERE version = 2", []string{EventMissing}, nil},
		"an event is there twice":        {"INSERT INTO outbox (event_id, subject, schema, payload, aggregate_id, version, occurred_at) SELECT 'evt_x', subject, schema, payload, aggregate_id, version, occurred_at FROM outbox WHERE version = 2 LIMIT 1", []string{EventMissing}, nil},
		"a key comes from nowhere":       {"INSERT INTO operation_key SELECT fingerprint, 'wop_x', 1, created_at, '', currency, 0, 0, 0, gen_random_uuid() FROM operation_key LIMIT 1", []string{KeyMismatch}, unseen},
		"entries stand elsewhere":        {"UPDATE entry SET number = number + 2000 WHERE type = 1", []string{OperationSum}, nil},
		"a version is out of order":      {"UPDATE operation SET balance_version = 5 - balance_version WHERE player_id = 'ann'", []string{VersionMismatch}, nil},
		"an answer is changed":           {"UPDATE operation SET available_minor = available_minor + 1 WHERE request_id = 'deposit'", []string{AnswerMismatch, KeyMismatch}, nil},
		"the last answer is changed":     {"UPDATE operation SET held_minor = held_minor + 1 WHERE request_id = 'open'", []string{AnswerMismatch, KeyMismatch}, nil},
		"an answer tells what never was": {"UPDATE operation SET held_minor = 7 WHERE request_id = 'grant'", []string{AnswerMismatch, KeyMismatch}, nil},
		"a key's answer is changed":      {"UPDATE operation_key SET available_minor = available_minor + 1 WHERE operation_id = (SELECT id FROM operation WHERE request_id = 'deposit')", []string{KeyMismatch}, nil},
		"another grant's money is staked": {
			`UPDATE entry e SET account_id = b.id FROM account a, account b WHERE e.type = 5 AND e.account_id = a.id AND a.pool = 'g1' AND b.pool = 'g2';
			UPDATE entry e SET account_id = b.held_id FROM account a, account b WHERE e.type = 5 AND e.account_id = a.held_id AND a.pool = 'g1' AND b.pool = 'g2'`,
			[]string{FundingMismatch, BalanceMismatch}, nil,
		},
		"cash is held as bonus money":    {"UPDATE entry SET account_id = (SELECT held_id FROM account WHERE pool = 'g1') WHERE type = 5 AND amount_minor = 200", []string{FundingMismatch, BalanceMismatch}, nil},
		"bonus money is held as cash":    {"UPDATE entry SET account_id = (SELECT held_id FROM account WHERE owner = 'cyd' AND kind = 1) WHERE type = 5 AND amount_minor = 80", []string{FundingMismatch}, nil},
		"a stake is said of other money": {"UPDATE hold SET grant_id = 'g2' WHERE bonus_minor > 0", []string{FundingMismatch}, nil},
		"a stake is said of less bonus":  {"UPDATE hold SET bonus_minor = bonus_minor - 1, settled_bonus_minor = settled_bonus_minor - 1 WHERE bonus_minor > 0", []string{FundingMismatch}, nil},
		"a hold forgets what it lacks":   {"DELETE FROM hold_late; INSERT INTO hold_late SELECT hold_id, 0, created_at FROM operation WHERE request_id = 'free'", []string{LateMismatch}, unseen},
		"a hold lacks more than it did":  {"UPDATE hold_late SET late_minor = late_minor - 1", []string{LateMismatch}, unseen},
		"late money of an open pool":     {"UPDATE hold_late SET late_minor = 1", []string{LateMismatch}, unseen},
		"late money of nobody":           {"INSERT INTO hold_late SELECT 'hld_x', 0, since FROM hold_late", []string{LateMismatch}, unseen},
		"balances are out of all bounds": {"UPDATE entry SET balance_after_minor = 9223372036854775807; UPDATE entry SET amount_minor = 9223372036854775807 WHERE amount_minor > 0", []string{RunningBalance, OperationSum, BalanceMismatch}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedger(t, oneWorker)
			l.mustPay(t, "before", "bob", "5.00")
			require.Positive(t, l.verified(t, VerifyOptions{Checkpoint: true}).GetCheckpointNumber())
			l.play(t)
			l.playBonus(t)
			l.damage(t, tc.sql)
			violates(t, tc.want, l.verify(t, VerifyOptions{}))
			violates(t, tc.want, l.verify(t, VerifyOptions{rangeOperations: 1, Parallel: 3}))
			if tc.since != nil {
				tc.want = tc.since
			}
			violates(t, tc.want, l.verify(t, VerifyOptions{Since: true}))
			violates(t, tc.want, l.verify(t, VerifyOptions{Since: true, rangeOperations: 1, Parallel: 3}))
		})
	}
}

// violates asserts that some invariants are among those that are violated; with none, that nothing is.
func violates(t *testing.T, want []string, v *Verification) {
	t.Helper()
	require.Equal(t, len(want) == 0, v.GetOk(), "%v", v.GetViolations())
	var got []string
	for _, x := range v.GetViolations() {
		got = append(got, x.GetInvariant())
		require.NotEmpty(t, x.GetSubject())
		require.NotEmpty(t, x.GetDetail())
	}
	for _, one := range want {
		require.True(t, slices.Contains(got, one), "%s not among %v", one, v.GetViolations())
	}
}

func (l *ledger) verify(t testing.TB, o VerifyOptions) *Verification {
	t.Helper()
	v, err := VerifyWith(context.Background(), l.db.Pool, o)
	require.NoError(t, err)
	return v
}

// verified is verify where everything must be right.
func (l *ledger) verified(t testing.TB, o VerifyOptions) *Verification {
	t.Helper()
	v := l.verify(t, o)
	require.True(t, v.GetOk(), "violations: %v", v.GetViolations())
	return v
}

// played is a proven ledger with a deposit, a won bet and an open one.
func played(t *testing.T) *ledger {
	t.Helper()
	l := newLedger(t, oneWorker)
	l.play(t)
	l.proven(t)
	return l
}

func (l *ledger) play(t *testing.T) {
	t.Helper()
	l.mustPay(t, "deposit", "ann", "10.00")
	won, err := l.stake("won", "ann", "4.00")
	require.NoError(t, err)
	_, err = l.win("win", "ann", won.GetHoldId(), "9.00")
	require.NoError(t, err)
	l.limits(t, limitStake, rolling30d, "100.00")
	_, err = l.stake("open", "ann", "2.00")
	require.NoError(t, err)
}

// playBonus lets somebody with two grants stake the money of one, and takes a win back that is not there any more.
func (l *ledger) playBonus(t *testing.T) {
	t.Helper()
	for key, grant := range map[string]string{"grant": "g1", "other grant": "g2"} {
		_, err := l.GrantBonus(asPeer("bonus"), &walletv1.GrantBonusRequest{RequestId: key, PlayerId: "cyd", GrantId: grant, Amount: eur("1.00"), Reference: bonusRef(grant)})
		require.NoError(t, err)
	}
	free, err := l.PlaceAndSettle(asPeer("gaming"), &walletv1.PlaceAndSettleRequest{
		RequestId: "free", PlayerId: "cyd", Stake: eur("0.80"), Payout: eur("0.00"), Provider: "acme", Reference: roundRef("r"),
		Funding: &walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, GrantId: "g1"},
	})
	require.NoError(t, err)
	for _, payout := range []string{"0.70", "0.10"} {
		_, err = l.CorrectHold(asPeer("gaming"), &walletv1.CorrectHoldRequest{
			RequestId: "to " + payout, PlayerId: "cyd", HoldId: free.GetHoldId(), Payout: eur(payout), Provider: "acme", Reference: roundRef("r"),
		})
		require.NoError(t, err)
		_, err = l.ForfeitBonus(asPeer("bonus"), &walletv1.ForfeitBonusRequest{RequestId: "after " + payout, PlayerId: "cyd", GrantId: "g1", Currency: "EUR", Reference: bonusRef("g1")})
		require.NoError(t, err)
	}
}

// Events leave the outbox oldest first some time after they were sent; that is no violation.
func TestVerify_SentEventsMayBeGone(t *testing.T) {
	t.Parallel()
	l := played(t)
	exec(t, l.db.SuperURL, "DELETE FROM outbox WHERE version <= 2")
	l.proven(t)
	exec(t, l.db.SuperURL, "DELETE FROM outbox")
	l.proven(t)
}

func TestVerify_ReportsAtMostAThousand(t *testing.T) {
	t.Parallel()
	l := played(t)
	exec(t, l.db.SuperURL, `SET session_replication_role = replica; INSERT INTO operation SELECT number + n, created_at, id || n, caller, request_id || n, kind,
		player_id, currency, '', source_kind, source_id, round_id, provider_tx_id, game_id, trace_id, available_minor, held_minor, balance_version, entry_count
		FROM operation, generate_series(100000, 101500) n WHERE request_id = 'deposit'`)
	v, err := Verify(t.Context(), l.db.Pool)
	require.NoError(t, err)
	require.Len(t, v.GetViolations(), maxViolations)
	require.Greater(t, v.GetViolationCount(), int64(2*1501), "OPERATION_SUM and KEY_MISMATCH of each")
}
