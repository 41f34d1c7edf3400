package bookmaker

import "time"

// Config is the adapter's configuration. What differs from integration to integration is in the integration's own settings.
type Config struct {
	// IntegrationTTL is how long an integration's settings and secrets are used before they are read again.
	IntegrationTTL time.Duration `env:"PITBOSS_BOOKMAKER_INTEGRATION_TTL" envDefault:"500ms" doc:"How long an integration's settings and secrets are used before they are read again; a change takes that long to be felt."`
	// PartnerTimeout bounds each call of a bookmaker.
	PartnerTimeout time.Duration `env:"PITBOSS_BOOKMAKER_PARTNER_TIMEOUT" envDefault:"4s" doc:"Limit of each call of a bookmaker."`
	// CallbackTimeout bounds the platform's work on one call of a partner.
	CallbackTimeout time.Duration `env:"PITBOSS_BOOKMAKER_CALLBACK_TIMEOUT" envDefault:"8s" doc:"Limit of the platform's work on one call of a partner."`
	// RepriceEvery is how often open questions to bookmakers, and bets that have to be accepted, are looked at.
	RepriceEvery time.Duration `env:"PITBOSS_BOOKMAKER_REPRICE_EVERY" envDefault:"1s" doc:"How often bets are looked at whose corrected result a bookmaker has to be asked for again, and bets that it has not accepted in time."`
}
