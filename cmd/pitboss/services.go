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

// meshPort is the port of a service in `up`, counted from the base in the order of the list.
func meshPort(base int, service string) int {
	for i, s := range platform() {
		if s.Name == service {
			return base + i
		}
	}
	return 0
}
