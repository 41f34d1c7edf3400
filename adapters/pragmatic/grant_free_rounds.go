package pragmatic

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// freeGame is one game of a bonus with what a round costs in it.
type freeGame struct {
	GameID    string      `json:"gameId"`
	BetValues []freeValue `json:"betValues"`
}

type freeValue struct {
	Currency string      `json:"currency"`
	TotalBet json.Number `json:"totalBet"`
}

// GrantFreeRounds gives one player a bonus whose code is the grant's id, which is unique at the provider. A refusal of a code that the player
// has already is a repetition. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) GrantFreeRounds(ctx context.Context, req *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	bet, err := money.FromProto(req.GetBetValue())
	if err != nil {
		return nil, err
	}
	body := struct {
		Games []freeGame `json:"gameList"`
	}{}
	for _, game := range req.GetGameCodes() {
		body.Games = append(body.Games, freeGame{GameID: game, BetValues: []freeValue{{Currency: bet.Currency, TotalBet: json.Number(adapter.Fixed(bet, 2))}}})
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	err = p.call(ctx, in, request{path: freeRoundsPath + "bonus/player/create", limit: adapter.MaxPage, body: text, query: url.Values{
		"bonusCode": {req.GetGrantId()}, "playerId": {req.GetPlayerId()}, "currency": {bet.Currency}, "rounds": {strconv.Itoa(int(req.GetRounds()))},
		"startDate":      {strconv.FormatInt(req.GetStartsAt().GetSeconds(), 10)},
		"expirationDate": {strconv.FormatInt(req.GetExpiresAt().GetSeconds(), 10)},
	}}, nil)
	if errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED) {
		if has, asked := p.hasBonus(ctx, in, req.GetPlayerId(), req.GetGrantId()); asked == nil && has {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &adapterv1.GrantFreeRoundsResponse{ProviderRef: req.GetGrantId()}, nil
}

// hasBonus asks whether a player has a bonus that can still be played. Errors: those of call.
func (p provider) hasBonus(ctx context.Context, in *integration, player, bonus string) (bool, error) {
	var out struct {
		Bonuses []struct {
			Code string `json:"bonusCode"`
		} `json:"bonuses"`
	}
	err := p.call(ctx, in, request{path: freeRoundsPath + "getPlayersFRB/", form: url.Values{"playerId": {player}}, limit: adapter.MaxList}, &out)
	for _, b := range out.Bonuses {
		if b.Code == bonus {
			return true, nil
		}
	}
	return false, err
}
