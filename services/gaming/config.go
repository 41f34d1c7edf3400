package gaming

import "time"

// Config is gaming's configuration.
type Config struct {
	// SessionTTL is how long a game session takes new stakes at most.
	SessionTTL time.Duration `env:"PITBOSS_GAMING_SESSION_TTL" envDefault:"12h" doc:"How long a game session takes new stakes at most."`
	// WalletTimeout bounds each call of the wallet. It must be well below ReconcileAfter.
	WalletTimeout time.Duration `env:"PITBOSS_GAMING_WALLET_TIMEOUT" envDefault:"5s" doc:"Limit of each call of the wallet; well below PITBOSS_GAMING_RECONCILE_AFTER."`
	// LookupTTL is how long answers of catalog, identity and operations are used again; a change takes that long to be felt.
	LookupTTL time.Duration `env:"PITBOSS_GAMING_LOOKUP_TTL" envDefault:"500ms" doc:"How long answers of catalog, identity and operations are used again; a change takes that long to be felt."`
	// ReconcileAfter is how old a transaction without an outcome must be before the reconciler asks the wallet about it.
	ReconcileAfter time.Duration `env:"PITBOSS_GAMING_RECONCILE_AFTER" envDefault:"30s" doc:"How old a transaction without an outcome is before the wallet is asked about it."`
	// ReconcileEvery is how often it looks.
	ReconcileEvery time.Duration `env:"PITBOSS_GAMING_RECONCILE_EVERY" envDefault:"5s" doc:"How often transactions without an outcome are looked for."`
}
