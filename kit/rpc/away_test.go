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

// What the service needs being away is told as UNAVAILABLE with a hint, so that callers repeat; refusals and other failures stay what they are. A part of an answer
// says the same as the call would.
func TestAway(t *testing.T) {
	t.Parallel()
	gone := errors.New("connection refused")
	parts := make(chan *status.Status, 3)
	fails := func(name string, err error) authztest.Method {
		return authztest.Method{Name: name, Access: publicRule, Unary: func(ctx context.Context, _ *dynamicpb.Message) error {
			parts <- rpc.PartStatus(ctx, err)
			return err
		}}
	}
	b := start(t, func(o *rpc.ServerOptions) { o.Away = func(err error) bool { return errors.Is(err, gone) } },
		fails("Gone", fmt.Errorf("query: %w", gone)), fails("Broken", errors.New("a defect")),
		fails("Refused", errs.New(walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "no").WithCause(gone)),
	)
	conn := b.as(t, mtls.ServiceID("gateway"))
	for _, c := range []struct {
		method string
		code   codes.Code
		reason string
	}{
		{"Gone", codes.Unavailable, "UNAVAILABLE"}, {"Broken", codes.Internal, "INTERNAL"}, {"Refused", codes.FailedPrecondition, "INSUFFICIENT_FUNDS"},
	} {
		err := b.call(t.Context(), conn, c.method, nil)
		for _, st := range []*status.Status{status.Convert(err), <-parts} {
			require.Equal(t, []any{c.code, c.reason}, []any{st.Code(), errs.ReasonOf(st.Err())})
			require.NotContains(t, st.Message(), "refused", "what broke is for the log")
		}
	}
	require.Equal(t, "INTERNAL", errs.ReasonOf(rpc.PartStatus(t.Context(), gone).Err()), "outside a call")
}
