package wallet

// Config is the wallet's configuration.
type Config struct {
	Workers  int `env:"PITBOSS_WALLET_WORKERS" envDefault:"4" doc:"Batches that may be in commit at the same time, 1 to 8; a divisor of 8 keeps workers off one another's house accounts."`
	MaxBatch int `env:"PITBOSS_WALLET_MAX_BATCH" envDefault:"256" doc:"Most operations in one database transaction, 1 to 512."`
	KeyLen   int `env:"PITBOSS_WALLET_KEY_LEN" envDefault:"512" doc:"Operations of one player that may wait; beyond it that player's are refused with OVERLOADED, and others' are not."`
	QueueLen int `env:"PITBOSS_WALLET_QUEUE_LEN" envDefault:"2048" doc:"Operations that may wait for each worker; beyond it callers are refused with OVERLOADED."`
}

// bounded brings values that would break an assumption into range: a batch's entries have to fit its block of 4096 numbers.
func (c Config) bounded() Config {
	c.Workers = min(max(c.Workers, 1), stripes)
	c.MaxBatch = min(max(c.MaxBatch, 1), 512)
	c.QueueLen = max(c.QueueLen, 1)
	if c.KeyLen <= 0 {
		c.KeyLen = c.QueueLen
	}
	return c
}
