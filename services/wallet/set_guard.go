package wallet

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// SetGuard makes a guard or makes one stricter.
func (s *Server) SetGuard(ctx context.Context, req *walletv1.SetGuardRequest) (*walletv1.SetGuardResponse, error) {
	want, err := s.wanted(ctx, req)
	if err != nil {
		return nil, err
	}
	if !authorOf(ctx).sets(want.kind, want.layer) {
		return nil, layerNotAllowed(want.layer)
	}
	if want.kind.isLimit() {
		// The account is what serialises a limit with operations and what usage is counted by, so it is made before the first of them.
		if err := s.queries.CreateAccounts(ctx, db.CreateAccountsParams{
			Owners: []string{want.player}, Currencies: []string{want.currency}, Kinds: []int16{int16(kindCash)}, Pools: []string{""}, Stripes: []int16{0},
		}); err != nil {
			return nil, err
		}
	}
	var out *walletv1.Guard
	err = s.changeGuards(ctx, want.player, func(ctx context.Context, c *guardChange) error {
		g, err := c.q.FindGuard(ctx, db.FindGuardParams{
			PlayerID: want.player, Kind: int16(want.kind), Layer: int16(want.layer), Currency: want.currency, GuardWindow: int16(want.window),
		})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			want.id = ids.New("grd")
			out, err = c.put(ctx, nil, want)
			return err
		case err != nil:
			return err
		}
		want.id = g.ID
		if !expired(g.ExpiresAt, c.now) && looser(&g, &want) {
			return guardLooser(g.ID)
		}
		out, err = c.put(ctx, &g, want)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &walletv1.SetGuardResponse{Guard: out}, nil
}

// wanted checks that the fields fit the kind.
func (s *Server) wanted(ctx context.Context, req *walletv1.SetGuardRequest) (guard, error) {
	g := guard{
		player: req.GetPlayerId(), kind: guardKind(req.GetKind()), layer: guardLayer(req.GetLayer()), window: guardWindow(req.GetWindow()),
		timeZone: req.GetTimeZone(), reason: req.GetReason(),
	}
	var err error
	if g.maximum, g.currency, err = maximumOf(g.kind, req.GetMaximum()); err != nil {
		return g, err
	}
	if g.expiresAt, err = s.expiry(req.GetExpiresAt()); err != nil {
		return g, err
	}
	if g.kind.isLimit() != (g.window != 0) {
		return g, guardInvalid("window")
	}
	if g.window.isCalendar() != (g.timeZone != "") {
		return g, guardInvalid("time_zone")
	}
	if g.timeZone != "" {
		known, err := s.knowsTimeZone(ctx, g.timeZone)
		if err != nil {
			return g, err
		}
		if !known {
			return g, guardInvalid("time_zone")
		}
	}
	return g, nil
}

// knowsTimeZone asks the database, which computes with it, and remembers what it knows: it reads all its zones to answer. There are some hundreds.
func (s *Server) knowsTimeZone(ctx context.Context, zone string) (bool, error) {
	if _, ok := s.zones.Load(zone); ok {
		return true, nil
	}
	known, err := s.queries.KnownTimeZone(ctx, zone)
	if err == nil && known {
		s.zones.Store(zone, nil)
	}
	return known, err
}

// maximumOf reads the maximum, which all kinds have but restrictions. Zero allows nothing.
func maximumOf(k guardKind, m *commonv1.Money) (minor int64, currency string, err error) {
	if k.isRestriction() != (m == nil) {
		return 0, "", guardInvalid("maximum")
	}
	if m == nil {
		return 0, "", nil
	}
	a, err := notNegative(m)
	return a.Minor, a.Currency, err
}

// expiry reads an end, which lies ahead.
func (s *Server) expiry(t *timestamppb.Timestamp) (*time.Time, error) {
	if t == nil {
		return nil, nil
	}
	at := t.AsTime().Truncate(time.Microsecond)
	if !at.After(s.clock()) || at.After(end) {
		return nil, guardInvalid("expires_at")
	}
	return &at, nil
}
