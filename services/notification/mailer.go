package notification

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// attemptLimit bounds one conversation with the mail server. What a crash left claimed waits a little longer than this.
const attemptLimit = 10 * time.Second

// mailer speaks SMTP with the configured server.
type mailer struct {
	cfg     Config
	options []gomail.Option
	host    string
}

func newMailer(cfg Config) (*mailer, error) {
	m := &mailer{cfg: cfg}
	if cfg.SMTPAddr == "" {
		return m, nil
	}
	host, text, err := net.SplitHostPort(cfg.SMTPAddr)
	if err != nil {
		return nil, fmt.Errorf("PITBOSS_NOTIFICATION_SMTP_ADDR: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("PITBOSS_NOTIFICATION_SMTP_ADDR: port %q is not a number", text)
	}
	policies := map[string]gomail.TLSPolicy{"mandatory": gomail.TLSMandatory, "opportunistic": gomail.TLSOpportunistic, "none": gomail.NoTLS}
	policy, ok := policies[cfg.SMTPTLS]
	if !ok {
		return nil, fmt.Errorf("PITBOSS_NOTIFICATION_SMTP_TLS is %q, not mandatory, opportunistic or none", cfg.SMTPTLS)
	}
	m.host, m.options = host, []gomail.Option{gomail.WithPort(port), gomail.WithTLSPolicy(policy), gomail.WithTimeout(attemptLimit)}
	if cfg.SMTPUser != "" {
		m.options = append(m.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(cfg.SMTPUser), gomail.WithPassword(cfg.SMTPPassword))
	}
	return m, m.check()
}

// check refuses a sender that no server would take.
func (m *mailer) check() error {
	if err := gomail.NewMsg().From(m.cfg.From); err != nil {
		return fmt.Errorf("PITBOSS_NOTIFICATION_FROM: %w", err)
	}
	return nil
}

// errNoServer keeps mails queued while no server is configured.
var errNoServer = errors.New("no mail server is configured")

// send hands one mail to the server. The Message-ID is the delivery's, so that a mail that arrives twice is recognised.
func (m *mailer) send(ctx context.Context, deliveryID, address string, letter mail) error {
	if m.host == "" {
		return errNoServer
	}
	msg := gomail.NewMsg()
	if err := errors.Join(msg.From(m.cfg.From), msg.To(address)); err != nil {
		return err
	}
	msg.SetMessageIDWithValue(deliveryID + "@pitboss")
	msg.SetDate()
	msg.Subject(letter.subject)
	msg.SetBodyString(gomail.TypeTextPlain, letter.text)
	msg.AddAlternativeString(gomail.TypeTextHTML, letter.html)
	client, err := gomail.NewClient(m.host, m.options...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	return client.DialAndSendWithContext(ctx, msg)
}

// permanent tells whether the server will never take this mail.
func permanent(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	return ok && !e.IsTemp() && e.ErrorCode() >= 500
}
