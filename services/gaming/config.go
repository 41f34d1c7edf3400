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
	// Workers is how many batches are read, and how many are written, at the same time.
	Gather  time.Duration `env:"PITBOSS_GAMING_GATHER" envDefault:"3ms" doc:"How long a worker waits for company after a batch of 4 operations or more, unless 64 wait already: larger batches cost less an operation. 0 to 50ms; 0 never waits."`
	Workers int           `env:"PITBOSS_GAMING_WORKERS" envDefault:"1" doc:"Batches that are read, and batches that are written, at the same time, 1 to 8: fewer make larger batches, which cost less a call; more hide a slow or distant database. With little to do, one of them does it all."`
	// StopsEvery is how often identity is asked who is locked or excluded.
	StopsEvery time.Duration `env:"PITBOSS_GAMING_STOPS_EVERY" envDefault:"1s" doc:"How often identity is asked who was locked or excluded lately, besides what events tell: how long such a player may go on staking while no events pass. 0 never asks."`
	// ReconcileAfter is how old a round that ended must be before bets without a result are looked after again.
	ReconcileAfter time.Duration `env:"PITBOSS_GAMING_RECONCILE_AFTER" envDefault:"30s" doc:"How old a round that ended must be before bets without a result are looked after again."`
	// ReconcileEvery is how often it looks.
	ReconcileEvery time.Duration `env:"PITBOSS_GAMING_RECONCILE_EVERY" envDefault:"5s" doc:"How often rounds that ended with bets without a result, and sessions whose time is over, are looked for."`
	// PartnerIntegration is the integration of the platform's own games, in which partners name games by code.
	PartnerIntegration string `env:"PITBOSS_GAMING_PARTNER_INTEGRATION" envDefault:"native" doc:"Integration of the platform's own games, in which partners name games by code."`
	// RefusalsKept is how long a partner's refused bet is answered the same when it is sent again.
	RefusalsKept time.Duration `env:"PITBOSS_GAMING_REFUSALS_KEPT" envDefault:"720h" doc:"How long a partner's refused bet is answered the same when it is sent again; then it is decided anew."`
	// SweepEvery is how often rounds without a result are looked for.
	SweepEvery time.Duration `env:"PITBOSS_GAMING_SWEEP_EVERY" envDefault:"30s" doc:"How often rounds without a result are looked for."`
	// SweepSlots, SweepLive and SweepSport are how long a round may be quiet before its provider is asked (domain.md 6.1).
	SweepSlots time.Duration `env:"PITBOSS_GAMING_SWEEP_SLOTS" envDefault:"5m" doc:"How long a round of a slot may be quiet before its provider is asked."`
	SweepLive  time.Duration `env:"PITBOSS_GAMING_SWEEP_LIVE" envDefault:"30m" doc:"How long a round of a live game may be quiet before its provider is asked."`
	SweepSport time.Duration `env:"PITBOSS_GAMING_SWEEP_SPORT" envDefault:"6h" doc:"How long a sports bet may be quiet before its provider is asked."`
	// ManualAfter is how long a round may be quiet before an operator has to decide.
	ManualAfter time.Duration `env:"PITBOSS_GAMING_MANUAL_AFTER" envDefault:"24h" doc:"How long a round may be quiet, its provider not telling how it ended, before an operator has to decide."`
	// HoldsEvery is how often the wallet's holds are compared with bets.
	HoldsEvery time.Duration `env:"PITBOSS_GAMING_HOLDS_EVERY" envDefault:"5m" doc:"How often the wallet's holds are compared with bets."`
	// HoldsAfter is how old a hold, or the last change of a round, must be before it is compared.
	HoldsAfter time.Duration `env:"PITBOSS_GAMING_HOLDS_AFTER" envDefault:"10m" doc:"How old a hold, or the last change of a round, must be before it is compared; well above PITBOSS_GAMING_WALLET_TIMEOUT."`
	// HoldsConfirm is how long a difference must last to be one.
	HoldsConfirm time.Duration `env:"PITBOSS_GAMING_HOLDS_CONFIRM" envDefault:"15s" doc:"How long a difference between a hold and its bet must last to be healed or told; above PITBOSS_GAMING_WALLET_TIMEOUT."`
	// HoldsAmounts compares also the amounts of bets that changed.
	HoldsAmounts bool `env:"PITBOSS_GAMING_HOLDS_AMOUNTS" envDefault:"true" doc:"Compare what every bet that changed says with the wallet's hold; it costs the wallet one look-up a bet."`
	// ReconcileDaily compares each provider's list of rounds with ours every day, for the day before (UTC).
	ReconcileDaily bool `env:"PITBOSS_GAMING_RECONCILE_DAILY" envDefault:"true" doc:"Compare each provider's list of rounds with ours every day, for the day before (UTC)."`
	// ProviderIdle is how long nothing may happen in a player's wallet at a provider before everything comes back (domain.md 6.2).
	ProviderIdle time.Duration `env:"PITBOSS_GAMING_PROVIDER_IDLE" envDefault:"30m" doc:"How long nothing may happen in a player's wallet at a provider before everything is brought back; 0 never."`
	// PlayEvery is how often the books of providers that keep players' money are read.
	PlayEvery time.Duration `env:"PITBOSS_GAMING_PLAY_EVERY" envDefault:"30s" doc:"How often the bets are read that were played with money in wallets at providers."`
}
