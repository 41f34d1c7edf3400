package authz

import (
	"slices"

	optionsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/options/v1"
)

// roles is the closed list of roles and what each may do. An unknown role may do nothing.
var roles = map[string][]optionsv1.Permission{
	// A player acts on what is his own; ownership, not permissions, decides.
	"player": nil,
	// Answers players' questions and locks accounts; sees money, moves none.
	"support": {
		optionsv1.Permission_PERMISSION_PLAYER_READ, optionsv1.Permission_PERMISSION_PLAYER_WRITE,
		optionsv1.Permission_PERMISSION_LEDGER_READ, optionsv1.Permission_PERMISSION_PAYMENT_READ,
		optionsv1.Permission_PERMISSION_ROUND_READ, optionsv1.Permission_PERMISSION_CATALOG_READ,
	},
	// Pays out, refunds, reconciles and proves the books.
	"finance": {
		optionsv1.Permission_PERMISSION_PLAYER_READ, optionsv1.Permission_PERMISSION_LEDGER_READ,
		optionsv1.Permission_PERMISSION_LEDGER_ADJUST, optionsv1.Permission_PERMISSION_LEDGER_VERIFY, optionsv1.Permission_PERMISSION_PAYMENT_READ,
		optionsv1.Permission_PERMISSION_PAYMENT_WRITE, optionsv1.Permission_PERMISSION_PAYOUT_APPROVE,
		optionsv1.Permission_PERMISSION_ROUND_READ, optionsv1.Permission_PERMISSION_INTEGRATION_READ,
	},
	// Watches play and payments, locks accounts, has a say in payouts.
	"risk": {
		optionsv1.Permission_PERMISSION_PLAYER_READ, optionsv1.Permission_PERMISSION_PLAYER_WRITE,
		optionsv1.Permission_PERMISSION_LEDGER_READ, optionsv1.Permission_PERMISSION_PAYMENT_READ,
		optionsv1.Permission_PERMISSION_PAYOUT_APPROVE, optionsv1.Permission_PERMISSION_ROUND_READ,
		optionsv1.Permission_PERMISSION_CATALOG_READ, optionsv1.Permission_PERMISSION_GUARD_WRITE,
	},
	// Decides on persons and reads the audit trail; moves no money.
	"compliance": {
		optionsv1.Permission_PERMISSION_PLAYER_READ, optionsv1.Permission_PERMISSION_PLAYER_WRITE,
		optionsv1.Permission_PERMISSION_OPERATOR_READ, optionsv1.Permission_PERMISSION_LEDGER_READ,
		optionsv1.Permission_PERMISSION_PAYMENT_READ, optionsv1.Permission_PERMISSION_ROUND_READ,
		optionsv1.Permission_PERMISSION_AUDIT_READ, optionsv1.Permission_PERMISSION_GUARD_WRITE,
	},
	// Reads numbers, not persons.
	"analyst": {
		optionsv1.Permission_PERMISSION_LEDGER_READ, optionsv1.Permission_PERMISSION_PAYMENT_READ,
		optionsv1.Permission_PERMISSION_ROUND_READ, optionsv1.Permission_PERMISSION_CATALOG_READ,
	},
	// Runs the platform; four eyes still hold where an RPC asks for them.
	"admin": allPermissions(),
}

// Roles lists all roles, sorted.
func Roles() []string {
	names := make([]string, 0, len(roles))
	for r := range roles {
		names = append(names, r)
	}
	slices.Sort(names)
	return names
}

// Permissions lists what a role may do; nothing for an unknown role.
func Permissions(role string) []optionsv1.Permission { return slices.Clone(roles[role]) }

// Holds reports whether any of the roles grants the permission.
func Holds(callerRoles []string, p optionsv1.Permission) bool {
	if p == optionsv1.Permission_PERMISSION_UNSPECIFIED {
		return false
	}
	return slices.ContainsFunc(callerRoles, func(r string) bool { return slices.Contains(roles[r], p) })
}

func allPermissions() []optionsv1.Permission {
	values := optionsv1.Permission(0).Descriptor().Values()
	all := make([]optionsv1.Permission, 0, values.Len()-1)
	for i := range values.Len() {
		if n := values.Get(i).Number(); n != 0 {
			all = append(all, optionsv1.Permission(n))
		}
	}
	return all
}
