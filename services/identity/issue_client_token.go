package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// IssueClientToken is OAuth 2's client credentials grant. A secret has 256 random bits, so attempts are bounded by network only and a
// stranger cannot lock a partner out.
func (s *Server) IssueClientToken(ctx context.Context, req *identityv1.IssueClientTokenRequest) (*identityv1.IssueClientTokenResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	c, err := s.q.GetPartnerClient(ctx, req.GetClientId())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	same := subtle.ConstantTimeCompare(hashToken(req.GetClientSecret()), c.SecretHash) == 1
	if !same || !c.Enabled {
		return nil, errClientInvalid()
	}
	scopes := c.Scopes
	if len(req.GetScopes()) > 0 {
		scopes = nil
		for _, scope := range req.GetScopes() {
			if !slices.Contains(c.Scopes, scope) {
				return nil, errScopeInvalid(scope)
			}
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	now := s.clock()
	token, err := s.sign(ctx, s.q, authn.Claims{
		Subject: c.ClientID, SessionID: c.SessionID, Kind: authn.KindPartner, Scopes: scopes, IssuedAt: now, ExpiresAt: now.Add(s.cfg.AccessTTL),
	})
	if err != nil {
		return nil, err
	}
	return &identityv1.IssueClientTokenResponse{AccessToken: token, ExpiresIn: int32(s.cfg.AccessTTL / time.Second), Scopes: scopes}, nil
}
