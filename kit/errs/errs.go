// Package errs is how services say no. A refusal is a value of the service's generated ErrorReason enum with a message and
// metadata; its gRPC code is an option on the enum value, so that the contract and the code cannot disagree. Handlers return plain
// errors and one interceptor turns them into statuses with ToStatus. The same functions read a refusal on both sides of a call.
package errs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

const reasonPrefix = "ERROR_REASON_"

// Reason is a value of a generated ErrorReason enum, for example walletv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS.
type Reason interface{ protoreflect.Enum }

// Error is a refusal that a client may read: reason, message and metadata are sent, the cause is only logged.
type Error struct {
	reason   Reason
	msg      string
	metadata map[string]string
	retry    time.Duration
	details  []proto.Message
	cause    error
}

// New makes a refusal. The message is English for developers and must hold nothing that the client may not see. kv are pairs of
// a string key and any value, which become ErrorInfo.metadata. A reason without a code, or an odd kv, is a programming error and
// panics.
func New(reason Reason, msg string, kv ...any) *Error {
	if len(kv)%2 != 0 {
		panic("errs: metadata comes in pairs of key and value")
	}
	if _, ok := codeOf(reason); !ok {
		panic(fmt.Sprintf("errs: reason %s has no (pitboss.options.v1.code)", nameOf(reason)))
	}
	e := &Error{reason: reason, msg: msg}
	if len(kv) > 0 {
		e.metadata = make(map[string]string, len(kv)/2)
		for i := 0; i < len(kv); i += 2 {
			key, ok := kv[i].(string)
			if !ok {
				panic("errs: a metadata key is a string")
			}
			e.metadata[key] = fmt.Sprint(kv[i+1])
		}
	}
	return e
}

// WithRetry says that the same call may succeed after d; it is sent as RetryInfo. The receiver is unchanged.
func (e *Error) WithRetry(d time.Duration) *Error {
	c := *e
	c.retry = d
	return &c
}

// With adds one pair to the metadata. The receiver is unchanged.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.metadata = maps.Clone(e.metadata)
	if c.metadata == nil {
		c.metadata = map[string]string{}
	}
	c.metadata[key] = fmt.Sprint(value)
	return &c
}

// WithDetail sends a message with the refusal, for example the first answer to a request that is refused because it was done. The receiver is unchanged.
func (e *Error) WithDetail(m proto.Message) *Error {
	c := *e
	c.details = append(slices.Clone(e.details), m)
	return &c
}

// WithCause keeps what went wrong inside; it is logged and never sent. The receiver is unchanged.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// Error describes the refusal with its cause, for logs only.
func (e *Error) Error() string {
	s := nameOf(e.reason) + ": " + e.msg
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Code is the gRPC code that the reason's enum value declares.
func (e *Error) Code() codes.Code {
	c, _ := codeOf(e.reason)
	return c
}

// status builds what a client sees.
func (e *Error) status() *status.Status {
	more := make([]protoadapt.MessageV1, len(e.details))
	for i, d := range e.details {
		more[i] = protoadapt.MessageV1Of(d)
	}
	return withDetails(e.Code(), e.msg, info(e.reason, e.metadata), e.retry, more...)
}

// ReasonOf returns the reason of a refusal without its prefix, for example "INSUFFICIENT_FUNDS", for an *Error and for a status
// error that came over the wire. It returns "" for every other error and for nil.
func ReasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return nameOf(e.reason)
	}
	return infoOf(err).GetReason()
}

// Is reports whether err is a refusal with this reason of this service, on either side of a call.
func Is(err error, reason Reason) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.reason.Descriptor().FullName() == reason.Descriptor().FullName() && e.reason.Number() == reason.Number()
	}
	i := infoOf(err)
	return i != nil && i.GetReason() == nameOf(reason) && i.GetDomain() == domainOf(reason)
}

// Metadata returns the metadata of a refusal on either side of a call; nil when there is none.
func Metadata(err error) map[string]string {
	if e, ok := errors.AsType[*Error](err); ok {
		return maps.Clone(e.metadata)
	}
	return infoOf(err).GetMetadata()
}

// RetryAfter returns the retry hint of a refusal on either side of a call, and whether there is one.
func RetryAfter(err error) (time.Duration, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.retry, e.retry > 0
	}
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return 0, false
	}
	for _, d := range st.Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			return r.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}

// infoOf finds the ErrorInfo of a status error; nil when there is none.
func infoOf(err error) *errdetails.ErrorInfo {
	if err == nil {
		return nil
	}
	st, ok := status.FromError(err)
	if !ok {
		return nil
	}
	for _, d := range st.Details() {
		if i, ok := d.(*errdetails.ErrorInfo); ok {
			return i
		}
	}
	return nil
}

func info(reason Reason, metadata map[string]string) *errdetails.ErrorInfo {
	return &errdetails.ErrorInfo{Reason: nameOf(reason), Domain: domainOf(reason), Metadata: metadata}
}

// nameOf is the enum value's name without its prefix; a number that the enum does not have is named by the number.
func nameOf(reason Reason) string {
	v := reason.Descriptor().Values().ByNumber(reason.Number())
	if v == nil {
		return fmt.Sprintf("%d", reason.Number())
	}
	return strings.TrimPrefix(string(v.Name()), reasonPrefix)
}

// domainOf turns the enum's package pitboss.<service>.v1 into "<service>.pitboss"; the common reasons belong to "pitboss".
func domainOf(reason Reason) string { return domainOfFile(reason.Descriptor().ParentFile()) }

func domainOfFile(f protoreflect.FileDescriptor) string {
	parts := strings.Split(string(f.Package()), ".")
	if len(parts) < 2 || parts[1] == "common" {
		return "pitboss"
	}
	return parts[1] + "." + parts[0]
}

// codeOf reads the gRPC code from the option on the enum value.
func codeOf(reason Reason) (codes.Code, bool) {
	v := reason.Descriptor().Values().ByNumber(reason.Number())
	if v == nil || !proto.HasExtension(v.Options(), optionsv1.E_Code) {
		return codes.Internal, false
	}
	return codes.Code(proto.GetExtension(v.Options(), optionsv1.E_Code).(code.Code)), true
}
