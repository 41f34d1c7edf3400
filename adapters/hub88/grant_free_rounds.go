package hub88

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// rewardTime is how the freebet API writes times (providers.md 2.8).
const rewardTime = "2006-01-02T15:04:05"

// prepaid is an offer of the provider: rounds of a game at a stake. A stake or a number that is absent can be chosen.
type prepaid struct {
	ID       string `json:"prepaid_uuid"`
	Game     string `json:"game_code"`
	Currency string `json:"currency"`
	BetValue *int64 `json:"bet_value"`
	BetCount *int32 `json:"bet_count"`
	BonusBuy bool   `json:"bonus_buy"`
}

// rewardBody is the body of rewards/create.
type rewardBody struct {
	User         string `json:"user"`
	OperatorID   any    `json:"operator_id"`
	PrepaidID    string `json:"prepaid_uuid"`
	BetValue     int64  `json:"bet_value"`
	BetCount     int32  `json:"bet_count"`
	StartTime    string `json:"start_time"`
	EndTime      string `json:"end_time"`
	SubPartnerID string `json:"sub_partner_id,omitempty"`
	GameCode     string `json:"game_code"`
	RewardID     string `json:"reward_uuid"`
}

// GrantFreeRounds finds an offer of the provider that fits one of the games and creates a reward from it; a reward is for one game, which the answer names. The
// reward's id is made from the grant's, so a repetition names the same one. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, NOT_SUPPORTED when no offer fits, those of call.
func (p provider) GrantFreeRounds(ctx context.Context, req *adapterv1.GrantFreeRoundsRequest) (*adapterv1.GrantFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	value, err := betValue(req)
	if err != nil {
		return nil, err
	}
	for _, game := range req.GetGameCodes() {
		var offers []prepaid
		err = p.call(ctx, in, in.dialect.freebetAPI+"prepaids/list", adapter.MaxList, map[string]any{
			"operator_id": in.operatorID, "game_code": game, "currency": req.GetBetValue().GetCurrency(),
		}, &offers)
		if err != nil {
			return nil, err
		}
		for _, offer := range offers {
			if offer.fits(game, req.GetBetValue().GetCurrency(), value, req.GetRounds()) {
				return p.createReward(ctx, in, req, offer, value)
			}
		}
	}
	return nil, adapter.NotSupported("offer of such free rounds")
}

// betValue is the stake of a round in the protocol's units.
func betValue(req *adapterv1.GrantFreeRoundsRequest) (int64, error) {
	m, err := money.FromProto(req.GetBetValue())
	if err != nil {
		return 0, err
	}
	return toWire(m)
}

// fits tells whether rounds can be given from an offer.
func (o prepaid) fits(game, currency string, value int64, rounds int32) bool {
	return o.ID != "" && !o.BonusBuy && o.Game == game && o.Currency == currency &&
		(o.BetValue == nil || *o.BetValue == value) && (o.BetCount == nil || *o.BetCount == rounds)
}

func (p provider) createReward(ctx context.Context, in *integration, req *adapterv1.GrantFreeRoundsRequest, offer prepaid, value int64) (*adapterv1.GrantFreeRoundsResponse, error) {
	var reward struct {
		ID string `json:"reward_uuid"`
	}
	err := p.call(ctx, in, in.dialect.freebetAPI+"rewards/create", adapter.MaxPage, rewardBody{
		User: req.GetPlayerId(), OperatorID: in.operatorID, PrepaidID: offer.ID, BetValue: value, BetCount: req.GetRounds(),
		StartTime: wireTime(req.GetStartsAt().AsTime()), EndTime: wireTime(req.GetExpiresAt().AsTime()),
		SubPartnerID: in.subPartner.Current(), GameCode: offer.Game, RewardID: rewardID(in.id, req.GetGrantId()),
	}, &reward)
	if err != nil {
		return nil, err
	}
	if reward.ID == "" || len(reward.ID) > adapter.MaxText || !adapter.Printable(reward.ID) {
		return nil, adapter.ProviderProtocol("the reward has no id")
	}
	return &adapterv1.GrantFreeRoundsResponse{ProviderRef: reward.ID, GameCodes: []string{offer.Game}}, nil
}

func wireTime(t time.Time) string { return t.UTC().Format(rewardTime) }

// rewardID is a UUID (version 8) made from the grant's id.
func rewardID(integrationID, grantID string) string {
	sum := sha256.Sum256([]byte(integrationID + "/" + grantID))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
