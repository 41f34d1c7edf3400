package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPartnerClients(t *testing.T) {
	w := newWorld(t)
	want := []string{w.partner("wallet").GetClient().GetClientId(), w.partner("bets").GetClient().GetClientId(), w.partner("reports").GetClient().GetClientId()}
	var got []string
	req := &identityv1.ListPartnerClientsRequest{Page: &commonv1.PageRequest{Size: 2}}
	for {
		res, err := w.admin().ListPartnerClients(w.ctx(), req)
		require.NoError(t, err)
		for _, c := range res.GetClients() {
			got = append(got, c.GetClientId())
		}
		if req.Page.Token = res.GetPage().GetNextToken(); req.Page.Token == "" {
			break
		}
	}
	require.Equal(t, want, got)
	_, err := w.admin().ListPartnerClients(w.ctx(), &identityv1.ListPartnerClientsRequest{Page: &commonv1.PageRequest{Token: "forged"}})
	requireReason(t, "BAD_PAGE_TOKEN", err)
	_, err = w.as(testkit.Operator("support")).ListPartnerClients(w.ctx(), &identityv1.ListPartnerClientsRequest{})
	requireReason(t, "PERMISSION_DENIED", err)
}
