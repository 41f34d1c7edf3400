package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz/authztest"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/mtls"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
)

// What the service needs being away is told as UNAVAILABLE with a hint, so that callers repeat; refusals and other failures stay what they are.
func TestAway(t *testing.T) {
	t.Parallel()
	gone := errors.New("connection refused")
	b := start(t, func(o *rpc.ServerOptions) { o.Away = func(err error) bool { return errors.Is(err, gone) } },
		authztest.Method{Name: "Gone", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error { return fmt.Errorf("query: %w", gone) }},
		authztest.Method{Name: "Broken", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error { return errors.New("a defect") }},
		authztest.Method{Name: "Refused", Access: publicRule, Unary: func(context.Context, *dynamicpb.Message) error {
			return errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "no").WithCause(gone)
		}},
	)
	conn := b.as(t, mtls.ServiceID("gateway"))
	err := b.call(t.Context(), conn, "Gone", nil)
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, "UNAVAILABLE", errs.ReasonOf(err))
	require.NotContains(t, status.Convert(err).Message(), "refused", "what broke is for the log")
	require.Equal(t, codes.Internal, status.Code(b.call(t.Context(), conn, "Broken", nil)))
	require.Equal(t, "INSUFFICIENT_FUNDS", errs.ReasonOf(b.call(t.Context(), conn, "Refused", nil)))
}
