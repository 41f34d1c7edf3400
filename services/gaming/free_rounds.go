package gaming

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// Where a grant of free rounds stands, as in the proto.
const (
	freeRoundsPending    int16 = 1
	freeRoundsActive     int16 = 2
	freeRoundsCancelled  int16 = 4
	freeRoundsRefused    int16 = 5
	freeRoundsCancelling int16 = 7
)

// notSupported begins the refusal of what a provider does not have.
const notSupported = "NOT_SUPPORTED"

const freeRoundsBatch = 50

// driveFreeRounds asks providers again for grants they did not answer, tells them again of those that are taken back, and ends those whose time is over, until ctx ends.
func (s *Server) driveFreeRounds(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.ReconcileEvery)
	defer tick.Stop()
	for {
		if err := s.driveFreeRoundsOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "grants of free rounds could not be driven; it goes on at the next turn", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) driveFreeRoundsOnce(ctx context.Context) error {
	now := s.now()
	if _, err := s.q.ExpireFreeRounds(ctx, db.ExpireFreeRoundsParams{Now: now, MaxRows: freeRoundsBatch}); err != nil {
		return err
	}
	owed, err := s.q.TakeOwedFreeRounds(ctx, db.TakeOwedFreeRoundsParams{Now: now, Before: now.Add(-s.cfg.ReconcileAfter), MaxRows: freeRoundsBatch})
	if err != nil {
		return err
	}
	for _, f := range owed {
		if f.State == freeRoundsCancelling {
			_, err = s.takeBack(ctx, f)
		} else {
			_, err = s.askForFreeRounds(ctx, f)
		}
		if err != nil {
			s.log.WarnContext(ctx, "a grant of free rounds stays as it is", "free_rounds_id", f.FreeRoundsID, "state", freeRoundsName(f.State), "err", err)
		}
	}
	return nil
}

// freeRoundsPatience is how long a provider may take over a grant. It must be well below ReconcileAfter, after which nothing that was asked is on its way any more.
func (s *Server) freeRoundsPatience() time.Duration { return 2 * s.cfg.WalletTimeout }

// refusalWords is what a provider said when it refused.
func refusalWords(err error) string {
	m := errs.Metadata(err)
	return strings.TrimSpace(m["provider_code"] + " " + m["provider_message"])
}

// providerOf is the adapter of an integration that is on. Errors: INTEGRATION_NOT_FOUND, PROVIDER_UNAVAILABLE.
func (s *Server) providerOf(ctx context.Context, integrationID string) (adapterv1.GameProviderServiceClient, error) {
	in, err := s.gameIntegration(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	if !in.GetEnabled() {
		return nil, errProviderUnavailable(integrationID, errIntegrationOff)
	}
	p, err := s.adapter(in.GetService())
	if err != nil {
		return nil, errProviderUnavailable(integrationID, err)
	}
	return p, nil
}

func freeRoundsName(state int16) string {
	return strings.TrimPrefix(gamingv1.FreeRoundsState(state).String(), "FREE_ROUNDS_STATE_")
}

func freeRoundsProto(f db.FreeRound) *gamingv1.FreeRounds {
	return &gamingv1.FreeRounds{
		FreeRoundsId: f.FreeRoundsID, PlayerId: f.PlayerID, IntegrationId: f.IntegrationID, GameIds: f.GameIds, Rounds: f.Rounds,
		BetValue: money.Amount{Minor: f.BetValueMinor, Currency: f.Currency}.Proto(), State: gamingv1.FreeRoundsState(f.State), ProviderRef: f.ProviderRef,
		Refusal: f.Refusal, StartsAt: timestamppb.New(f.StartsAt), ExpiresAt: timestamppb.New(f.ExpiresAt), CreatedAt: timestamppb.New(f.CreatedAt),
	}
}
