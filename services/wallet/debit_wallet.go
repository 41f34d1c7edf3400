package wallet

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// DebitWallet takes cash for a partner: cash -> house:<partner>. A repeated request is refused with the first result in the details.
func (s *Server) DebitWallet(ctx context.Context, req *walletv1.DebitWalletRequest) (*walletv1.DebitWalletResponse, error) {
	amount, err := positive(req.GetAmount())
	if err != nil {
		return nil, err
	}
	key, err := partnerKey(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	partner := authn.From(ctx).ID
	if err = s.mayStake(ctx, requestKey{caller: partnerCaller(partner), requestID: key}, req.GetPlayerId()); err != nil {
		return nil, err
	}
	all, err := s.submitAll(ctx, partnerCaller(partner), key, withoutKey(req), &command{
		kind: opPartnerDebit, player: req.GetPlayerId(), currency: amount.Currency, amount: amount.Minor,
		counterparty: house(partner, req.GetPlayerId()), ref: partnerRef(key, req.GetRoundId(), req.GetGameId()),
	})
	if err != nil {
		return nil, err
	}
	r := all[0]
	out := &walletv1.DebitWalletResponse{
		OperationId: r.operationID, PlayerId: r.player, Amount: moneyOf(amount.Minor, r.currency),
		BalanceAfter: money.Amount{Minor: r.after.available, Currency: r.currency}.String(), Version: r.after.version,
	}
	if r.replayed {
		return nil, idempotentReplay(key, out)
	}
	return out, nil
}

// mayStake asks identity, every time, whether a player may act: a partner has no game session that would have ended with a lock or an exclusion. What was committed
// before is answered all the same. Errors: RESTRICTED.
func (s *Server) mayStake(ctx context.Context, key requestKey, player string) error {
	conn, err := s.dial("identity")
	if err != nil {
		return err
	}
	p, err := identityv1.NewIdentityServiceClient(conn).GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: player})
	switch {
	case errs.Is(err, identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND):
		return nil // nor has the wallet an account then, and says so
	case err != nil:
		return err
	case p.GetStatus() == identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE:
		return nil
	}
	if _, err = s.queries.FindKey(ctx, pgtype.UUID{Bytes: key.hash(), Valid: true}); errors.Is(err, pgx.ErrNoRows) {
		return notActive(strings.TrimPrefix(p.GetStatus().String(), "PLAYER_STATUS_"))
	}
	return err
}

// partnerCaller is the caller of a partner's idempotency keys; no service has such a name.
func partnerCaller(id string) string { return "partner:" + id }

// partnerRef ties an operation to a partner's request.
func partnerRef(key, round, game string) reference {
	return reference{sourceKind: int16(walletv1.SourceKind_SOURCE_KIND_PARTNER), sourceID: key, roundID: round, gameID: game}
}

// partnerKey is the idempotency key of a partner's request, from the body or the header; both must not disagree.
func partnerKey(ctx context.Context, body string) (string, error) {
	header := rpc.IdempotencyKey(ctx)
	if body == "" {
		body = header
	}
	if body == "" || header != "" && header != body {
		return "", requestIDMissing()
	}
	return body, nil
}

// withoutKey is the request as its fingerprint sees it: the same whether the key came in the body or in the header.
func withoutKey(req *walletv1.DebitWalletRequest) *walletv1.DebitWalletRequest {
	return &walletv1.DebitWalletRequest{PlayerId: req.GetPlayerId(), Amount: req.GetAmount(), RoundId: req.GetRoundId(), GameId: req.GetGameId()}
}
