package pam

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// getSession answers who is behind a token.
func (s *Server) getSession(ctx context.Context, c call) (answer, error) {
	who, err := s.authenticate(ctx, c, false)
	if err != nil {
		return answer{}, err
	}
	return answer{Session: sessionOf(who, c.token)}, nil
}

// refreshSession replaces the token. Whose it is, and at which provider, is found out before: a call that fails replaces nothing.
func (s *Server) refreshSession(ctx context.Context, c call) (answer, error) {
	if _, err := s.authenticate(ctx, c, false); err != nil {
		return answer{}, err
	}
	who, err := s.gaming.Authenticate(ctx, &gamingv1.AuthenticateRequest{Caller: c.caller(), Rotate: true})
	if err != nil {
		return answer{}, err
	}
	return answer{Session: sessionOf(who, who.GetSessionToken())}, nil
}

func sessionOf(who *gamingv1.AuthenticateResponse, token string) *session {
	return &session{
		PlayerID: who.GetPlayerId(), Token: token, Currency: who.GetCurrency(), Country: who.GetCountry(), Language: who.GetLanguage(), GameID: who.GetGameCode(),
	}
}

// getBalance answers what a player has, also a blocked one, whose sessions are over.
func (s *Server) getBalance(ctx context.Context, c call) (answer, error) {
	if _, err := s.authenticate(ctx, c, false); err != nil && !s.blocked(ctx, c, err) {
		return answer{}, err
	}
	b, err := s.balance(ctx, c)
	return answer{Balance: b}, err
}

// blocked tells whether a session is over because its player was blocked: that keeps stakes back and nothing else (providers.md 1.5.7).
func (s *Server) blocked(ctx context.Context, c call, refusal error) bool {
	if !errs.Is(refusal, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED) {
		return false
	}
	_, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller(), Live: true})
	return errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
}

// balance asks what the call's player has.
func (s *Server) balance(ctx context.Context, c call) (*balance, error) {
	b, err := s.gaming.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: c.caller()})
	if err != nil {
		return nil, err
	}
	return balanceOf(b.GetFunds())
}
