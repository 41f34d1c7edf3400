package bus

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Consumer handles the events of one Subscription (the same name). Handle runs in a transaction of the service's own database, together with the row
// that records the event as handled: returning nil commits both, so an event has its effect once, however often it is
// delivered. Events of one subject can arrive out of order; a handler that minds compares Version. An error rolls back and the event
// comes again later, with growing pauses; after MaxDeliver deliveries, or at once for Permanent errors, it becomes a dead letter.
// Handle must not have effects outside tx that cannot be repeated, and must end when ctx does. From its first write to its end it holds back the
// events of all services (see RunRelay), so whatever takes time comes before the first write, or better from a table afterwards; a
// transaction that does nothing for ten seconds is ended by the server.
type Consumer struct {
	Name     string
	Subjects []string
	Handle   func(ctx context.Context, tx pgx.Tx, m Message) error
}

// Permanent marks an error that no repetition can heal; the event becomes a dead letter at once. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// IsPermanent tells whether err was marked by Permanent.
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}

type permanentError struct{ err error }

func (e permanentError) Error() string { return e.err.Error() }
func (e permanentError) Unwrap() error { return e.err }
