package errs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

// downstreamRetry is the hint when a service that a call needs does not answer.
const downstreamRetry = time.Second

// ToStatus turns what a handler returned into what the client sees. A refusal keeps its reason; a broken field rule becomes
// InvalidArgument with BadRequest; a context error becomes its code; a status error of a downstream call is never passed on,
// because its reason would be taken for ours: it is Unavailable when the other service is, and Internal otherwise. Everything else
// is Internal with a random reference in the metadata (Reference), which the caller of ToStatus logs next to err. nil is OK.
func ToStatus(err error) *status.Status {
	if err == nil {
		return status.New(codes.OK, "")
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.status()
	}
	if v, ok := errors.AsType[*protovalidate.ValidationError](err); ok {
		return validation(v)
	}
	code := codes.Unknown
	switch {
	case errors.Is(err, context.Canceled):
		code = codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		code = codes.DeadlineExceeded
	default:
		if st, ok := status.FromError(err); ok {
			code = st.Code()
		}
	}
	switch code {
	case codes.Canceled:
		return New(commonv1.ErrorReason_ERROR_REASON_CANCELED, "the caller gave up").status()
	case codes.DeadlineExceeded:
		return New(commonv1.ErrorReason_ERROR_REASON_DEADLINE, "the time for the call ran out").status()
	case codes.Unavailable, codes.ResourceExhausted:
		return New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "a part of the platform does not answer now").
			WithRetry(downstreamRetry).status()
	}
	return New(commonv1.ErrorReason_ERROR_REASON_INTERNAL, "internal error", "reference", newReference()).status()
}

// Reference returns the reference that ToStatus put into an Internal status; "" when there is none.
func Reference(st *status.Status) string {
	if st.Code() != codes.Internal {
		return ""
	}
	return infoOf(st.Err()).GetMetadata()["reference"]
}

// validation names each field that breaks a rule: path, rule and the rule's text. Values are not repeated.
func validation(v *protovalidate.ValidationError) *status.Status {
	bad := &errdetails.BadRequest{}
	for _, x := range v.Violations {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field:       protovalidate.FieldPathString(x.Proto.GetField()),
			Description: x.Proto.GetMessage(),
			Reason:      x.Proto.GetRuleId(),
		})
	}
	reason := commonv1.ErrorReason_ERROR_REASON_VALIDATION
	return withDetails(codes.InvalidArgument, "the request breaks a field's rule", info(reason, nil), 0, bad)
}

// withDetails assembles a status; details that cannot be encoded are a programming error that costs only the details.
func withDetails(code codes.Code, msg string, i *errdetails.ErrorInfo, retry time.Duration, more ...protoadapt.MessageV1) *status.Status {
	details := append([]protoadapt.MessageV1{i}, more...)
	if retry > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
	}
	st := status.New(code, msg)
	if with, err := st.WithDetails(details...); err == nil {
		return with
	}
	return st
}

// newReference is 80 random bits, enough to find one line in years of logs and impossible to guess.
func newReference() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails: it crashes the program instead.
	return hex.EncodeToString(b[:])
}
