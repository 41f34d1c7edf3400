package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// byReconciliation resolves findings that a later run has decided.
const byReconciliation = "reconciliation"

// itemKey names what is compared: a round, or a transaction in it or without one.
type itemKey struct {
	roundRef, player, txID string
}

// loadUndecided reads the findings that this run may decide.
func (c *comparison) loadUndecided(ctx context.Context) error {
	rows, err := c.s.q.OpenTimings(ctx, c.run.IntegrationID)
	for _, f := range rows {
		c.undecided[itemKey{f.ProviderRoundID, f.PlayerID, f.ProviderTxID}] = f.FindingID
	}
	return err
}

// note writes down what was found about a round, or about one transaction where txID names it, or counts a match.
func (c *comparison) note(ctx context.Context, ours roundBook, txID string, diffs []difference) error {
	if len(diffs) == 0 {
		c.matched++
	}
	for _, d := range diffs {
		c.findings++
		_, err := c.s.q.SaveFinding(ctx, db.SaveFindingParams{
			FindingID: ids.New("fnd"), IntegrationID: c.run.IntegrationID, Kind: int16(d.kind), Priority: d.priority(), ProviderRoundID: ours.roundRef, //nolint:gosec // an enum
			ProviderTxID: d.txID, RoundID: ours.roundID, PlayerID: ours.player, Ours: d.ours, Theirs: d.theirs, DeltaMinor: d.delta, Currency: ours.currency,
			RunID: c.run.RunID, Now: c.s.now(),
		})
		if err != nil {
			return err
		}
	}
	return c.decide(ctx, ours, txID, diffs)
}

// decide closes what a run before called TIMING, which says no more than that it could not tell yet: the books agree, or what differs has its own finding now. What is known of a
// transaction is known of its round too.
func (c *comparison) decide(ctx context.Context, ours roundBook, txID string, diffs []difference) error {
	word := "the books agree"
	if len(diffs) > 0 {
		word = "it is " + diffs[0].kind.String()[len("FINDING_KIND_"):]
	}
	for _, tx := range []string{txID, ""} {
		key := itemKey{ours.roundRef, ours.player, tx}
		id, open := c.undecided[key]
		if !open {
			continue
		}
		delete(c.undecided, key) // once a run: a round that is listed twice is decided by its first line
		if len(diffs) > 0 && diffs[0].kind == gamingv1.FindingKind_FINDING_KIND_TIMING {
			continue
		}
		_, err := c.s.q.ResolveFinding(ctx, db.ResolveFindingParams{
			FindingID: id, ResolvedBy: byReconciliation, Resolution: "run " + c.run.RunID + ": " + word, Now: c.s.now(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
