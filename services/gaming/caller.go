package gaming

import (
	"context"
	"errors"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// whoIs reads what a provider says of its player.
func whoIs(c *gamingv1.Caller) who {
	w := who{
		integrationID: c.GetIntegrationId(), playerID: c.GetPlayerId(), hasToken: c.GetSessionToken() != "", tokenless: c.GetTokenless(),
		reconciliation: c.GetReconciliation(), idAlone: c.GetIdAlone(), known: c.GetKnown(), currency: c.GetCurrency(),
	}
	if w.hasToken {
		w.hash = hashToken(c.GetSessionToken())
	}
	return w
}

// errStranger says that a player is named who has no session in the integration: identity must tell whether there is one.
var errStranger = errors.New("gaming: a player without a session")

// stranger asks identity about a player. Errors: PLAYER_NOT_FOUND.
func (s *Server) stranger(ctx context.Context, playerID string) (*identityv1.GetPlayerStatusResponse, error) {
	p, err := s.players.Get(ctx, playerID)
	if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND) {
		return nil, errPlayerNotFound(playerID)
	}
	return p, err
}

// mayStake tells identity's answer in the words of a stake: who is not active may not stake.
func mayStake(p *identityv1.GetPlayerStatusResponse) error {
	if status := p.GetStatus(); status != identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE {
		return errPlayerBlocked(blockRule(status))
	}
	return nil
}

// playsIn refuses a currency that a player without a session does not play in. Identity names one for test players alone; others play in any.
func playsIn(p *identityv1.GetPlayerStatusResponse, currency string) error {
	if own := p.GetCurrency(); own != "" && own != currency {
		return errCurrencyMismatch(currency, own)
	}
	return nil
}

// knowing carries a call out, and once more with what identity says of a player without a session.
func (s *Server) knowing(ctx context.Context, w who, identity **identityv1.GetPlayerStatusResponse, do func() (outcome, error)) (outcome, error) {
	out, err := do()
	if !errors.Is(err, errStranger) {
		return out, err
	}
	if *identity, err = s.stranger(ctx, w.playerID); err != nil {
		return outcome{}, err
	}
	return do()
}
