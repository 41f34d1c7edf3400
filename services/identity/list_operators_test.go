package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListOperators(t *testing.T) {
	w := newWorld(t)
	a, _, _ := w.invited()
	b, _, _ := w.invited()
	res, err := w.as(testkit.Operator("compliance")).ListOperators(w.ctx(), &identityv1.ListOperatorsRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	require.Equal(t, a, res.GetOperators()[0].GetOperatorId())
	res, err = w.admin().ListOperators(w.ctx(), &identityv1.ListOperatorsRequest{Page: &commonv1.PageRequest{Token: res.GetPage().GetNextToken()}})
	require.NoError(t, err)
	require.Len(t, res.GetOperators(), 1)
	require.Equal(t, b, res.GetOperators()[0].GetOperatorId())
	require.Empty(t, res.GetPage().GetNextToken())
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Player("ply_x")} {
		_, err = w.as(who).ListOperators(w.ctx(), &identityv1.ListOperatorsRequest{})
		requireReason(t, "PERMISSION_DENIED", err)
	}
	_, err = w.admin().ListOperators(w.ctx(), &identityv1.ListOperatorsRequest{Page: &commonv1.PageRequest{Size: 201}})
	requireReason(t, "VALIDATION", err)
}
