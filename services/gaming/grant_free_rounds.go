package gaming

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
// idempotency key, so that a lost answer is asked for again and never doubles the grant. A repetition is answered whatever has changed since. Errors: see the proto.
func (s *Server) GrantFreeRounds(ctx context.Context, req *gamingv1.GrantFreeRoundsRequest) (*gamingv1.GrantFreeRoundsResponse, error) {
	row, err := readFreeRounds(ctx, req, s.now())
	if err != nil {
		return nil, err
	}
	first := db.FreeRoundsByRequestParams{GrantedBy: row.GrantedBy, RequestID: row.RequestID}
	f, err := s.q.FreeRoundsByRequest(ctx, first)
	if errors.Is(err, pgx.ErrNoRows) {
		if row, err = s.planFreeRounds(ctx, row); err != nil {
			return nil, err
		}
		if err = s.q.InsertFreeRounds(ctx, row); err != nil {
			return nil, err
		}
		f, err = s.q.FreeRoundsByRequest(ctx, first)
	}
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(f.Fingerprint, row.Fingerprint):
		return nil, errDuplicateMismatch(req.GetRequestId())
	case f.State == freeRoundsPending:
		if f, err = s.askForFreeRounds(ctx, f); err != nil {
			return nil, err
		}
	}
	if what, ok := strings.CutPrefix(f.Refusal, notSupported); ok && f.State == freeRoundsRefused {
		return nil, errFreeRoundsNotSupported(f.IntegrationID, strings.TrimSpace(what))
	}
	return &gamingv1.GrantFreeRoundsResponse{FreeRounds: freeRoundsProto(f)}, nil
}

// readFreeRounds reads a grant as far as the request itself tells it. Errors: INVALID_AMOUNT, UNKNOWN_CURRENCY.
func readFreeRounds(ctx context.Context, req *gamingv1.GrantFreeRoundsRequest, now time.Time) (db.InsertFreeRoundsParams, error) {
	row := db.InsertFreeRoundsParams{
		FreeRoundsID: ids.New("frg"), GrantedBy: authn.From(ctx).ID, RequestID: req.GetRequestId(), PlayerID: req.GetPlayerId(), Rounds: req.GetRounds(),
		GameIds: req.GetGameIds(), StartsAt: now, ExpiresAt: req.GetExpiresAt().AsTime(), Now: now,
	}
	start := ""
	if req.GetStartsAt() != nil {
		row.StartsAt = req.GetStartsAt().AsTime()
		start = row.StartsAt.Format(time.RFC3339Nano)
	}
	value, err := readAmount(req.GetBetValue())
	switch {
	case err != nil:
		return row, err
	case value.Sign() == 0:
		return row, errInvalidAmount(value.String(), value.Currency)
	}
	row.BetValueMinor, row.Currency = value.Minor, value.Currency
	row.Fingerprint = fingerprint(row.PlayerID, strings.Join(row.GameIds, ","), strconv.Itoa(int(row.Rounds)), value.String(), value.Currency, start,
		row.ExpiresAt.Format(time.RFC3339Nano))
	return row, nil
}

// planFreeRounds checks a new grant: a time to come, a player who may play, the player's currency, games of one integration that may be played.
func (s *Server) planFreeRounds(ctx context.Context, row db.InsertFreeRoundsParams) (db.InsertFreeRoundsParams, error) {
	if !row.ExpiresAt.After(row.StartsAt) || !row.ExpiresAt.After(row.Now) {
		return row, errFreeRoundsClosed("", "EXPIRED")
	}
	player, err := s.mayPlay(ctx, row.PlayerID)
	if err != nil {
		return row, err
	}
	if err := playsIn(player, row.Currency); err != nil {
		return row, err
	}
	row.Country = orElse(player.GetCountry(), "XX")
	for _, id := range row.GameIds {
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

// askForFreeRounds asks the provider for a pending grant. No answer leaves it pending; a refusal ends it. What was taken back before is not asked for, and what is taken back while the
// provider gives it is taken back there too. Errors: INTEGRATION_NOT_FOUND, PROVIDER_UNAVAILABLE when nobody can be asked.
func (s *Server) askForFreeRounds(ctx context.Context, f db.FreeRound) (db.FreeRound, error) {
	provider, err := s.providerOf(ctx, f.IntegrationID)
	if err != nil {
		return f, err
	}
	asked, err := s.q.AskForFreeRounds(ctx, db.AskForFreeRoundsParams{FreeRoundsID: f.FreeRoundsID, Now: s.now()})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return s.q.GetFreeRounds(ctx, f.FreeRoundsID)
	case err != nil:
		return f, err
	}
	f = asked
	asking, cancel := context.WithTimeout(ctx, s.freeRoundsPatience())
	defer cancel()
	r, err := provider.GrantFreeRounds(asking, &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: f.IntegrationID, GrantId: f.FreeRoundsID, PlayerId: f.PlayerID, GameCodes: f.GameCodes, Rounds: f.Rounds, Country: f.Country,
		BetValue: money.Amount{Minor: f.BetValueMinor, Currency: f.Currency}.Proto(), StartsAt: timestamppb.New(f.StartsAt), ExpiresAt: timestamppb.New(f.ExpiresAt),
	})
	answer := db.AnswerFreeRoundsParams{FreeRoundsID: f.FreeRoundsID, State: freeRoundsActive, Now: s.now()}
	switch {
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), status.Code(err) == codes.Unimplemented:
		answer.State, answer.Refusal = freeRoundsRefused, strings.TrimSpace(notSupported+" "+errs.Metadata(err)["what"])
	case errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED):
		answer.State, answer.Refusal = freeRoundsRefused, refusalWords(err)
	case err != nil:
		s.log.WarnContext(ctx, "a provider did not answer a grant of free rounds; it is asked again", "free_rounds_id", f.FreeRoundsID, "err", err)
		return f, nil
	default:
		answer.ProviderRef = r.GetProviderRef()
		answer.GameIds, answer.GameCodes = narrowed(f, r.GetGameCodes())
	}
	if f, err = s.q.AnswerFreeRounds(ctx, answer); err == nil && f.State == freeRoundsCancelling && f.ProviderRef != "" {
		return s.takeBack(ctx, f)
	}
	return f, err
}
