package nats

import (
	"fmt"
	"log/slog"
	"strings"
)

// logger passes the server's log on. A fatal message does not end the process, it fails the start.
type logger struct {
	log   *slog.Logger
	fatal chan string // the first fatal message
}

// Noticef is debug here: the server's notices are about its own parts, Start reports what matters.
func (l *logger) Noticef(format string, v ...any) {
	l.log.Debug("NATS", "message", fmt.Sprintf(format, v...))
}

// Warnf passes a warning on, except the one about passwords, of which the mode without TLS has one: an empty one.
func (l *logger) Warnf(format string, v ...any) {
	if !strings.HasPrefix(format, "Plaintext passwords") {
		l.log.Warn("NATS", "message", fmt.Sprintf(format, v...))
	}
}

// Errorf passes an error on; refused connections and forbidden subjects are among them.
func (l *logger) Errorf(format string, v ...any) {
	l.log.Error("NATS", "message", fmt.Sprintf(format, v...))
}

// Fatalf passes on what the server cannot go on after.
func (l *logger) Fatalf(format string, v ...any) {
	message := fmt.Sprintf(format, v...)
	l.log.Error("NATS", "message", message)
	select {
	case l.fatal <- message:
	default:
	}
}

// Debugf is never called: the server's debug log is off.
func (l *logger) Debugf(string, ...any) {}

// Tracef is never called: the server's trace is off.
func (l *logger) Tracef(string, ...any) {}
