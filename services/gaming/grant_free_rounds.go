package gaming

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// GrantFreeRounds gives a player free rounds. The grant is written down before its provider is asked, under an id that is the provider's
// idempotency key, so that a lost answer is asked for again and never doubles the grant. Errors: see the proto.
func (s *Server) GrantFreeRounds(ctx context.Context, req *gamingv1.GrantFreeRoundsRequest) (*gamingv1.GrantFreeRoundsResponse, error) {
	row, err := s.planFreeRounds(ctx, req)
	if err != nil {
		return nil, err
	}
	n, err := s.q.InsertFreeRounds(ctx, row)
	if err != nil {
		return nil, err
	}
	f, err := s.q.FreeRoundsByRequest(ctx, db.FreeRoundsByRequestParams{GrantedBy: row.GrantedBy, RequestID: row.RequestID})
	switch {
	case err != nil:
		return nil, err
	case n == 0 && !bytes.Equal(f.Fingerprint, row.Fingerprint):
		return nil, errDuplicateMismatch(req.GetRequestId())
	case f.State == freeRoundsPending:
		if f, err = s.askForFreeRounds(ctx, f); err != nil {
			return nil, err
		}
	}
	return &gamingv1.GrantFreeRoundsResponse{FreeRounds: freeRoundsProto(f)}, nil
}

// planFreeRounds checks a grant: a player who may play, games of one integration that may be played, a stake of the currency, a time to come.
func (s *Server) planFreeRounds(ctx context.Context, req *gamingv1.GrantFreeRoundsRequest) (db.InsertFreeRoundsParams, error) {
	now := s.now()
	row := db.InsertFreeRoundsParams{
		FreeRoundsID: ids.New("frg"), GrantedBy: authn.From(ctx).ID, RequestID: req.GetRequestId(), PlayerID: req.GetPlayerId(), Rounds: req.GetRounds(),
		GameIds: req.GetGameIds(), StartsAt: now, ExpiresAt: req.GetExpiresAt().AsTime(), Now: now,
	}
	if req.GetStartsAt() != nil {
		row.StartsAt = req.GetStartsAt().AsTime()
	}
	value, err := readAmount(req.GetBetValue())
	switch {
	case err != nil:
		return row, err
	case value.Sign() == 0:
		return row, errInvalidAmount(value.String(), value.Currency)
	case !row.ExpiresAt.After(row.StartsAt) || !row.ExpiresAt.After(now):
		return row, errFreeRoundsClosed("", "EXPIRED")
	}
	row.BetValueMinor, row.Currency = value.Minor, value.Currency
	player, err := s.mayPlay(ctx, req.GetPlayerId())
	if err != nil {
		return row, err
	}
	if err := playsIn(player, value.Currency); err != nil {
		return row, err
	}
	row.Country = orElse(player.GetCountry(), "XX")
	for _, id := range req.GetGameIds() {
		g, err := s.gameByID(ctx, id)
		if err == nil {
			err = playable(g, row.Country)
		}
		switch {
		case err != nil:
			return row, err
		case row.IntegrationID != "" && row.IntegrationID != g.GetIntegrationId():
			return row, errGameUnavailable(id, "OTHER_INTEGRATION")
		}
		row.IntegrationID = g.GetIntegrationId()
		row.GameCodes = append(row.GameCodes, g.GetCode())
	}
	start := ""
	if req.GetStartsAt() != nil {
		start = row.StartsAt.Format(time.RFC3339Nano)
	}
	row.Fingerprint = fingerprint(row.PlayerID, strings.Join(row.GameIds, ","), strconv.Itoa(int(row.Rounds)), value.String(), value.Currency, start,
		row.ExpiresAt.Format(time.RFC3339Nano))
	return row, nil
}

// narrowed are the games of a grant that its provider gave; none when it gave all, or named one that was not asked for.
func narrowed(f db.FreeRound, given []string) (gameIDs, gameCodes []string) {
	for i, code := range f.GameCodes {
		if slices.Contains(given, code) {
			gameIDs, gameCodes = append(gameIDs, f.GameIds[i]), append(gameCodes, code)
		}
	}
	if len(gameCodes) != len(given) {
		return nil, nil
	}
	return gameIDs, gameCodes
}

// askForFreeRounds asks the provider for a pending grant. No answer leaves it pending; a refusal ends it.
func (s *Server) askForFreeRounds(ctx context.Context, f db.FreeRound) (db.FreeRound, error) {
	provider, err := s.providerOf(ctx, f.IntegrationID)
	if err != nil {
		return f, err
	}
	answer := db.AnswerFreeRoundsParams{FreeRoundsID: f.FreeRoundsID, State: int16(freeRoundsActive), Now: s.now()}
	r, err := provider.GrantFreeRounds(ctx, &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: f.IntegrationID, GrantId: f.FreeRoundsID, PlayerId: f.PlayerID, GameCodes: f.GameCodes, Rounds: f.Rounds, Country: f.Country,
		BetValue: money.Amount{Minor: f.BetValueMinor, Currency: f.Currency}.Proto(), StartsAt: timestamppb.New(f.StartsAt), ExpiresAt: timestamppb.New(f.ExpiresAt),
	})
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), status.Code(err) == codes.Unimplemented:
		answer.State, answer.Refusal = freeRoundsRefused, "NOT_SUPPORTED"
		if _, serr := s.q.AnswerFreeRounds(ctx, answer); serr != nil {
			return f, serr
		}
		return f, errFreeRoundsNotSupported(f.IntegrationID)
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
		m := errs.Metadata(err)
		answer.State, answer.Refusal = freeRoundsRefused, strings.TrimSpace(m["provider_code"]+" "+m["provider_message"])
	case err != nil:
		s.log.WarnContext(ctx, "a provider did not answer a grant of free rounds; it is asked again", "free_rounds_id", f.FreeRoundsID, "err", err)
		return f, nil
	default:
		answer.ProviderRef = r.GetProviderRef()
		answer.GameIds, answer.GameCodes = narrowed(f, r.GetGameCodes())
	}
	return s.q.AnswerFreeRounds(ctx, answer)
}
