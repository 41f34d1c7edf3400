package operations

import (
	"regexp"

	"google.golang.org/protobuf/types/known/timestamppb"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

var (
	killCountry  = regexp.MustCompile(`^[A-Z]{2}$`)
	killGame     = regexp.MustCompile(`^gam_[A-Za-z0-9]+$`)
	killCategory = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// checkKillSwitch refuses a value that can match nothing, because a switch that stops nothing is worse than an error. Whether there is anything of that name is
// another question (see stopsSomething). Errors: KILL_SWITCH_INVALID.
func checkKillSwitch(scope operationsv1.KillSwitchScope, value string) error {
	fits := value != ""
	switch scope {
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_ALL:
		fits = value == ""
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION:
		fits = killCountry.MatchString(value)
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME:
		fits = killGame.MatchString(value)
	case operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY:
		fits = killCategory.MatchString(value)
	}
	if !fits {
		return killSwitchInvalid(scope, value, "form")
	}
	return nil
}

func killSwitchProto(k db.KillSwitch) *operationsv1.KillSwitch {
	return &operationsv1.KillSwitch{
		Scope: operationsv1.KillSwitchScope(k.Scope), Value: k.Value, Off: k.Off, Reason: k.Reason, ChangedBy: k.ChangedBy,
		ChangedAt: timestamppb.New(k.ChangedAt), Revision: k.Revision,
	}
}
