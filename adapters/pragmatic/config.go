package pragmatic

import "time"

// Config is the adapter's configuration. What differs from integration to integration is in the integration's own settings.
type Config struct {
	// IntegrationTTL is how long an integration's settings and secrets are used before they are read again; a change takes that long to be felt.
	IntegrationTTL time.Duration `env:"PITBOSS_PRAGMATIC_INTEGRATION_TTL" envDefault:"500ms" doc:"How long an integration's settings and secrets are used before they are read again; a change takes that long to be felt."`
	// ProviderTimeout bounds each call of the provider.
	ProviderTimeout time.Duration `env:"PITBOSS_PRAGMATIC_PROVIDER_TIMEOUT" envDefault:"5s" doc:"Limit of each call of the provider."`
	// CallbackTimeout bounds the platform's work on one callback.
	CallbackTimeout time.Duration `env:"PITBOSS_PRAGMATIC_CALLBACK_TIMEOUT" envDefault:"8s" doc:"Limit of the platform's work on one callback."`
}
