package subwallet

// Bets lists an operator's bets as they were played, each once, those included that the history does not show yet.
func (b *Book) Bets(operator string) []Bet {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Bet
	for _, x := range b.bets {
		if x.Operator == operator {
			out = append(out, *x)
		}
	}
	return out
}

// Transfers lists an operator's transfers as they came, the refused ones too.
func (b *Book) Transfers(operator string) []Transfer {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Transfer
	for _, t := range b.order {
		if t.Operator == operator {
			out = append(out, *t)
		}
	}
	return out
}

// Amount writes minor units of a currency as the protocol does; empty for a currency that is not known.
func (b *Book) Amount(minor int64, currency string) string {
	c, known := b.cfg.Currency(currency)
	if !known {
		return ""
	}
	return c.Format(minor)
}
