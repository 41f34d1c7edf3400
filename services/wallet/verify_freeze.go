package wallet

import (
	"context"
	"slices"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// frozenKinds are the restrictions of a frozen player. Deposits go on: a payment that is on its way has to be accepted.
var frozenKinds = []walletv1.GuardKind{walletv1.GuardKind_GUARD_KIND_NO_STAKE, walletv1.GuardKind_GUARD_KIND_NO_WITHDRAWAL}

// freeze stops the stakes and withdrawals of the players whom violations concern, as an operator would with SetGuard, and answers who was stopped.
// Players who are stopped already stay as they are.
func (s *Server) freeze(ctx context.Context, check string, violations []*walletv1.Violation) ([]string, error) {
	var players []string
	for _, v := range violations {
		if v.GetPlayerId() != "" {
			players = append(players, v.GetPlayerId())
		}
	}
	slices.Sort(players)
	frozen := []string{}
	ctx = authn.NewContext(ctx, authn.Caller{Kind: authn.KindPeer, ID: "wallet", Peer: "wallet"}) // who has set the guards
	for _, player := range slices.Compact(players) {
		if err := s.freezePlayer(ctx, player, "ledger mismatch "+check); err != nil {
			return frozen, err
		}
		frozen = append(frozen, player)
	}
	return frozen, nil
}

func (s *Server) freezePlayer(ctx context.Context, player, reason string) error {
	guards, err := s.guardsNow(ctx, s.queries, player, s.clock())
	if err != nil {
		return err
	}
	for _, kind := range frozenKinds {
		if slices.ContainsFunc(guards, func(g *walletv1.Guard) bool {
			return g.GetKind() == kind && g.GetLayer() == walletv1.GuardLayer_GUARD_LAYER_OPERATOR && g.GetExpiresAt() == nil
		}) {
			continue
		}
		if _, err := s.SetGuard(ctx, &walletv1.SetGuardRequest{
			PlayerId: player, Kind: kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: reason,
		}); err != nil {
			return err
		}
	}
	return nil
}
