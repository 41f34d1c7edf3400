package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

var quoted = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// exchange asks for a conversion at the rate of 1.1.
func (f *fixture) exchange(player string, from, into *commonv1.Money) *walletv1.ConvertCurrencyRequest {
	return &walletv1.ConvertCurrencyRequest{
		RequestId: f.request(), PlayerId: player, From: from, To: into, Rate: "1.1", RateSource: "ecb", QuotedAt: timestamppb.New(quoted),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_CONVERSION, SourceId: "quote_1"},
	}
}

func TestConvertCurrency(t *testing.T) {
	f := startWallet(t)
	player := f.player("50.00")
	type request = *walletv1.ConvertCurrencyRequest
	first := run(f, moving[request, *walletv1.ConvertCurrencyResponse]{
		do: walletv1.WalletServiceClient.ConvertCurrency, peer: "cashier", amount: "from", req: f.exchange(player, eur("10.00"), usd("11.00")),
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.To = nil }},
			{"VALIDATION", func(r request) { r.Rate = "" }},
			{"VALIDATION", func(r request) { r.Rate = "-1.1" }},
			{"VALIDATION", func(r request) { r.RateSource = "" }},
			{"VALIDATION", func(r request) { r.QuotedAt = nil }},
			{"AMOUNT_NOT_POSITIVE", func(r request) { r.To = usd("0.00") }},
			{"EXCESS_PRECISION", func(r request) { r.To = usd("11.001") }},
			{"UNKNOWN_CURRENCY", func(r request) { r.To = &commonv1.Money{Amount: "1", Currency: "ZZZ"} }},
			{"CURRENCY_MISMATCH", func(r request) { r.To = eur("10.00") }},
			{"RATE_MISMATCH", func(r request) { r.To = usd("11.01") }},
			{"RATE_MISMATCH", func(r request) { r.To = usd("10.99") }},
			{"RATE_MISMATCH", func(r request) { r.Rate = "0" }},
			{"AMOUNT_OVERFLOW", func(r request) { r.From, r.Rate = eur("92233720368547758.07"), "999999999999999999" }},
			{"INSUFFICIENT_FUNDS", func(r request) { r.From, r.To = eur("50.10"), usd("55.11") }},
		},
		conflict: func(r request) { r.RateSource = "other" },
		balance:  "40.00 0.00 v2",
		entries:  []string{"FX CASH -10.00", "FX FX 10.00"},
	})
	require.Equal(t, "11.00 0.00 v1", short(first.GetTargetBalanceAfter()))
	require.Equal(t, "USD", first.GetTargetBalanceAfter().GetAvailable().GetCurrency())
	require.Equal(t, []string{"FX FX -11.00", "FX CASH 11.00"}, f.entries(first.GetTargetOperationId()))
	for id, kind := range map[string]string{first.GetOperationId(): "FX_OUT", first.GetTargetOperationId(): "FX_IN"} {
		op := f.operation(id)
		require.Equal(t, kind, op.GetKind())
		x := op.GetDetail().GetConversion()
		require.Equal(t, []string{"1.1", "ecb", "EXACT", "10.00", "EUR", "11.00", "USD"}, []string{
			x.GetRate(), x.GetRateSource(), x.GetRounding(), x.GetFrom().GetAmount(), x.GetFrom().GetCurrency(), x.GetTo().GetAmount(), x.GetTo().GetCurrency(),
		})
		require.True(t, quoted.Equal(x.GetQuotedAt().AsTime()))
	}
	out := lastEvent(f, "wallet.debited.v1", 1, first.GetOperationId(), &walletv1.FundsDebited{})
	require.Equal(t, "1.1", out.GetDetail().GetConversion().GetRate())
	lastEvent(f, "wallet.credited.v1", 2, first.GetTargetOperationId(), &walletv1.FundsCredited{})
}

// Both sides are committed or none, and the refusal tells which it was.
func TestConvertCurrency_Atomic(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: f.request(), PlayerId: player, Amount: usd("92233720368547758.07"), Psp: "stripe", Reference: depositRef("dep_1"),
	})
	require.NoError(t, err)
	for reason, tc := range map[string]struct {
		from, into *commonv1.Money
		operation  string
	}{
		"AMOUNT_OVERFLOW":    {eur("10.00"), usd("11.00"), "1"},
		"INSUFFICIENT_FUNDS": {eur("20.00"), usd("22.00"), "0"},
	} {
		req := f.exchange(player, tc.from, tc.into)
		f.refused(reason, func() error {
			_, err := f.cashier.ConvertCurrency(t.Context(), req)
			require.Equal(t, tc.operation, errs.Metadata(err)["operation"])
			return err
		})
	}
	require.Equal(t, "10.00 0.00 v1", f.balance(player))
}

func TestRoundingOf(t *testing.T) {
	for _, tc := range []struct{ from, into, currency, rate, want string }{
		{"10.00", "11.00", "USD", "1.1", "EXACT"},
		{"0.05", "0.02", "USD", "0.5", "HALF_EVEN"}, // 0.025 is even below
		{"0.07", "0.04", "USD", "0.5", "HALF_EVEN"}, // 0.035 is even above
		{"0.07", "0.03", "USD", "0.5", "DOWN"},
		{"0.07", "0.05", "USD", "0.5", "RATE_MISMATCH"},
		{"0.07", "0.02", "USD", "0.5", "RATE_MISMATCH"},
		{"1.00", "162", "JPY", "161.5", "HALF_EVEN"},
		{"1.00", "161", "JPY", "161.5", "DOWN"},
		{"1.00", "161", "JPY", "161.4", "HALF_EVEN"},
		{"1.00", "0.334", "KWD", "0.334", "EXACT"},
		{"1.00", "0.333", "KWD", "0.333333333333333333", "HALF_EVEN"},
		{"1.00", "1.00", "USD", "0", "RATE_MISMATCH"},
		{"1.00", "1.00", "USD", "0.000000000000000000", "RATE_MISMATCH"},
		{"92233720368547758.07", "1.00", "USD", "2", "AMOUNT_OVERFLOW"},
		{"92233720368547758.07", "92233720368547758.07", "USD", "1", "EXACT"},
	} {
		from, err := money.Parse(tc.from, "EUR")
		require.NoError(t, err)
		into, err := money.Parse(tc.into, tc.currency)
		require.NoError(t, err)
		got, err := roundingOf(from, into, tc.rate)
		require.Equal(t, tc.want, got+errs.ReasonOf(err), "%v", tc)
	}
	from, into := money.Amount{Minor: 7, Currency: "EUR"}, money.Amount{Minor: 5, Currency: "USD"}
	_, err := roundingOf(from, into, "0.5")
	require.Equal(t, map[string]string{"from": "0.07", "to": "0.05", "rate": "0.5", "expected": "0.04"}, errs.Metadata(err))
}
