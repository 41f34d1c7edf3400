package pg

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes, PostgreSQL documentation appendix A.
const (
	codeUniqueViolation      = "23505"
	codeSerializationFailure = "40001"
	codeDeadlockDetected     = "40P01"
)

// IsUnique tells whether err is a violation of exactly this unique constraint or index.
func IsUnique(err error, constraint string) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == codeUniqueViolation && pe.ConstraintName == constraint
}

// IsUnavailable tells whether err says that the database could not be reached or is not accepting work, rather than that it refused
// the work: the connection failed or broke, the server is starting, stopping, or out of resources. Any broken network connection looks like
// this, not only one to a database.
func IsUnavailable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var pe *pgconn.PgError
	var ce *pgconn.ConnectError
	told := errors.As(err, &pe)
	switch connecting := errors.As(err, &ce); {
	case connecting && told:
		// Whatever keeps the server from accepting connections passes, except 28 (who are you) and 3D (no such database).
		return !strings.HasPrefix(pe.Code, "28") && !strings.HasPrefix(pe.Code, "3D")
	case connecting:
		return true
	case told:
		// 08 connection exceptions, 53 insufficient resources, 57P admin shutdown, crash shutdown, cannot connect now.
		return strings.HasPrefix(pe.Code, "08") || strings.HasPrefix(pe.Code, "53") ||
			slices.Contains([]string{"57P01", "57P02", "57P03"}, pe.Code)
	}
	var ne net.Error // which the end of a context's time is too, but that tells nothing about the server
	return errors.As(err, &ne) && !errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err) || isBroken(err)
}

// redact drops the parse error's copy of the URL, which may hold a password.
func redact(err error) error {
	var pe *pgconn.ParseConfigError
	if errors.As(err, &pe) {
		return errors.New("cannot parse the connection string")
	}
	return err
}

// isBroken recognises a connection that died under a statement: the peer closed it, or pgx did.
func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || strings.HasSuffix(err.Error(), "conn closed")
}
