package catalog

import "time"

// Config is the catalogue's configuration.
type Config struct {
	// Refresh is how often a replica looks whether another one has changed something.
	Refresh time.Duration `env:"PITBOSS_CATALOG_REFRESH" envDefault:"250ms" doc:"How often a replica looks whether another one has changed something."`
	// FeltAfter is how long after a change nobody plays by what was before.
	FeltAfter time.Duration `env:"PITBOSS_CATALOG_FELT_AFTER" envDefault:"1500ms" doc:"How long after it was made a change that forbids play is answered, so that no replica of any service takes a stake against it by then: at least PITBOSS_CATALOG_REFRESH, what reading the catalogue takes (0.15 s for 5,000 games, 0.65 s for 20,000), and PITBOSS_GAMING_LOOKUP_TTL together. 0 answers at once."`
	// Switches is how often operations is asked what is switched off.
	Switches time.Duration `env:"PITBOSS_CATALOG_SWITCHES" envDefault:"250ms" doc:"How often operations is asked what is switched off; a kill switch takes that long to be felt here."`
	// CertificatesRequired is the rule for countries without a jurisdiction, the unknown one included.
	CertificatesRequired bool `env:"PITBOSS_CATALOG_CERTIFICATES_REQUIRED" envDefault:"true" doc:"Whether games need certificates in countries that are in no jurisdiction, where none can have one, so that nobody there sees any. With the sandbox, up sets it to false."`
}
