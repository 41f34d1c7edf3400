package notification

import "time"

// Config says how mail leaves.
type Config struct {
	SMTPAddr     string        `env:"PITBOSS_NOTIFICATION_SMTP_ADDR" doc:"host:port of the mail server; empty keeps mails queued until one is set."`
	SMTPUser     string        `env:"PITBOSS_NOTIFICATION_SMTP_USER" doc:"User at the mail server; empty logs in as nobody."`
	SMTPPassword string        `env:"PITBOSS_NOTIFICATION_SMTP_PASSWORD" secret:"true" doc:"Password at the mail server."`
	SMTPTLS      string        `env:"PITBOSS_NOTIFICATION_SMTP_TLS" envDefault:"opportunistic" doc:"mandatory, opportunistic or none."`
	From         string        `env:"PITBOSS_NOTIFICATION_FROM" envDefault:"Pitboss <no-reply@pitboss.local>" doc:"Sender of all mails."`
	Poll         time.Duration `env:"PITBOSS_NOTIFICATION_POLL" envDefault:"1s" doc:"How often the queue is looked at when nothing wakes the sender."`
	FirstPause   time.Duration `env:"PITBOSS_NOTIFICATION_FIRST_PAUSE" envDefault:"2s" doc:"Pause after the first failed attempt; doubled after each further one, at most 15m."`
	GiveUpAfter  time.Duration `env:"PITBOSS_NOTIFICATION_GIVE_UP_AFTER" envDefault:"24h" doc:"When a mail without an own expiry is given up."`
}
