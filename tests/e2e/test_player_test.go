package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// A test player is opened and funded by identity and the wallet together; its money is in the ledger and touches no real account.
func TestTestPlayer_Funding(t *testing.T) {
	p := shared(t)
	identity := identityv1.NewIdentityServiceClient(p.dial("identity", "operator"))
	wallet := walletv1.NewWalletServiceClient(p.dial("wallet", "operator"))
	made, err := identity.CreateTestPlayer(t.Context(), &identityv1.CreateTestPlayerRequest{RequestId: ids.New("req"), Country: "DE", Currency: "EUR"})
	require.NoError(t, err)
	_, err = identity.CreateTestPlayer(metadata.AppendToOutgoingContext(t.Context(), rpc.HeaderIdempotencyKey, ids.New("req")), &identityv1.CreateTestPlayerRequest{
		Country: "DE", Currency: "EUR",
	})
	require.NoError(t, err, "the key may come in the header")
	fund := &identityv1.FundTestPlayerRequest{
		RequestId: ids.New("req"), PlayerId: made.GetPlayerId(), Amount: &commonv1.Money{Amount: "100.00", Currency: "EUR"},
		Direction: identityv1.TestFunding_TEST_FUNDING_IN,
	}
	first, err := identity.FundTestPlayer(t.Context(), fund)
	require.NoError(t, err)
	require.Equal(t, "100.00", first.GetAvailable().GetAmount())
	again, err := identity.FundTestPlayer(t.Context(), fund)
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, first.GetOperationId(), again.GetOperationId())
	for amount, reason := range map[string]string{"0.00": "AMOUNT_INVALID", "-1.00": "AMOUNT_INVALID", "1.001": "AMOUNT_INVALID", "2.00": "IDEMPOTENCY_CONFLICT"} {
		fund.Amount.Amount = amount
		_, err = identity.FundTestPlayer(t.Context(), fund)
		require.Equal(t, reason, errs.ReasonOf(err), amount)
	}
	fund.RequestId, fund.Amount.Amount, fund.Direction = ids.New("req"), "100.01", identityv1.TestFunding_TEST_FUNDING_OUT
	_, err = identity.FundTestPlayer(t.Context(), fund)
	require.Equal(t, "INSUFFICIENT_FUNDS", errs.ReasonOf(err))

	// A partner's debit of it is a partner's debit of nobody real.
	owned := func() string {
		v, err := wallet.VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
		require.NoError(t, err)
		require.True(t, v.GetOk(), "%v", v.GetViolations())
		for _, c := range v.GetCurrencies() {
			if c.GetCurrency() == "EUR" {
				return c.GetPlayerFunds().GetAmount()
			}
		}
		return ""
	}
	before := owned()
	code, _, text := p.request("POST", p.gateway+"/wallet/debit",
		strings.NewReader(`{"requestId":"`+ids.New("req")+`","playerId":"`+made.GetPlayerId()+`","amount":{"amount":"40.00","currency":"EUR"},"roundId":"R-1"}`),
		map[string][]string{"Authorization": {"Bearer " + p.partnerToken("wallet")}, "Content-Type": {"application/json"}})
	require.Equal(t, 200, code, text)
	require.Equal(t, before, owned())
	fund.RequestId, fund.Amount.Amount = ids.New("req"), "60.00"
	last, err := identity.FundTestPlayer(t.Context(), fund)
	require.NoError(t, err)
	require.Equal(t, "0.00", last.GetAvailable().GetAmount())
}
