package gaming

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestNextRoundState(t *testing.T) {
	for name, c := range map[string]struct {
		current int16
		closing bool
		bets    tally
		want    int16
	}{
		"a bet is open":                   {roundOpen, true, tally{unresolved: 1, settled: 3}, roundOpen},
		"an operator decides":             {roundManual, true, tally{unresolved: 1}, roundManual},
		"a result came after all":         {roundManual, true, tally{settled: 1}, roundSettled},
		"a bet in a voided round":         {roundVoided, false, tally{unresolved: 1, voided: 1}, roundOpen},
		"settled, not closed":             {roundOpen, false, tally{settled: 1}, roundOpen},
		"settled and closed":              {roundOpen, true, tally{settled: 1, voided: 1}, roundSettled},
		"late win keeps it settled":       {roundSettled, true, tally{settled: 1}, roundSettled},
		"all taken back":                  {roundOpen, false, tally{voided: 2}, roundVoided},
		"settled bet taken back later":    {roundSettled, true, tally{voided: 1}, roundVoided},
		"only refused bets":               {roundOpen, false, tally{}, roundOpen},
		"only refused bets, closed":       {roundOpen, true, tally{}, roundVoided},
		"voided, a new bet came, settled": {roundVoided, false, tally{voided: 1, settled: 1}, roundOpen},
	} {
		require.Equal(t, c.want, nextRoundState(c.current, c.closing, c.bets), name)
	}
}

func TestKeys(t *testing.T) {
	require.NotEqual(t, fingerprint("a", "bc"), fingerprint("ab", "c"))
	require.NotEqual(t, requestID("bet", "i", "x"), requestID("win", "i", "x"))
	require.Equal(t, "bet:96d3e5210db20d7f6569bf536335b595", requestID("bet", "i", "x")[:36], "the keys of past transactions must never change")
	require.Equal(t, "tx", walletTxRef("tx"))
	require.LessOrEqual(t, len(walletTxRef(strings.Repeat("x", 255))), 128)
	integration, code, ok := splitGameKey(gameKey("i", "c"))
	require.Equal(t, []any{"i", "c", true}, []any{integration, code, ok})
}

// TestWalletErrors: the wallet's refusals in gaming's words.
func TestWalletErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		reason gamingv1.ErrorReason
	}{
		"funds":       {errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "x"), gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS},
		"overflow":    {errs.New(walletv1.ErrorReason_ERROR_REASON_AMOUNT_OVERFLOW, "x"), gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"a limit":     {errs.New(walletv1.ErrorReason_ERROR_REASON_LIMIT_REACHED, "x"), gamingv1.ErrorReason_ERROR_REASON_LIMIT_REACHED},
		"a rule":      {errs.New(walletv1.ErrorReason_ERROR_REASON_RESTRICTED, "x"), gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED},
		"hold closed": {errs.New(walletv1.ErrorReason_ERROR_REASON_HOLD_CLOSED, "x"), gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE},
		"overloaded":  {errs.New(walletv1.ErrorReason_ERROR_REASON_OVERLOADED, "x"), gamingv1.ErrorReason_ERROR_REASON_OVERLOADED},
		"gone":        {status.Error(codes.Unavailable, "x"), gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE},
		"too late":    {status.Error(codes.DeadlineExceeded, "x"), gamingv1.ErrorReason_ERROR_REASON_WALLET_UNAVAILABLE},
	} {
		err := c.err
		if e, ok := errors.AsType[*errs.Error](err); ok {
			err = errs.ToStatus(e).Err() // as it comes over the wire
		}
		err = walletError(err)
		require.True(t, errs.Is(err, c.reason), "%s: %v", name, err)
	}
}
