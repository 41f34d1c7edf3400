package hub88

// Dialects of the protocol.
const (
	dialectHub88  = "hub88"
	dialectCaleta = "caleta"
)

// dialect is what Caleta says differently (providers.md 2).
type dialect struct {
	// header carries the signature in both directions; header names are compared without regard to case.
	header string
	paths  map[string]handler
	// gameAPI and freebetAPI are where the provider's methods are below its address.
	gameAPI, freebetAPI string
	// textOperator: operator_id is a text and not a number.
	textOperator bool
	// echoesSupplierUser: a player is named by the token alone, and answers carry the provider's own name of the player.
	echoesSupplierUser bool
	// bareErrors: no error carries a balance, not even the lack of money.
	bareErrors bool
	// betsOnly: a rollback is of a bet, never of a win.
	betsOnly bool
	// closedRounds: a closed round takes no more winnings once something was won in it.
	closedRounds bool
	// promoBets: a free bet is paid from bonus money, unless the setting free_bets says otherwise.
	promoBets bool
	limit     string // status of a limit
	cancelled string // status of what was rolled back
	off       string // status while the integration is off
}

var dialects = map[string]*dialect{
	dialectHub88: {
		header: "X-Hub88-Signature", gameAPI: "/operator/generic/v2/game/", freebetAPI: "/operator/generic/v2/freebet/",
		limit: statusLimitReached, cancelled: statusNoTransaction, off: statusInvalidPartner,
		paths: map[string]handler{
			"/user/info":            (*Server).userInfo,
			"/user/balance":         (*Server).balance,
			"/transaction/bet":      (*Server).bet,
			"/transaction/win":      (*Server).win,
			"/transaction/rollback": (*Server).rollback,
		},
	},
	dialectCaleta: {
		header: "X-Auth-Signature", gameAPI: "/api/game/", freebetAPI: "/api/freebet/",
		textOperator: true, echoesSupplierUser: true, bareErrors: true, betsOnly: true, closedRounds: true, promoBets: true,
		limit: statusBetLimit, cancelled: statusRolledBack, off: statusUnknown, // which has its bets rolled back; it knows no partner that is off
		paths: map[string]handler{
			pathCheck:          (*Server).check,
			"/wallet/balance":  (*Server).balance,
			"/wallet/bet":      (*Server).bet,
			"/wallet/win":      (*Server).win,
			"/wallet/rollback": (*Server).rollback,
		},
	},
}
