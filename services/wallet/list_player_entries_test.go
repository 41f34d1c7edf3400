package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPlayerEntries(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("7.00")
	req := &walletv1.ListPlayerEntriesRequest{PlayerId: player, Page: &commonv1.PageRequest{Size: 1}}
	f.bet(player, "1.00")
	support := f.as(testkit.Operator("support"))
	r, err := support.ListPlayerEntries(t.Context(), req)
	require.NoError(t, err)
	require.Len(t, r.GetEntries(), 1)
	require.NotEmpty(t, r.GetPage().GetNextToken())

	// A token leads on in its own list and in no other: not with another filter, not for another player.
	next := func(player string, filter *walletv1.EntryFilter, token string) error {
		_, err := support.ListPlayerEntries(t.Context(), &walletv1.ListPlayerEntriesRequest{
			PlayerId: player, Filter: filter, Page: &commonv1.PageRequest{Size: 1, Token: token},
		})
		return err
	}
	token := r.GetPage().GetNextToken()
	require.NoError(t, next(player, nil, token))
	for _, err := range []error{
		next(other, nil, token), next(player, &walletv1.EntryFilter{Currency: "EUR"}, token), next(player, nil, token[1:]), next(player, nil, "x"),
	} {
		require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err))
	}
	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("gaming"), testkit.Operator("player")} {
		_, err := f.as(c).ListPlayerEntries(t.Context(), req)
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}
