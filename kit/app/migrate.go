package app

import (
	"context"

	"github.com/pitboss-gaming/pitboss/kit/audit"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// MigrationSets are everything a service's database holds, in order: the kit's tables and then the service's own. Nil without a database.
func (s Service) MigrationSets() []pg.Migrations {
	if s.Migrations == nil {
		return nil
	}
	return []pg.Migrations{bus.Migrations(), {FS: audit.Migrations(), Table: "goose_audit"}, {FS: s.Migrations, Table: "goose_" + s.Name}}
}

// Migrate brings a service's database to this binary's version, as its owner. Idempotent; replicas that do it together wait for one another.
func Migrate(ctx context.Context, s Service, ownerURL string) error {
	for _, m := range s.MigrationSets() {
		if err := pg.Migrate(ctx, ownerURL, m.FS, m.Table); err != nil {
			return err
		}
	}
	return nil
}
