package wallet

import (
	"context"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// ofStep begins a hold id that stands for the hold of another step of the same request.
const ofStep = "step:"

// PostRound carries out several operations of one player, all or none. Each has a key and a fingerprint of its own, those of the single RPC, so that what was
// done in one way is found in the other.
func (s *Server) PostRound(ctx context.Context, req *walletv1.PostRoundRequest) (*walletv1.PostRoundResponse, error) {
	commands, err := roundCommands(ctx, req)
	if err != nil {
		return nil, err
	}
	all, err := s.submitKeyed(ctx, commands)
	if err != nil {
		return nil, err
	}
	return roundDone(all), nil
}

// roundCommands are the commands of a request's steps.
func roundCommands(ctx context.Context, req *walletv1.PostRoundRequest) ([]*command, error) {
	commands := make([]*command, len(req.GetSteps()))
	for i, step := range req.GetSteps() {
		c, err := stepCommand(ctx, step, req.GetPlayerId())
		if err == nil {
			err = c.refer(commands[:i])
		}
		if err != nil {
			return nil, atPosition(err, i)
		}
		commands[i] = &c
	}
	return commands, nil
}

func roundDone(all answers) *walletv1.PostRoundResponse {
	out := &walletv1.PostRoundResponse{Results: make([]*walletv1.RoundStepResult, len(all))}
	for i, r := range all {
		out.Results[i] = &walletv1.RoundStepResult{
			OperationId: r.operationID, HoldId: r.holdID, BalanceAfter: r.balance(), Replayed: r.replayed, Detail: r.detail.proto(r.currency),
		}
	}
	return out
}

// stepCommand is the command of one step, with its key and the player of all.
func stepCommand(ctx context.Context, step *walletv1.RoundStep, player string) (c command, err error) {
	var req mutation
	switch x := step.GetStep().(type) {
	case *walletv1.RoundStep_PlaceHold:
		req = x.PlaceHold
		c, err = placeHoldCommand(x.PlaceHold)
	case *walletv1.RoundStep_SettleHold:
		req = x.SettleHold
		c, err = settleHoldCommand(x.SettleHold)
	case *walletv1.RoundStep_ReleaseHold:
		req = x.ReleaseHold
		c, err = releaseHoldCommand(x.ReleaseHold)
	case *walletv1.RoundStep_PlaceAndSettle:
		req = x.PlaceAndSettle
		c, err = placeAndSettleCommand(x.PlaceAndSettle)
	case *walletv1.RoundStep_Credit:
		req = x.Credit
		c, err = creditCommand(x.Credit)
	case *walletv1.RoundStep_Debit:
		req = x.Debit
		c, err = debitCommand(ctx, x.Debit)
	case *walletv1.RoundStep_CorrectHold:
		req = x.CorrectHold
		c, err = correctHoldCommand(x.CorrectHold)
	}
	if err != nil {
		return c, err
	}
	if req.GetPlayerId() != player {
		return c, playerMismatch(player)
	}
	return c, c.key(authn.From(ctx).Peer, req)
}

// key gives a command the key and the fingerprint of its request.
func (c *command) key(caller string, req mutation) error {
	print, err := fingerprint(c.kind, proto.Message(req))
	c.player, c.requestKey, c.fingerprint = req.GetPlayerId(), requestKey{caller: caller, requestID: req.GetRequestId()}, print
	c.hash = c.requestKey.hash()
	return err
}

// refer makes "step:<n>" the hold that an earlier command of the request places.
func (c *command) refer(earlier []*command) error {
	n, refers := strings.CutPrefix(c.holdID, ofStep)
	if !refers {
		return nil
	}
	i, err := strconv.Atoi(n)
	if err != nil || i < 0 || i >= len(earlier) || earlier[i].kind != opPlaceHold && earlier[i].kind != opPlaceAndSettle {
		return holdNotFound(c.holdID)
	}
	c.holdID, c.holdStep = "", i+1
	if c.currency == "" {
		c.currency = earlier[i].currency
	}
	return nil
}
