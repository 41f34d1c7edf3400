package main

import (
	"github.com/pitboss-gaming/pitboss/adapters/a8r"
	"github.com/pitboss-gaming/pitboss/adapters/bookmaker"
	"github.com/pitboss-gaming/pitboss/adapters/evolution"
	"github.com/pitboss-gaming/pitboss/adapters/hub88"
	"github.com/pitboss-gaming/pitboss/adapters/pam"
	"github.com/pitboss-gaming/pitboss/adapters/pragmatic"
	"github.com/pitboss-gaming/pitboss/adapters/redtiger"
	"github.com/pitboss-gaming/pitboss/adapters/stripe"
	"github.com/pitboss-gaming/pitboss/adapters/transfer"
	"github.com/pitboss-gaming/pitboss/gateway"
	"github.com/pitboss-gaming/pitboss/kit/app"
	"github.com/pitboss-gaming/pitboss/services/cashier"
	"github.com/pitboss-gaming/pitboss/services/catalog"
	"github.com/pitboss-gaming/pitboss/services/gaming"
	"github.com/pitboss-gaming/pitboss/services/identity"
	"github.com/pitboss-gaming/pitboss/services/notification"
	"github.com/pitboss-gaming/pitboss/services/operations"
	"github.com/pitboss-gaming/pitboss/services/wallet"
)

// platform is the only list of services, in the order in which `up` starts them. The gateway is last, so that nobody from outside comes in
// before everybody is there, and the first to stop.
func platform() []app.Service {
	return []app.Service{
		identity.Service(),
		wallet.Service(),
		operations.Service(),
		notification.Service(),
		catalog.Service(),
		gaming.Service(),
		cashier.Service(),
		hub88.Service(),
		stripe.Service(),
		evolution.Service(),
		redtiger.Service(),
		pam.Service(),
		pragmatic.Service(),
		a8r.Service(),
		bookmaker.Service(),
		transfer.Service(),
		gateway.Service(),
	}
}

// meshNumbers say how far each service's port is from PITBOSS_MESH_PORT. A number that was given stays, and is not given again: while a platform is
// upgraded, processes of two versions find each other by it.
var meshNumbers = map[string]int{
	"identity": 0, "wallet": 1, "operations": 2, "notification": 3, "catalog": 4, "gaming": 5, "cashier": 6, "hub88": 7, "stripe": 8, "evolution": 9,
	"redtiger": 10, "pam": 11, "pragmatic": 12, "a8r": 13, "bookmaker": 14, "transfer": 15, "gateway": 16,
}

// meshPort is the port of a service in `up`, and in `serve` where an address says {port}.
func meshPort(base int, service string) int { return base + meshNumbers[service] }
