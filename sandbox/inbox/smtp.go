package inbox

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const conversationTimeout = 60 * time.Second

var (
	errTryLater = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	errClosed   = errors.New("inbox: the connection is broken off")
)

func (in *Inbox) newServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{in: in, conn: c}, nil
	}))
	s.Domain = "inbox.localhost"
	s.MaxMessageBytes, s.MaxRecipients = maxMessage, maxRecipients
	s.ReadTimeout, s.WriteTimeout = conversationTimeout, conversationTimeout
	s.AllowInsecureAuth = true // there is no TLS on loopback, and any password is accepted
	s.EnableSMTPUTF8 = true
	s.ErrorLog = smtpLog{in.cfg.Log}
	return s
}

// session is one SMTP conversation.
type session struct {
	in   *Inbox
	conn *smtp.Conn
	from string
	to   []string
}

// AuthMechanisms offers AUTH to clients that insist on it.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth accepts any name and password.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, _ string) error { return nil }), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from, s.to = from, nil
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data takes the message, as far as the fault rules allow.
func (s *session) Data(r io.Reader) error {
	if !s.in.enter() {
		return errTryLater
	}
	defer s.in.taking.Done()
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	plan := s.in.faults.Take(Operation)
	switch {
	case !s.in.pause(plan.Delay + plan.Hold):
		return errTryLater
	case plan.Has(FaultFail):
		return errTryLater
	case plan.Has(FaultLose):
		return nil
	}
	for range plan.Sends {
		m := message{ID: newID(s.in.cfg.Clock()), Received: s.in.cfg.Clock().UTC(), From: s.from, To: s.to, Raw: raw}
		if err := s.in.store.add(m); err != nil {
			s.in.cfg.Log.Error("inbox could not keep a message", "error", err)
			return errTryLater
		}
	}
	s.in.faults.Sent(plan)
	if plan.Drop {
		_ = s.conn.Close() // the message is kept, its sender never learns
		return errClosed
	}
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

// smtpLog passes the server's complaints about single conversations on.
type smtpLog struct{ log *slog.Logger }

func (l smtpLog) Printf(format string, v ...any) {
	l.log.Debug("smtp", "detail", fmt.Sprintf(format, v...))
}

func (l smtpLog) Println(v ...any) {
	l.log.Debug("smtp", "detail", strings.TrimSpace(fmt.Sprintln(v...)))
}
