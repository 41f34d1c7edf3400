package catalog

import "time"

// Config is the catalogue's configuration.
type Config struct {
	// Refresh is how often a replica looks whether another one has changed something.
	Refresh time.Duration `env:"PITBOSS_CATALOG_REFRESH" envDefault:"1s" doc:"How often a replica looks whether another one has changed something."`
}
