package identity

import (
	"errors"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func errPasswordWeak(rule string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PASSWORD_WEAK, "the password is not acceptable", "rule", rule)
}

func errThrottled(wait time.Duration) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_THROTTLED, "too many attempts").WithRetry(max(wait.Round(time.Second), time.Second))
}

func errCodeInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_CODE_INVALID, "the code is not valid")
}

func errCredentialsInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_CREDENTIALS_INVALID, "address or password are not valid")
}

func errChallengeInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_CHALLENGE_INVALID, "the login must begin again")
}

func errRefreshInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_REFRESH_INVALID, "a new login is needed")
}

func errTotpNotEnrolled() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_TOTP_NOT_ENROLLED, "no second factor is enrolled")
}

func errStepUpRequired() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_STEP_UP_REQUIRED, "a fresh second factor is needed",
		"required_acr", acrTwoFactors, "max_age_s", int(stepUpAge/time.Second))
}

func errTelegramNotConfigured() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_TELEGRAM_NOT_CONFIGURED, "Telegram is not set up")
}

// errTelegramProofInvalid keeps the details in the log. A person is told which of three things it was, because they help themselves
// differently; each is told of a proof whose signature is good, or says no more than that it is not.
func errTelegramProofInvalid(cause error) error {
	const reason, msg = identityv1.ErrorReason_ERROR_REASON_TELEGRAM_PROOF_INVALID, "Telegram's proof is not valid"
	for told, err := range map[string]error{"signature": errProofSignature, "too_old": errProofTooOld, "used": errProofReplayed} {
		if errors.Is(cause, err) {
			return errs.New(reason, msg, "cause", told).WithCause(cause)
		}
	}
	return errs.New(reason, msg).WithCause(cause)
}

func errSessionNotFound() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND, "there is no such session")
}

func errTicketInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_TICKET_INVALID, "the ticket is not valid")
}

func errClientInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_CLIENT_INVALID, "client id or secret are not valid")
}

func errScopeInvalid(scope string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_SCOPE_INVALID, "the client may not have this scope", "scope", scope)
}

func errPlayerNotFound(id string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND, "there is no such player", "player_id", id)
}

func errNotATestPlayer(id string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_NOT_A_TEST_PLAYER, "the player is a real one", "player_id", id)
}

func errIdempotencyConflict(requestID string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_IDEMPOTENCY_CONFLICT, "the request id was used before for another request", "request_id", requestID)
}

// errAmountInvalid passes on why the wallet does not take an amount.
func errAmountInvalid(rule string, cause error) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_AMOUNT_INVALID, "the ledger does not take the amount", "rule", rule).WithCause(cause)
}

func errInsufficientFunds(cause error) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS, "the player has less free cash than that").WithCause(cause)
}

// errPasskeyInvalid keeps why in the log; the client learns only that it was not accepted.
func errPasskeyInvalid(cause error) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PASSKEY_INVALID, "the passkey is not valid here").WithCause(cause)
}

func errPasskeySuspended() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PASSKEY_SUSPENDED, "a copy of the passkey seems to exist; it is refused")
}

func errPasskeyNotFound() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PASSKEY_NOT_FOUND, "there is no such passkey")
}

func errPasskeyLimit() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PASSKEY_LIMIT, "there are as many passkeys as one may have", "maximum", maxPasskeys)
}

func errPasskeysNotConfigured() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_PASSKEYS_NOT_CONFIGURED, "the public address has no domain for passkeys")
}

func errResetInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_RESET_INVALID, "the link is not valid")
}

func errOperatorExists() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_OPERATOR_EXISTS, "a staff member with this address exists")
}

func errOperatorNotFound(id string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_OPERATOR_NOT_FOUND, "there is no such staff member", "operator_id", id)
}

func errInvitationInvalid() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_INVITATION_INVALID, "the invitation is not valid")
}

func errOwnRoles() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_OWN_ROLES, "nobody changes their own access")
}

func errLastAdmin() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_LAST_ADMIN, "the last enabled administrator stays")
}

func errClientNotFound(id string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_CLIENT_NOT_FOUND, "there is no such client", "client_id", id)
}

func errFieldInvalid(field string) error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "the value is not one this field can have", "field", field)
}

func errReturnURLForeign() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_RETURN_URL_FOREIGN, "the return address is not one of the platform's")
}

func errBadPageToken() error {
	return errs.New(identityv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN, "the page token is not from this list")
}

// errSessionOver is for an access token that verifies and whose session has ended meanwhile.
func errSessionOver() error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED, "the session is over")
}

func errBusy() error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_OVERLOADED, "too many logins at once").WithRetry(time.Second)
}

func errIntegrationInvalid(field, problem string) error {
	return errs.New(adapterv1.ErrorReason_ERROR_REASON_INTEGRATION_INVALID, "a setting is not valid", "field", field, "problem", problem)
}
