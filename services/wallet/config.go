package wallet

import "time"

// Config is the wallet's configuration.
type Config struct {
	Workers  int           `env:"PITBOSS_WALLET_WORKERS" envDefault:"2" doc:"Batches that may be in commit at the same time, 1 to 8: more hide a slow or distant database, and use more processors at full load. With little to do, one of them does it all, in larger batches that cost less an operation. A divisor of 8 keeps workers off one another's house accounts."`
	Gather   time.Duration `env:"PITBOSS_WALLET_GATHER" envDefault:"3ms" doc:"How long a worker waits for company after a batch of 4 operations or more, unless 64 wait already: larger batches cost less an operation. 0 to 50ms; 0 never waits."`
	MaxBatch int           `env:"PITBOSS_WALLET_MAX_BATCH" envDefault:"512" doc:"Most operations in one database transaction, 1 to 512."`
	KeyLen   int           `env:"PITBOSS_WALLET_KEY_LEN" envDefault:"512" doc:"Operations of one player that may wait; beyond it that player's are refused with OVERLOADED, and others' are not."`
	QueueLen int           `env:"PITBOSS_WALLET_QUEUE_LEN" envDefault:"2048" doc:"Operations that may wait in each partition of the players, of which there are as many as workers; beyond it callers are refused with OVERLOADED."`

	RoundsPatience time.Duration `env:"PITBOSS_WALLET_ROUNDS_PATIENCE" envDefault:"250ms" doc:"How long requests of one PostRounds that are done wait for others of it that are not, which end with DEADLINE then and are repeated by their caller. Much longer than a commit, and as short as nobody minds: 10ms to 10s. Raise it where commits take long."`

	VerifyEvery      time.Duration `env:"PITBOSS_WALLET_VERIFY_EVERY" envDefault:"5m" doc:"How often what was committed since the last checkpoint is verified, by one replica; 0 never does."`
	VerifyFullEvery  time.Duration `env:"PITBOSS_WALLET_VERIFY_FULL_EVERY" envDefault:"24h" doc:"How often all of the ledger that is not archived is verified; 0 never does, and then there are no checkpoints."`
	VerifyParallel   int           `env:"PITBOSS_WALLET_VERIFY_PARALLEL" envDefault:"2" doc:"Connections that a scheduled verification reads on, 1 to 4."`
	FreezeOnMismatch bool          `env:"PITBOSS_WALLET_FREEZE_ON_MISMATCH" envDefault:"false" doc:"Stop the stakes and withdrawals of players whose accounts a scheduled verification finds wrong, until an operator clears the guards."`
}

// bounded brings values that would break an assumption into range: a batch's entries have to fit its block of 4096 numbers, and
// batches need connections that no verification has.
func (c Config) bounded() Config {
	c.Workers = min(max(c.Workers, 1), stripes)
	c.MaxBatch = min(max(c.MaxBatch, 1), 512)
	c.QueueLen = max(c.QueueLen, 1)
	c.Gather = min(max(c.Gather, 0), 50*time.Millisecond)
	if c.RoundsPatience <= 0 {
		c.RoundsPatience = 250 * time.Millisecond
	}
	c.RoundsPatience = min(max(c.RoundsPatience, 10*time.Millisecond), 10*time.Second)
	if c.KeyLen <= 0 {
		c.KeyLen = c.QueueLen
	}
	c.VerifyParallel = min(max(c.VerifyParallel, 1), 4)
	return c
}
