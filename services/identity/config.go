package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// Config is identity's configuration.
type Config struct {
	Issuer string `env:"PITBOSS_ISSUER" envDefault:"https://pitboss.local" doc:"iss claim of access tokens; every service must have the same."`
	Pepper string `env:"PITBOSS_IDENTITY_PEPPER,notEmpty" secret:"true" doc:"Keys mixed into passwords before hashing: id:base64 of 32 bytes, comma separated, the first one for new passwords. Losing one loses the passwords made with it."`

	AccessTTL      time.Duration `env:"PITBOSS_IDENTITY_ACCESS_TTL" envDefault:"5m" doc:"Life of an access token; at most 5m."`
	PlayerIdle     time.Duration `env:"PITBOSS_IDENTITY_PLAYER_IDLE" envDefault:"30m" doc:"A player's session ends when it is not refreshed for this long."`
	PlayerAbsolute time.Duration `env:"PITBOSS_IDENTITY_PLAYER_ABSOLUTE" envDefault:"12h" doc:"A player's session ends after this long, whatever happens."`
	StaffIdle      time.Duration `env:"PITBOSS_IDENTITY_STAFF_IDLE" envDefault:"15m" doc:"A staff member's session ends when it is not refreshed for this long."`
	StaffAbsolute  time.Duration `env:"PITBOSS_IDENTITY_STAFF_ABSOLUTE" envDefault:"8h" doc:"A staff member's session ends after this long, whatever happens."`
	MaxSessions    int           `env:"PITBOSS_IDENTITY_MAX_SESSIONS" envDefault:"20" doc:"Live sessions of one person; a further login ends the oldest."`

	KeyPublicationDelay time.Duration `env:"PITBOSS_IDENTITY_KEY_PUBLICATION_DELAY" envDefault:"15m" doc:"A new signing key is published this long before it signs; longer than services keep keys without asking."`
	KeyRotation         time.Duration `env:"PITBOSS_IDENTITY_KEY_ROTATION" envDefault:"2160h" doc:"A signing key is replaced when it has signed for this long."`

	TestStatusFeltAfter time.Duration `env:"PITBOSS_IDENTITY_TEST_STATUS_FELT_AFTER" envDefault:"1s" doc:"How long after it was made a change of a test player's status is answered, so that the services that learn of it by event know it by then. 0 answers at once."`

	AddressPerMinute int           `env:"PITBOSS_IDENTITY_ADDRESS_PER_MINUTE" envDefault:"300" doc:"Attempts of all kinds from one IPv4 /24 or IPv6 /64 in a minute; the next minute is refused beyond that."`
	AccountAttempts  int           `env:"PITBOSS_IDENTITY_ACCOUNT_ATTEMPTS" envDefault:"30" doc:"Failed logins of one account from anywhere before it waits."`
	PairAttempts     int           `env:"PITBOSS_IDENTITY_PAIR_ATTEMPTS" envDefault:"5" doc:"Failed logins of one account from one address, or from a device it knows, before that pair waits."`
	CodeAttempts     int           `env:"PITBOSS_IDENTITY_CODE_ATTEMPTS" envDefault:"5" doc:"Wrong one-time codes of one account before it waits."`
	MailAttempts     int           `env:"PITBOSS_IDENTITY_MAIL_ATTEMPTS" envDefault:"5" doc:"Mails that strangers can cause to one address before they wait."`
	ThrottleWait     time.Duration `env:"PITBOSS_IDENTITY_THROTTLE_WAIT" envDefault:"1m" doc:"First wait; each further failure adds as much."`
	ThrottleMaxWait  time.Duration `env:"PITBOSS_IDENTITY_THROTTLE_MAX_WAIT" envDefault:"15m" doc:"Longest wait."`
	ThrottleReset    time.Duration `env:"PITBOSS_IDENTITY_THROTTLE_RESET" envDefault:"12h" doc:"Failures are forgotten after this long without one."`

	Housekeeping time.Duration `env:"PITBOSS_IDENTITY_HOUSEKEEPING" envDefault:"15s" doc:"Pause between two rounds of ending what is over and forgetting what is old."`

	PasskeyRPID    string `env:"PITBOSS_IDENTITY_PASSKEY_RP_ID" doc:"Domain that passkeys are bound to; empty means the public URL's host, and localhost where that is a loopback address. Another one makes all passkeys useless."`
	PasskeyOrigins string `env:"PITBOSS_IDENTITY_PASSKEY_ORIGINS" doc:"More origins that passkeys may be used on besides the public URL's, comma separated, for example https://m.example.com."`

	HashConcurrency int `env:"PITBOSS_IDENTITY_HASH_CONCURRENCY" envDefault:"0" doc:"Passwords hashed at the same time, 19 MiB each; 0 means two per core."`
}

// Lives that the proto promises and that are therefore not configurable.
const (
	emailCodeTTL     = 10 * time.Minute
	challengeTTL     = 5 * time.Minute
	liveTicketTTL    = 30 * time.Second
	invitationTTL    = 72 * time.Hour
	telegramLoginTTL = 10 * time.Minute
	telegramLinkTTL  = 10 * time.Minute
	telegramProofAge = 5 * time.Minute
	passkeyFlowTTL   = 5 * time.Minute
	passwordResetTTL = 30 * time.Minute
	// stepUpAge is how fresh a second factor must be to change one.
	stepUpAge = 5 * time.Minute
	// knownDeviceTTL is how long a device that logged in keeps a throttle of its own.
	knownDeviceTTL = 90 * 24 * time.Hour
	// mailTTL is how long a notice is worth sending.
	mailTTL = 72 * time.Hour
	// registrationTTL is how long an unconfirmed registration waits for its owner.
	registrationTTL = 7 * 24 * time.Hour
	// codeGuesses is how many wrong guesses a mailed code, a challenge or an invitation survives.
	codeGuesses = 5
	// registrationsPerAddress is how many unconfirmed registrations of one address exist side by side.
	registrationsPerAddress = 3
)

const minPepperBytes = 32

// pepper is one key mixed into passwords.
type pepper struct {
	id  string
	key []byte
}

// check refuses settings that would weaken what the documents promise, and reads the peppers.
func (c Config) check() ([]pepper, error) {
	if c.AccessTTL <= 0 || c.AccessTTL > authn.MaxTTL {
		return nil, fmt.Errorf("identity: PITBOSS_IDENTITY_ACCESS_TTL must be more than 0 and at most %s", authn.MaxTTL)
	}
	for name, n := range map[string]int{
		"ADDRESS_PER_MINUTE": c.AddressPerMinute, "ACCOUNT_ATTEMPTS": c.AccountAttempts, "PAIR_ATTEMPTS": c.PairAttempts,
		"CODE_ATTEMPTS": c.CodeAttempts, "MAIL_ATTEMPTS": c.MailAttempts, "MAX_SESSIONS": c.MaxSessions,
	} {
		if n < 2 {
			return nil, fmt.Errorf("identity: PITBOSS_IDENTITY_%s must be at least 2", name)
		}
	}
	for name, d := range map[string]time.Duration{
		"PLAYER_IDLE": c.PlayerIdle, "PLAYER_ABSOLUTE": c.PlayerAbsolute, "STAFF_IDLE": c.StaffIdle, "STAFF_ABSOLUTE": c.StaffAbsolute,
		"KEY_ROTATION": c.KeyRotation, "HOUSEKEEPING": c.Housekeeping, "THROTTLE_WAIT": c.ThrottleWait, "THROTTLE_MAX_WAIT": c.ThrottleMaxWait, "THROTTLE_RESET": c.ThrottleReset,
	} {
		if d <= 0 {
			return nil, fmt.Errorf("identity: PITBOSS_IDENTITY_%s must be more than 0", name)
		}
	}
	return parsePeppers(c.Pepper)
}

func parsePeppers(s string) ([]pepper, error) {
	var out []pepper
	for part := range strings.SplitSeq(s, ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(part), ":")
		if !ok || id == "" || strings.ContainsAny(id, "$,") {
			return nil, errors.New("identity: PITBOSS_IDENTITY_PEPPER must be id:base64, comma separated")
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			key, err = base64.RawURLEncoding.DecodeString(encoded)
		}
		if err != nil || len(key) < minPepperBytes {
			return nil, fmt.Errorf("identity: pepper %q must be base64 of at least %d bytes", id, minPepperBytes)
		}
		out = append(out, pepper{id: id, key: key})
	}
	return out, nil
}
