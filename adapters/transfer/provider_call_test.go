package transfer_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/pitboss-gaming/pitboss/adapters/transfer"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// liar is a provider that answers whatever the test says.
type liar struct {
	mu     sync.Mutex
	status int
	answer string
	sign   string // with this secret; empty: not at all
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sign != "" {
		w.Header().Set("X-Signature", adapter.SignHMAC(l.sign, []byte(r.Header.Get("X-Signature")+"."+l.answer)))
	}
	w.WriteHeader(l.status)
	_, _ = w.Write([]byte(l.answer))
}

// TestAnswers: nothing but a signed answer about the transfer that was asked for says that money did or did not move.
func TestAnswers(t *testing.T) {
	t.Parallel()
	provider := &liar{}
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	x := &table{t: t, Table: adaptertest.Open(t, transfer.Service(), adaptertest.Options{
		Settings: map[string]string{"api_base_url": server.URL, "operator_id": operatorID}, Secrets: map[string]string{"signing_secret": secret},
	})}
	x.bank = adapterv1.NewTransferWalletServiceClient(x.As(testkit.Peer("gaming")))
	good := `{"transfer_id":"ptr_1","player_id":"` + x.Player + `","direction":"in","amount":"1.00","currency":"EUR","status":"APPLIED","ref":"r","at":"2026-11-26T10:00:00Z"}`
	for name, c := range map[string]struct {
		status       int
		answer, sign string
		reason       adapterv1.ErrorReason
	}{
		"good":                   {200, good, secret, adapterv1.ErrorReason_ERROR_REASON_UNSPECIFIED},
		"not signed":             {200, good, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"signed by another":      {200, good, "another secret of sixteen", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no JSON":                {200, "<html>", secret, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no status":              {200, `{"transfer_id":"ptr_1","amount":"1.00","currency":"EUR","direction":"in"}`, secret, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"unknown after an order": {200, `{"transfer_id":"ptr_1","status":"UNKNOWN"}`, secret, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"no direction":           {200, `{"transfer_id":"ptr_1","amount":"1.00","currency":"EUR","status":"APPLIED"}`, secret, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"amount too fine":        {200, `{"transfer_id":"ptr_1","amount":"1.001","currency":"EUR","status":"APPLIED","direction":"in"}`, secret, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"broken":                 {500, `{"error":"oops"}`, secret, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"busy":                   {429, "", "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE},
		"moved away":             {302, "", "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL},
		"refused":                {401, `{"error":"BAD_SIGNATURE"}`, "", adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED},
	} {
		provider.mu.Lock()
		provider.status, provider.answer, provider.sign = c.status, c.answer, c.sign
		provider.mu.Unlock()
		r, err := x.bank.TransferFunds(t.Context(), x.order("ptr_1", "1.00", in))
		if c.reason == adapterv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
			require.NoError(t, err, name)
			require.Equal(t, applied, r.GetTransfer().GetState())
			continue
		}
		require.True(t, errs.Is(err, c.reason), "%s: %v", name, err)
	}
	provider.mu.Lock()
	provider.status, provider.sign, provider.answer = 200, secret, `{"player_id":"somebody","currency":"EUR","balance":"5.00"}`
	provider.mu.Unlock()
	_, err := x.bank.GetFunds(t.Context(), &adapterv1.GetFundsRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, Currency: "EUR"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "another player's balance: %v", err)
	x.listed(provider)
}

// listed: an entry of the history that cannot be read is passed on as it is, with what can be told of it, and keeps none of the others from being read.
func (x *table) listed(provider *liar) {
	t := x.t
	fine := `{"bet_id":"b1","round_id":"r1","player_id":"p","game_code":"g","currency":"EUR","stake":"1.00","payout":"0","placed_at":"2026-11-26T10:00:00Z","settled_at":"2026-11-26T10:00:00Z","recorded_at":"2026-11-26T10:00:01Z"}`
	list := func(entries ...string) *adapterv1.ListPlayResponse {
		provider.mu.Lock()
		provider.answer = `{"bets":[` + strings.Join(entries, ",") + `],"next_cursor":"7"}`
		provider.mu.Unlock()
		r, err := x.bank.ListPlay(t.Context(), &adapterv1.ListPlayRequest{IntegrationId: adaptertest.Licence})
		require.NoError(t, err)
		require.Equal(t, "7", r.GetNextCursor())
		return r
	}
	r := list(fine, strings.Replace(fine, `"r1"`, `""`, 1), strings.Replace(fine, `"1.00"`, `1.00`, 1), strings.Replace(fine, `"b1"`, `"b\u0000"`, 1), "null", `"x\u0000y"`,
		`["`+strings.Repeat("\u00e9", 3000)+`"]`, fine)
	require.Len(t, r.GetPlay(), 2)
	require.Len(t, r.GetUnreadable(), 6)
	first := r.GetUnreadable()[0]
	require.Equal(t, []string{"b1", strings.Replace(fine, `"r1"`, `""`, 1), "a bet has an id that is none"}, []string{first.GetBetRef(), first.GetRaw(), first.GetProblem()})
	require.Equal(t, "2026-11-26T10:00:01Z", first.GetRecordedAt().AsTime().Format(time.RFC3339))
	require.Equal(t, "b1", r.GetUnreadable()[1].GetBetRef(), "a number instead of a string")
	for i, u := range r.GetUnreadable()[2:] {
		require.Empty(t, u.GetBetRef(), i)
		require.NotEmpty(t, u.GetProblem(), i)
		require.LessOrEqual(t, len(u.GetRaw()), 4096, i)
	}
	require.Len(t, r.GetUnreadable()[5].GetRaw(), 4096)
}

// TestGamesThatAreNone: a list that is missing, or a game without a code, would withdraw games.
func TestGamesThatAreNone(t *testing.T) {
	t.Parallel()
	provider := &liar{status: http.StatusOK, sign: secret}
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	x := adaptertest.Open(t, transfer.Service(), adaptertest.Options{
		Settings: map[string]string{"api_base_url": server.URL, "operator_id": operatorID}, Secrets: map[string]string{"signing_secret": secret},
	})
	catalog := adapterv1.NewGameProviderServiceClient(x.As(testkit.Peer("catalog")))
	ask := func(answer string) (*adapterv1.ListGamesResponse, error) {
		provider.mu.Lock()
		provider.answer = answer
		provider.mu.Unlock()
		return catalog.ListGames(t.Context(), &adapterv1.ListGamesRequest{IntegrationId: adaptertest.Licence})
	}
	for _, none := range []string{`null`, `{}`, `{"games":null}`, `{"games":[null]}`} {
		_, err := ask(none)
		require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_PROTOCOL), "%s: %v", none, err)
	}
	list, err := ask(`{"games":[{"code":"slot","name":"Slot"}]}`)
	require.NoError(t, err)
	require.Len(t, list.GetGames(), 1)
}

// TestNotInTheProtocol: what there is none of says so, callbacks included.
func TestNotInTheProtocol(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	_, err := x.Provider.GetRoundUrl(t.Context(), &adapterv1.GetRoundUrlRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "r"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.GetRoundStatus(t.Context(), &adapterv1.GetRoundStatusRequest{IntegrationId: adaptertest.Licence, PlayerId: x.Player, RoundRef: "r"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.ListRounds(t.Context(), &adapterv1.ListRoundsRequest{IntegrationId: adaptertest.Licence, From: timestamppb.Now(), Until: timestamppb.Now()})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.GrantFreeRounds(t.Context(), &adapterv1.GrantFreeRoundsRequest{
		IntegrationId: adaptertest.Licence, GrantId: "frg_1", PlayerId: x.Player, GameCodes: []string{"g"}, Rounds: 1, BetValue: eur("0.10"),
		StartsAt: timestamppb.Now(), ExpiresAt: timestamppb.New(time.Now().Add(time.Hour)), Country: "DE",
	})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	_, err = x.Provider.CancelFreeRounds(t.Context(), &adapterv1.CancelFreeRoundsRequest{IntegrationId: adaptertest.Licence, GrantId: "frg_1", ProviderRef: "r"})
	require.True(t, errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED), "%v", err)
	code, _ := x.Send(&adapterv1.HandleCallbackRequest{Path: "/anything", Body: []byte("{}")})
	require.Equal(t, http.StatusNotFound, code)
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).HandleCallback(t.Context(), &adapterv1.HandleCallbackRequest{IntegrationId: "x"})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
