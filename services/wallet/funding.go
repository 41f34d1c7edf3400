package wallet

// fundingPolicy says which money pays a stake; the numbers are those of walletv1.FundingPolicy.
type fundingPolicy int16

const (
	fundCashOnly   fundingPolicy = 1
	fundBonusOnly  fundingPolicy = 2
	fundCashFirst  fundingPolicy = 3
	fundBonusFirst fundingPolicy = 4
)

// winTo says where winnings go; the numbers are those of the database and, but for zero, of walletv1.WinDistribution.
type winTo int16

const (
	winsToCash  winTo = 0
	winsProRata winTo = 1
	winsToBonus winTo = 2
)

// funding is how a stake is to be paid.
type funding struct {
	policy  fundingPolicy
	grantID string
	wins    winTo
}

// split says how much of a stake comes from bonus. What is not there is asked of the pool that pays last, so that the refusal comes from there.
func (f funding) split(stake, cash, bonus int64) funds {
	switch f.policy {
	case fundBonusOnly:
		return funds{stake, stake}
	case fundCashFirst:
		return funds{stake, stake - min(stake, cash)}
	case fundBonusFirst:
		return funds{stake, min(stake, bonus)}
	}
	return funds{stake, 0}
}
