package money_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

func TestProto_RoundTrip(t *testing.T) {
	want := &commonv1.Money{Amount: "-10.50", Currency: "EUR"}
	a, err := money.FromProto(want)
	require.NoError(t, err)
	require.Equal(t, money.Amount{Minor: -1050, Currency: "EUR"}, a)
	require.True(t, proto.Equal(want, a.Proto()))
}

func TestFromProto_Refuses(t *testing.T) {
	_, err := money.FromProto(nil)
	require.ErrorIs(t, err, money.ErrSyntax)
	_, err = money.FromProto(&commonv1.Money{Amount: "1.005", Currency: "EUR"})
	require.ErrorIs(t, err, money.ErrPrecision)
	_, err = money.FromProto(&commonv1.Money{Amount: "1"})
	require.ErrorIs(t, err, money.ErrUnknownCurrency)
}
