package gaming

import (
	"context"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// PlacePartnerBet takes a bet of a partner or a platform-native game. A refusal by a rule is an answer that explains itself. What the bet
// is on and where the player sits are kept with it. Idempotent by (partner, integration of the game, request_id): a refusal too is answered again as it was, for a partner that got it has
// told the player so. Errors: see the proto.
func (s *Server) PlacePartnerBet(ctx context.Context, req *gamingv1.PlacePartnerBetRequest) (*gamingv1.PlacePartnerBetResponse, error) {
	partner, key, err := partnerKey(ctx, req.GetRequestId())
	if err != nil {
		return nil, err
	}
	stake, err := readAmount(req.GetStake())
	if err != nil {
		return nil, err
	}
	if stake.Sign() == 0 {
		return nil, errInvalidAmount(stake.String(), stake.Currency)
	}
	game, err := s.partnersGame(ctx, req.GetGameId())
	if err != nil {
		return nil, err
	}
	refusal := partnerRefusal{partner: partner, key: key, betID: betIDOf(game.GetIntegrationId(), partnerTx(partner, key)), print: printOf(req)}
	if before, err := s.refusedBefore(ctx, refusal); before != nil || err != nil {
		return before, err
	}
	placed, err := s.PlaceBet(ctx, &gamingv1.PlaceBetRequest{
		Caller: partnerCaller(game.GetIntegrationId(), req.GetPlayerId()), GameCode: game.GetCode(), ProviderRoundId: partnerTx(partner, req.GetRoundId()),
		ProviderTxId: partnerTx(partner, key), Amount: stake.Proto(), FromBonus: fromBonus(req),
	})
	if err != nil {
		refused, explained := explain(err)
		if !explained {
			return nil, err
		}
		refused = s.withLimits(ctx, req, s.withBlock(ctx, req.GetPlayerId(), refused))
		if err = s.keepRefusal(ctx, refusal, refused); err != nil {
			return nil, errWalletUnavailable(err)
		}
		return refused, nil
	}
	same, err := s.keepSelection(ctx, partner, key, placed, req)
	switch {
	case err != nil:
		return nil, errWalletUnavailable(err)
	case !same:
		return nil, errDuplicateMismatch(key)
	}
	return s.withLimits(ctx, req, &gamingv1.PlacePartnerBetResponse{
		Status: partnerAccepted, BetId: &placed.BetId, BalanceAfter: proto.String(placed.GetReceipt().GetFunds().GetCash().GetAmount()), Hold: proto.String(stake.String()),
	}), nil
}

// partnersGame finds a game by the catalogue's id, or by its code among the platform's own. Errors: GAME_NOT_FOUND.
func (s *Server) partnersGame(ctx context.Context, id string) (*catalogv1.Game, error) {
	if isGameID(id) {
		return s.gameByID(ctx, id)
	}
	return s.gameByCode(ctx, s.cfg.PartnerIntegration, id)
}

// keepSelection keeps what a bet is on and where its player sat. Repeating it keeps the first; same tells whether the repetition says the same.
func (s *Server) keepSelection(ctx context.Context, partner, key string, placed *gamingv1.PlaceBetResponse, req *gamingv1.PlacePartnerBetRequest) (same bool, err error) {
	selection := "["
	for i, x := range req.GetSelection() {
		text, err := protojson.Marshal(x)
		if err != nil {
			return false, err
		}
		if i > 0 {
			selection += ","
		}
		selection += string(text)
	}
	selection += "]"
	err = s.q.InsertPartnerBet(ctx, db.InsertPartnerBetParams{
		BetID: placed.GetBetId(), PartnerID: partner, RequestID: key, Selection: []byte(selection), Ip: req.GetDevice().GetIp(), UserAgent: req.GetDevice().GetUa(), Now: s.now(),
	})
	if err != nil || !placed.GetReceipt().GetReplayed() {
		return err == nil, err
	}
	return s.q.SamePartnerBet(ctx, db.SamePartnerBetParams{
		BetID: placed.GetBetId(), Selection: []byte(selection), Ip: req.GetDevice().GetIp(), UserAgent: req.GetDevice().GetUa(),
	})
}

// explained are the refusals by a rule; everything else about a bet is an error.
var explained = map[gamingv1.ErrorReason]bool{
	gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED: true, gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED: true,
	gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS: true, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE: true,
	gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED: true, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED: true,
	gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH: true,
}

// explain turns a refusal by a rule into an answer: which rule, what is left under it, when to try again.
func explain(err error) (*gamingv1.PlacePartnerBetResponse, bool) {
	reason := errs.ReasonOf(err)
	if !explained[gamingv1.ErrorReason(gamingv1.ErrorReason_value["ERROR_REASON_"+reason])] {
		return nil, false
	}
	m := errs.Metadata(err)
	r := &gamingv1.PlacePartnerBetResponse{
		Status: partnerRejected, Reason: &reason, Rule: proto.String(orElse(m["rule"], reason)), PolicyVer: proto.String(orElse(m["guard_id"], policyVersion)),
	}
	if left := orElse(m["remaining"], m["available"]); left != "" {
		r.Remaining = &left
	}
	if at, perr := time.Parse(time.RFC3339Nano, orElse(m["resets_at"], m["expires_at"])); perr == nil { // a limit's window, or a restriction
		r.RetryAt = timestamppb.New(at)
	}
	return r, true
}

// withBlock says of a locked player's refusal whether the player is locked or excluded: gaming itself keeps only that there are no stakes. The rule stays LOCKED where
// identity does not answer or does not say otherwise.
func (s *Server) withBlock(ctx context.Context, playerID string, r *gamingv1.PlacePartnerBetResponse) *gamingv1.PlacePartnerBetResponse {
	if r.GetRule() != blockRule(identityv1.PlayerStatus_PLAYER_STATUS_LOCKED) {
		return r
	}
	if p, err := s.stranger(ctx, playerID); err == nil && p.GetStatus() != identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE {
		r.Rule = proto.String(blockRule(p.GetStatus()))
	}
	return r
}

// fromBonus tells whether bonus money pays a partner's bet.
func fromBonus(req *gamingv1.PlacePartnerBetRequest) bool { return req.GetWallet() == "bonus" }

// withLimits adds the largest stake from the bet's wallet that the limits in force allow; where none is, what an accepted bet left to stake. It is advice: the ledger decides in its
// commit, so an answer without it is better than none.
func (s *Server) withLimits(ctx context.Context, req *gamingv1.PlacePartnerBetRequest, r *gamingv1.PlacePartnerBetResponse) *gamingv1.PlacePartnerBetResponse {
	most, bound, err := s.limitOf(ctx, req)
	if err == nil && !bound && r.GetStatus() == partnerAccepted {
		most, err = s.leftToStake(ctx, req, r)
		bound = true
	}
	switch {
	case err != nil:
		s.log.WarnContext(ctx, "the limits of a player could not be told", "player_id", req.GetPlayerId(), "err", err)
	case bound:
		r.Limits = &gamingv1.PartnerLimits{MaxBet: most.String()}
	}
	return r
}

// limitOf is the largest stake that the player's guards allow; bound is false when none limits it.
func (s *Server) limitOf(ctx context.Context, req *gamingv1.PlacePartnerBetRequest) (most money.Amount, bound bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.WalletTimeout)
	defer cancel()
	guards, err := s.wallet.ListPlayerGuards(ctx, &walletv1.ListPlayerGuardsRequest{PlayerId: req.GetPlayerId()})
	if err != nil {
		return most, false, err
	}
	most, bound = maxStake(guards.GetGuards(), req.GetStake().GetCurrency(), fromBonus(req))
	return most, bound, nil
}

// leftToStake is what an accepted bet left to stake at once: the cash, or the largest pool of bonus money.
func (s *Server) leftToStake(ctx context.Context, req *gamingv1.PlacePartnerBetRequest, r *gamingv1.PlacePartnerBetResponse) (money.Amount, error) {
	currency := req.GetStake().GetCurrency()
	if !fromBonus(req) {
		return money.Parse(r.GetBalanceAfter(), currency)
	}
	pools, err := s.bonusPools(ctx, req.GetPlayerId(), currency)
	most := money.Amount{Currency: currency}
	for _, p := range pools {
		most.Minor = max(most.Minor, p.has)
	}
	return most, err
}

// maxStake is the largest stake that guards allow, all of it cash or all of it bonus money, which limits on stakes and losses do not count; bound is false when none limits it.
func maxStake(guards []*walletv1.Guard, currency string, bonus bool) (most money.Amount, bound bool) {
	for _, g := range guards {
		limit := g.GetMaximum()
		switch kind := g.GetKind(); {
		case kind == walletv1.GuardKind_GUARD_KIND_NO_STAKE:
			return money.Amount{Currency: currency}, true
		case kind == walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, bonus && kind == walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS:
		case !bonus && (kind == walletv1.GuardKind_GUARD_KIND_STAKE || kind == walletv1.GuardKind_GUARD_KIND_NET_LOSS):
			limit = g.GetRemaining()
		default:
			continue
		}
		a, err := money.FromProto(limit)
		if err != nil || a.Currency != currency {
			continue
		}
		if !bound || a.Minor < most.Minor {
			most, bound = a, true
		}
	}
	return most, bound
}
