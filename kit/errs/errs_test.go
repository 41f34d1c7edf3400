package errs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const insufficient = walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS

func TestRefusalReadsTheSameOnBothSides(t *testing.T) {
	e := errs.New(insufficient, "not enough cash", "available", 12, "currency", "EUR").WithRetry(2 * time.Second).WithCause(errors.New("pq: row 7"))
	wrapped := fmt.Errorf("place hold: %w", e)
	wire := errs.ToStatus(wrapped).Err()
	for side, err := range map[string]error{"server": wrapped, "client": wire, "client, wrapped": fmt.Errorf("call: %w", wire)} {
		require.Equal(t, "INSUFFICIENT_FUNDS", errs.ReasonOf(err), side)
		require.True(t, errs.Is(err, insufficient), side)
		require.False(t, errs.Is(err, commonv1.ErrorReason_ERROR_REASON_INTERNAL), side)
		require.Equal(t, map[string]string{"available": "12", "currency": "EUR"}, errs.Metadata(err), side)
		after, ok := errs.RetryAfter(err)
		require.True(t, ok, side)
		require.Equal(t, 2*time.Second, after, side)
	}
	require.Equal(t, codes.FailedPrecondition, status.Code(wire))
	require.NotContains(t, wire.Error(), "pq:")
	require.ErrorContains(t, wrapped, "pq: row 7", "the log has the cause")
	require.Equal(t, "wallet.pitboss", status.Convert(wire).Details()[0].(*errdetails.ErrorInfo).GetDomain())
}

func TestSameNumberOrNameOfAnotherServiceIsAnotherReason(t *testing.T) {
	wire := errs.ToStatus(errs.New(commonv1.ErrorReason_ERROR_REASON_OVERLOADED, "full")).Err()
	require.True(t, errs.Is(wire, commonv1.ErrorReason_ERROR_REASON_OVERLOADED))
	require.Equal(t, "pitboss", status.Convert(wire).Details()[0].(*errdetails.ErrorInfo).GetDomain())
	for i := range walletv1.ErrorReason(0).Descriptor().Values().Len() {
		r := walletv1.ErrorReason(walletv1.ErrorReason(0).Descriptor().Values().Get(i).Number())
		require.False(t, errs.Is(wire, r), r.String())
		require.False(t, errs.Is(errs.New(commonv1.ErrorReason_ERROR_REASON_OVERLOADED, "full"), r), r.String())
	}
}

func TestOtherErrorsHaveNoReason(t *testing.T) {
	for _, err := range []error{nil, errors.New("x"), status.Error(codes.NotFound, "x")} {
		require.Empty(t, errs.ReasonOf(err))
		require.False(t, errs.Is(err, insufficient))
		require.Empty(t, errs.Metadata(err))
		_, ok := errs.RetryAfter(err)
		require.False(t, ok)
	}
}

func TestEveryReasonOfThePlatformHasACode(t *testing.T) {
	values := commonv1.ErrorReason(0).Descriptor().Values()
	for i := 1; i < values.Len(); i++ {
		r := commonv1.ErrorReason(values.Get(i).Number())
		require.NotEqual(t, codes.OK, errs.New(r, "x").Code(), r.String())
	}
	require.Panics(t, func() { _ = errs.New(commonv1.ErrorReason_ERROR_REASON_UNSPECIFIED, "x") })
	//lint:ignore SA5012 a key without a value is what is tested
	require.Panics(t, func() { _ = errs.New(insufficient, "x", "key") })
	require.Panics(t, func() { _ = errs.New(insufficient, "x", 1, 2) })
}

func TestToStatusNeverPassesDownstreamErrorsThrough(t *testing.T) {
	downstream := errs.ToStatus(errs.New(insufficient, "secret balance 12")).Err()
	for name, c := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"nil":                        {nil, codes.OK, ""},
		"plain":                      {errors.New("pq: relation foo"), codes.Internal, "INTERNAL"},
		"downstream refusal":         {fmt.Errorf("wallet: %w", downstream), codes.Internal, "INTERNAL"},
		"downstream denied":          {status.Error(codes.PermissionDenied, "x"), codes.Internal, "INTERNAL"},
		"downstream unauthenticated": {status.Error(codes.Unauthenticated, "x"), codes.Internal, "INTERNAL"},
		"downstream unimplemented":   {status.Error(codes.Unimplemented, "x"), codes.Internal, "INTERNAL"},
		"downstream unavailable":     {fmt.Errorf("x: %w", status.Error(codes.Unavailable, "dial tcp 10.0.0.7")), codes.Unavailable, "UNAVAILABLE"},
		"downstream overloaded":      {status.Error(codes.ResourceExhausted, "x"), codes.Unavailable, "UNAVAILABLE"},
		"downstream deadline":        {status.Error(codes.DeadlineExceeded, "x"), codes.DeadlineExceeded, "DEADLINE"},
		"deadline":                   {fmt.Errorf("x: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "DEADLINE"},
		"canceled":                   {fmt.Errorf("x: %w", context.Canceled), codes.Canceled, "CANCELED"},
		"a refusal caused by one":    {errs.New(insufficient, "no").WithCause(downstream), codes.FailedPrecondition, "INSUFFICIENT_FUNDS"},
	} {
		t.Run(name, func(t *testing.T) {
			st := errs.ToStatus(c.err)
			require.Equal(t, c.code, st.Code())
			require.Equal(t, c.reason, errs.ReasonOf(st.Err()))
			for _, leak := range []string{"pq:", "secret", "10.0.0.7"} {
				require.NotContains(t, st.Message(), leak)
			}
			require.Equal(t, c.code == codes.Internal, errs.Reference(st) != "")
			_, retry := errs.RetryAfter(st.Err())
			require.Equal(t, c.code == codes.Unavailable, retry)
		})
	}
	require.NotEqual(t, errs.Reference(errs.ToStatus(errors.New("a"))), errs.Reference(errs.ToStatus(errors.New("a"))))
}

func TestToStatusNamesBrokenFields(t *testing.T) {
	err := protovalidate.Validate(&commonv1.Money{Amount: "ten", Currency: "EUR"})
	require.Error(t, err)
	st := errs.ToStatus(fmt.Errorf("request: %w", err))
	require.Equal(t, codes.InvalidArgument, st.Code())
	require.Equal(t, "VALIDATION", errs.ReasonOf(st.Err()))
	require.True(t, errs.Is(st.Err(), commonv1.ErrorReason_ERROR_REASON_VALIDATION))
	bad := st.Details()[1].(*errdetails.BadRequest)
	require.Len(t, bad.GetFieldViolations(), 1)
	require.Equal(t, "amount", bad.GetFieldViolations()[0].GetField())
	require.Equal(t, "string.pattern", bad.GetFieldViolations()[0].GetReason())
}
