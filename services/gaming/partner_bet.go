package gaming

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// policyVersion names the edition of gaming's own rules in the explanation of a refusal; it changes when a rule does.
const policyVersion = "gaming/1"

// What partners read as the state of a bet.
const (
	partnerAccepted = "ACCEPTED"
	partnerRejected = "REJECTED"
	partnerSettled  = "SETTLED"
	partnerVoided   = "VOIDED"
)

// partnerTx is the transaction id of a partner's request among those of a game's integration: no provider's id looks like it.
func partnerTx(partner, id string) string { return partnerMark + partner + ":" + id }

const partnerMark = "partner:"

// apartFromPartners refuses what a provider's call comes to when it names a partner's transaction, of which it knows nothing, or has an id like one: BET_NOT_FOUND, DUPLICATE_MISMATCH. It is
// decided before, so that it is known whose it is: a win is kept for an operator.
func (n needs) apartFromPartners(ctx context.Context, decide func(*situation) (plan, error)) func(*situation) (plan, error) {
	isPartners := func(id string) bool { return strings.HasPrefix(id, partnerMark) }
	bet, tx := slices.IndexFunc(n.betIDs, isPartners), slices.IndexFunc(n.txIDs, isPartners)
	if authn.From(ctx).Kind != authn.KindPeer || bet < 0 && tx < 0 {
		return decide
	}
	return func(sit *situation) (plan, error) {
		if _, err := decide(sit); err != nil {
			return plan{}, err
		}
		if bet >= 0 {
			return plan{}, errBetNotFound(n.betIDs[bet])
		}
		return plan{}, errDuplicateMismatch(n.txIDs[tx])
	}
}

// partnerKey is the idempotency key of a partner's request, from the body or the header, which must not disagree. Errors: REQUEST_ID_MISSING.
func partnerKey(ctx context.Context, body string) (partner, key string, err error) {
	header := rpc.IdempotencyKey(ctx)
	if body == "" {
		body = header
	}
	if body == "" || header != "" && header != body {
		return "", "", errRequestIDMissing()
	}
	return authn.From(ctx).ID, body, nil
}

// partnersBet finds a bet that this partner placed. Another's is not found. Errors: BET_NOT_FOUND.
func (s *Server) partnersBet(ctx context.Context, partner, betID string) (db.Bet, error) {
	b, err := s.q.BetByID(ctx, betID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !strings.HasPrefix(b.ProviderTxID, partnerTx(partner, "")) {
		return b, errBetNotFound(betID)
	}
	return b, err
}

// partnerCaller is a partner's call about a player; partners have no session tokens.
func partnerCaller(integrationID, playerID string) *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: integrationID, PlayerId: playerID, Tokenless: true}
}

// isGameID tells a catalogue's id from a partner's code.
func isGameID(s string) bool { return ids.Valid("gam", s) }
