package cashier

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/money"
)

// Config is the cashier's configuration. Amounts are in major units.
type Config struct {
	DepositLimits    string          `env:"PITBOSS_CASHIER_DEPOSIT_LIMITS" envDefault:"EUR:5.00-10000.00,USD:5.00-10000.00,GBP:5.00-10000.00,JPY:500-1500000" doc:"Least and most of one deposit by currency; other currencies are not taken."`
	WithdrawalLimits string          `env:"PITBOSS_CASHIER_WITHDRAWAL_LIMITS" envDefault:"EUR:10.00-50000.00,USD:10.00-50000.00,GBP:10.00-50000.00,JPY:1000-7500000" doc:"Least and most of one withdrawal by currency; other currencies are not paid."`
	AutoApproveUpTo  string          `env:"PITBOSS_CASHIER_AUTO_APPROVE_UP_TO" envDefault:"EUR:500.00,USD:500.00,GBP:500.00" doc:"Withdrawals up to this are approved by rule; a currency that is not named needs two persons."`
	FourEyesFrom     string          `env:"PITBOSS_CASHIER_FOUR_EYES_FROM" envDefault:"EUR:2000.00,USD:2000.00,GBP:2000.00" doc:"Withdrawals from this on need two persons; a currency that is not named always does."`
	NoCancel         string          `env:"PITBOSS_CASHIER_NO_CANCEL_COUNTRIES" envDefault:"GB" doc:"Countries whose players may not give up a withdrawal, comma-separated."`
	DepositTTL       time.Duration   `env:"PITBOSS_CASHIER_DEPOSIT_TTL" envDefault:"30m" doc:"How long a deposit can be paid; Stripe takes 30 minutes to 24 hours."`
	ExpiryGrace      time.Duration   `env:"PITBOSS_CASHIER_EXPIRY_GRACE" envDefault:"6m" doc:"How long after its end a deposit is asked about before it expires."`
	SyncDelays       []time.Duration `env:"PITBOSS_CASHIER_SYNC_DELAYS" envDefault:"1m,5m,15m,1h,6h,24h" doc:"Pauses between questions to the provider about what is pending; the last one repeats."`
	UnknownDelays    []time.Duration `env:"PITBOSS_CASHIER_UNKNOWN_DELAYS" envDefault:"30s,5m,1h,24h" doc:"The same for refunds of which nobody knows whether they happened."`
	ResendWithin     time.Duration   `env:"PITBOSS_CASHIER_RESEND_WITHIN" envDefault:"12h" doc:"How long a refund without an answer is sent again under the same key; must stay below the provider's memory of keys, at Stripe 24 h."`
	Poll             time.Duration   `env:"PITBOSS_CASHIER_POLL" envDefault:"1s" doc:"How often the background looks for work it was not told of."`
	ProviderTimeout  time.Duration   `env:"PITBOSS_CASHIER_PROVIDER_TIMEOUT" envDefault:"8s" doc:"Longest wait for an adapter."`
	WalletTimeout    time.Duration   `env:"PITBOSS_CASHIER_WALLET_TIMEOUT" envDefault:"5s" doc:"Longest wait for the wallet."`
	LookupTTL        time.Duration   `env:"PITBOSS_CASHIER_LOOKUP_TTL" envDefault:"500ms" doc:"How long answers of identity and operations are used again."`
}

// rules are the parsed parts of Config.
type rules struct {
	deposits    map[string]amountRange
	withdrawals map[string]amountRange
	auto        map[string]int64
	fourEyes    map[string]int64
	noCancel    []string
}

// amountRange is what is allowed in one currency, in minor units.
type amountRange struct{ min, max int64 }

func (c Config) parse() (rules, error) {
	var r rules
	var err error
	if r.deposits, err = parseRanges("PITBOSS_CASHIER_DEPOSIT_LIMITS", c.DepositLimits); err != nil {
		return r, err
	}
	if r.withdrawals, err = parseRanges("PITBOSS_CASHIER_WITHDRAWAL_LIMITS", c.WithdrawalLimits); err != nil {
		return r, err
	}
	if r.auto, err = parseAmounts("PITBOSS_CASHIER_AUTO_APPROVE_UP_TO", c.AutoApproveUpTo); err != nil {
		return r, err
	}
	if r.fourEyes, err = parseAmounts("PITBOSS_CASHIER_FOUR_EYES_FROM", c.FourEyesFrom); err != nil {
		return r, err
	}
	for country := range strings.SplitSeq(c.NoCancel, ",") {
		if country = strings.TrimSpace(country); country != "" {
			r.noCancel = append(r.noCancel, country)
		}
	}
	if len(c.SyncDelays) == 0 || len(c.UnknownDelays) == 0 {
		return r, fmt.Errorf("cashier: PITBOSS_CASHIER_SYNC_DELAYS and PITBOSS_CASHIER_UNKNOWN_DELAYS need at least one pause")
	}
	if slices.Min([]time.Duration{c.Poll, c.ProviderTimeout, c.WalletTimeout, c.DepositTTL, c.ResendWithin, slices.Min(c.SyncDelays), slices.Min(c.UnknownDelays)}) <= 0 {
		return r, fmt.Errorf("cashier: durations must be above zero")
	}
	return r, nil
}

// parseAmounts reads "EUR:500.00,USD:500.00".
func parseAmounts(name, text string) (map[string]int64, error) {
	out := map[string]int64{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		currency, amount, _ := strings.Cut(item, ":")
		a, err := money.Parse(amount, currency)
		if err != nil || a.Sign() < 0 {
			return nil, fmt.Errorf("cashier: %s: %q is not like EUR:500.00", name, item)
		}
		out[currency] = a.Minor
	}
	return out, nil
}

// parseRanges reads "EUR:5.00-10000.00,JPY:500-1500000".
func parseRanges(name, text string) (map[string]amountRange, error) {
	out := map[string]amountRange{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		currency, span, _ := strings.Cut(item, ":")
		low, high, _ := strings.Cut(span, "-")
		least, err := money.Parse(low, currency)
		most, err2 := money.Parse(high, currency)
		if err != nil || err2 != nil || least.Sign() <= 0 || most.Minor < least.Minor {
			return nil, fmt.Errorf("cashier: %s: %q is not like EUR:5.00-10000.00", name, item)
		}
		out[currency] = amountRange{min: least.Minor, max: most.Minor}
	}
	return out, nil
}

// pause is the n-th of the pauses; the last one repeats.
func pause(delays []time.Duration, n int) time.Duration {
	return delays[max(0, min(n, len(delays)-1))]
}

// backoff is the pause before the n-th repetition of something that failed on our side of the world.
func backoff(n int) time.Duration {
	return min(time.Second<<max(0, min(n, 10)), 5*time.Minute)
}
